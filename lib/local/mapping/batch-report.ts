import type { MskRecord } from '../../consume/msk-event.ts';
import { isJsonObject } from '../../json.ts';
import { topicPartition } from './kafka-event.ts';

/** Identifies a record. */
type RecordPlace = Pick<MskRecord, 'topic' | 'partition' | 'offset'>;

/** What a function said about a batch: nothing failed, these records failed, or an answer that means the whole batch failed. */
export type BatchReport =
  | { readonly kind: 'success' }
  | { readonly kind: 'partial'; readonly isFailed: (record: RecordPlace) => boolean }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Reads the answer of a function whose mapping has ReportBatchItemFailures. Nothing, `null`, `{}` and an empty or null
 * list mean success. Every identifier must be an object with the partition as the event names it and the offset of a
 * record of that partition; one that is not makes the whole batch fail.
 *
 * @param payload - what the function returned
 * @param records - what the event held
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html Lambda Developer Guide, "Configuring error handling controls for Kafka event sources"}
 */
export function parseBatchResponse(payload: unknown, records: readonly RecordPlace[]): BatchReport {
  if (payload === null || payload === undefined) return { kind: 'success' };
  if (!isJsonObject(payload)) return invalid('the answer is not an object');
  const failures = payload.batchItemFailures;
  if (failures === null || failures === undefined) return { kind: 'success' };
  if (!Array.isArray(failures)) return invalid('batchItemFailures is not a list');
  if (failures.length === 0) return { kind: 'success' };

  const sent = new Set(records.map(identify));
  const failed = new Set<string>();
  for (const [index, failure] of failures.entries()) {
    const at = `batchItemFailures[${index}].itemIdentifier`;
    const identified = readIdentifier(isJsonObject(failure) ? failure.itemIdentifier : undefined);
    if (typeof identified === 'string') return invalid(at + identified);
    const { partition, offset } = identified;
    const record = `${partition}/${offset}`;
    if (!sent.has(record))
      return invalid(`${at} names ${partition} offset ${offset}, which was not in the batch`);
    failed.add(record);
  }
  return { kind: 'partial', isFailed: (record) => failed.has(identify(record)) };
}

/** @returns the partition as the event names it, and the offset; or what is wrong, to follow where it stands */
function readIdentifier(identifier: unknown): { partition: string; offset: number } | string {
  if (typeof identifier === 'string')
    return ' is a string: for Kafka it is an object of partition and offset';
  if (!isJsonObject(identifier)) return ' is not an object';
  const { partition, offset } = identifier;
  if (typeof partition !== 'string') return '.partition is not a string';
  if (typeof offset !== 'number' || !Number.isInteger(offset)) return '.offset is not an integer';
  return { partition, offset };
}

function identify({ topic, partition, offset }: RecordPlace): string {
  return `${topicPartition(topic, partition)}/${offset}`;
}

function invalid(reason: string): BatchReport {
  return { kind: 'invalid', reason };
}
