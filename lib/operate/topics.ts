import { withAdmin } from '../kafka/client/admin.ts';
import { connectionOptions } from '../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../kafka/configuration.ts';
import { connectTopicReader } from '../kafka/reading/topic-reader.ts';
import type { Log } from '../log.ts';
import { printableJson } from '../unprintable.ts';
import { closing } from './closing.ts';
import type { Output } from './output.ts';

/**
 * Writes the topics of the cluster that may be seen, without those of Kafka itself.
 *
 * @param configuration - of the cluster
 * @throws ServiceError when the cluster cannot be reached
 */
export async function topics(
  configuration: KafkaConfiguration,
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
  output: Output,
  log: Log,
): Promise<void> {
  const connection = await connectionOptions(configuration);
  const listed = await withAdmin(connection, log, (admin) => admin.listTopics());
  const names = listed.filter((name) => !name.startsWith('__')).toSorted();
  for (const topic of names) {
    signal.throwIfAborted();
    const reader = await connectTopicReader(connection, topic, log);
    const bounds = await closing(reader.disconnect, () => reader.bounds());
    const offsets = [...bounds.values()].reduce((sum, { first, end }) => sum + end - first, 0);
    const text = `${topic}  ${bounds.size} partition${bounds.size === 1 ? '' : 's'}  ${offsets} offsets`;
    output.line(json ? printableJson(JSON.stringify({ topic, partitions: bounds.size, offsets })) : text);
  }
  output.note(names.length === 1 ? '1 topic' : `${names.length} topics`);
}
