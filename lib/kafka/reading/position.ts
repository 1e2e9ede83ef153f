import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { connectTopicReader, type PartitionOffsets, type TopicReader } from './topic-reader.ts';

/** Where to read on: at the first record, behind the last one, or at the first one of a time. */
export type Position = 'earliest' | 'latest' | { readonly timestampMs: number };

/** The offsets that a position stands for, by partition. */
export async function offsetsAt(reader: TopicReader, position: Position): Promise<PartitionOffsets> {
  if (typeof position === 'object') return reader.offsetsAt(position.timestampMs);
  const bounds = [...(await reader.bounds())];
  return new Map(
    bounds.map(([partition, { first, end }]) => [partition, position === 'latest' ? end : first]),
  );
}

/**
 * Asks a cluster for the offsets that a position stands for.
 *
 * @throws ServiceError `broker_unreachable`, or `configuration_error` when there is no such topic
 */
export async function offsetsOf(
  connection: ConnectionOptions,
  topic: string,
  position: Position,
  log: Log,
): Promise<PartitionOffsets> {
  const reader = await connectTopicReader(connection, topic, log);
  try {
    return await offsetsAt(reader, position);
  } finally {
    await reader.disconnect();
  }
}
