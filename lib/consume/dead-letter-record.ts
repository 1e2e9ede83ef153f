import type { KafkaRecord, RecordHeader } from '../kafka/record.ts';
import { coordinatesOf } from './decode-record.ts';
import type { RejectedRecord, Rejection } from './process-batch.ts';

/**
 * Names of the headers that say why and from where a record was dead-lettered: what Kafka Connect writes, and under the
 * same prefix what it does not know.
 *
 * @see KIP-298, "Error Handling in Connect"
 */
export const deadLetterHeaders = {
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  /** The function that rejected the record. */
  connectorName: '__connect.errors.connector.name',
  reason: '__connect.errors.exception.class.name',
  message: '__connect.errors.exception.message',
  timestamp: '__connect.errors.timestamp',
  requestId: '__connect.errors.request.id',
} as const;

/** What every dead letter header starts with; a redrive removes them. */
export const DEAD_LETTER_PREFIX = '__connect.errors.';

/** The header of a replayed record that names the dead letter it came from, as `<topic>/<partition>/<offset>`. */
export const REPLAYED_HEADER = '__dead.letter.replayed.from';

/** Who rejected a record, and in which invocation. */
export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
}

/**
 * Makes the dead letter of a record: original key, value and headers byte for byte, and headers about its rejection.
 * A record that cannot be decoded has no bytes to keep, so it becomes the value as it was received.
 *
 * @param record - that was rejected
 * @param rejection - why it cannot be processed
 * @param invocation - by whom
 */
export function deadLetterOf(
  { received, decoded: original }: RejectedRecord,
  rejection: Rejection,
  invocation: Invocation,
): KafkaRecord {
  const { topic, partition, offset } = coordinatesOf(received) ?? {};
  const facts: readonly [name: string, value: string | number | undefined][] = [
    [deadLetterHeaders.topic, topic],
    [deadLetterHeaders.partition, partition],
    [deadLetterHeaders.offset, offset],
    [deadLetterHeaders.connectorName, invocation.functionName],
    [deadLetterHeaders.reason, rejection.reason],
    [
      deadLetterHeaders.message,
      rejection.issues.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join(' '),
    ],
    [deadLetterHeaders.timestamp, original?.timestamp],
    [deadLetterHeaders.requestId, invocation.requestId],
  ];
  const headers = facts.flatMap(([name, value]): RecordHeader[] =>
    value === undefined ? [] : [[name, Buffer.from(String(value))]],
  );
  return original
    ? {
        key: original.key?.bytes ?? null,
        value: original.value?.bytes ?? null,
        headers: [...original.headers, ...headers],
      }
    : { key: null, value: Buffer.from(JSON.stringify(received) ?? ''), headers };
}
