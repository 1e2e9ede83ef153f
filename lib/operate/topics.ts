import { withAdmin } from '../kafka/client/admin.ts';
import { connectionOptions } from '../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../kafka/configuration.ts';
import { connectTopicReader } from '../kafka/reading/topic-reader.ts';
import type { Log } from '../log.ts';
import { closing } from './closing.ts';

/** A topic, as it is now. */
export interface TopicSummary {
  readonly topic: string;
  readonly partitions: number;
  /** Between the first record and the end, over all partitions. */
  readonly offsets: number;
}

/**
 * Lists the topics of the cluster that may be seen, without those of Kafka itself.
 *
 * @param configuration - of the cluster
 * @param signal - aborted to stop
 * @throws ServiceError when the cluster cannot be reached
 */
export async function* topics(
  configuration: KafkaConfiguration,
  signal: AbortSignal,
  log: Log,
): AsyncGenerator<TopicSummary, void> {
  const connection = await connectionOptions(configuration);
  const listed = await withAdmin(connection, log, (admin) => admin.listTopics());
  for (const topic of listed.filter((name) => !name.startsWith('__')).toSorted()) {
    signal.throwIfAborted();
    const reader = await connectTopicReader(connection, topic, log);
    const bounds = await closing(reader.disconnect, () => reader.bounds());
    const offsets = [...bounds.values()].reduce((sum, { first, end }) => sum + end - first, 0);
    yield { topic, partitions: bounds.size, offsets };
  }
}
