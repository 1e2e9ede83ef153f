import type { Position } from '../../kafka/reading/position.ts';
import { offsetsAt } from '../../kafka/reading/position.ts';
import type { PartitionOffsets, TopicReader } from '../../kafka/reading/topic-reader.ts';
import { parseResetPosition } from '../reset-position.ts';

/** Where reading begins: in every partition, or in one at an offset. */
export type Start = Position | { readonly partition: number; readonly offset: number };

/** Reads `beginning`, `end`, a time or `<partition>:<offset>`; undefined when the text is none of these. */
export function parseStart(text: string): Start | undefined {
  if (text === 'beginning') return 'earliest';
  if (text === 'end') return 'latest';
  const [, partition, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(text) ?? [];
  if (partition !== undefined) return { partition: Number(partition), offset: Number(offset) };
  const position = parseResetPosition(text);
  return typeof position === 'object' && 'offset' in position ? undefined : position;
}

/**
 * The offsets that a start stands for, by partition.
 *
 * @throws Error when the topic has no such partition
 */
export async function startOffsets(reader: TopicReader, start: Start): Promise<PartitionOffsets> {
  if (typeof start !== 'object' || !('partition' in start)) return offsetsAt(reader, start);
  const bounds = await reader.bounds();
  if (!bounds.has(start.partition)) {
    throw new Error(`There is no partition ${start.partition}: the topic has ${bounds.size}, counted from 0`);
  }
  return new Map([[start.partition, start.offset]]);
}
