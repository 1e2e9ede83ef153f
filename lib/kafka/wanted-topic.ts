import type { ITopicConfig } from 'kafkajs';
import { MAX_BATCH_BYTES } from './record.ts';

/** A topic that must exist, with at least so many partitions. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  /** `max.message.bytes`; absent: what the cluster gives topics. A topic that exists keeps its own. */
  readonly maxMessageBytes?: number;
}

/**
 * `max.message.bytes` of a topic for records that failed: the largest record fits with what is told about it, also as the
 * base64 text that the on-failure destination of an event source mapping makes of it, a third longer.
 */
export const MAX_FAILURE_BYTES = 2 * MAX_BATCH_BYTES;

/** What kafkajs takes to create a topic, replicated as the cluster does by default. */
export function topicConfig({ name, partitions, maxMessageBytes }: WantedTopic): ITopicConfig {
  return {
    topic: name,
    numPartitions: partitions,
    ...(maxMessageBytes !== undefined && {
      configEntries: [{ name: 'max.message.bytes', value: String(maxMessageBytes) }],
    }),
  };
}
