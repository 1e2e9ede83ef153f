import type { ITopicConfig } from 'kafkajs';

/** A topic that must exist, with at least so many partitions. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  /** Topic settings of Kafka by name; the others are the cluster's. A topic that exists keeps its own. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * `max.message.bytes` of a topic for records that failed: the most that MSK Serverless takes (Amazon MSK Developer Guide,
 * "Quota for serverless clusters"), and more than the 6 MB of an event that Lambda can hand a record over in.
 */
export const MAX_FAILURE_BYTES = 8 * 1024 * 1024;

/** What kafkajs takes to create a topic, replicated as the cluster does by default. */
export function topicConfig({ name, partitions, config = {} }: WantedTopic): ITopicConfig {
  return {
    topic: name,
    numPartitions: partitions,
    configEntries: Object.entries(config).map(([setting, value]) => ({ name: setting, value })),
  };
}
