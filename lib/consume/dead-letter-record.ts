import type { KafkaRecord, RecordHeader } from '../kafka/record.ts';
import { coordinatesOf } from './decode-record.ts';
import type { RejectedRecord, Rejection } from './process-batch.ts';

/** Prefix of every header about a rejection. */
const rejectionPrefix = '__connect.errors.';

/**
 * Names of the headers that say why and from where a record was dead-lettered: those of Kafka Connect, and further ones
 * with the same prefix.
 *
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-298%3A+Error+Handling+in+Connect KIP-298, "Error Handling in Connect"}
 */
export const deadLetterHeaders = {
  topic: `${rejectionPrefix}topic`,
  partition: `${rejectionPrefix}partition`,
  offset: `${rejectionPrefix}offset`,
  /** The function that rejected the record. */
  connectorName: `${rejectionPrefix}connector.name`,
  reason: `${rejectionPrefix}exception.class.name`,
  message: `${rejectionPrefix}exception.message`,
  timestamp: `${rejectionPrefix}timestamp`,
  requestId: `${rejectionPrefix}request.id`,
} as const;

/** Prefix for a header with such a name that the record had before its rejection. */
const keptPrefix = `${rejectionPrefix}kept.`;

/** The header of a replayed record that names the dead letter it came from, as `<topic>/<partition>/<offset>`. */
export const REPLAYED_HEADER = '__dead.letter.replayed.from';

/** Most bytes of the message in a dead letter: the record with its headers must fit into the topic. */
const MAX_MESSAGE_BYTES = 4_096;

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
export function deadLetterRecord(
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
    [deadLetterHeaders.message, messageOf(rejection)],
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
        headers: [...original.headers.map(([name, { bytes }]) => keepHeader([name, bytes])), ...headers],
      }
    : { key: null, value: Buffer.from(JSON.stringify(received) ?? ''), headers };
}

/** The headers that a record had before it was dead-lettered, in order and byte for byte. */
export function headersBeforeRejection<Value>(
  headers: readonly (readonly [name: string, value: Value])[],
): (readonly [name: string, value: Value])[] {
  return headers.flatMap(([name, value]): (readonly [string, Value])[] => {
    if (name.startsWith(keptPrefix)) return [[name.slice(keptPrefix.length), value]];
    return name.startsWith(rejectionPrefix) ? [] : [[name, value]];
  });
}

function keepHeader(header: RecordHeader): RecordHeader {
  const [name, value] = header;
  return name.startsWith(rejectionPrefix) ? [keptPrefix + name, value] : header;
}

/** The issues as sentences, as many as fit. */
function messageOf({ issues }: Rejection): string {
  const message = issues.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join(' ');
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  const end = '…';
  // Leaves out a character that was cut in half.
  return `${bytes.toString('utf8', 0, MAX_MESSAGE_BYTES - Buffer.byteLength(end)).replace(/\ufffd$/, '')}${end}`;
}
