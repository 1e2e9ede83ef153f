import {
  deadLetterHeaders,
  headersBeforeRejection,
  REPLAYED_HEADER,
} from '../../consume/dead-letter-record.ts';
import type { Coordinates } from '../../consume/decode-record.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { KafkaRecord } from '../../kafka/record.ts';
import { formatCoordinates } from '../coordinates.ts';

/** The header of a dead letter that was edited before it was sent back: `key`, `value`, `headers`, comma-separated. */
export const EDITED_HEADER = '__dead.letter.edited';

/** A record of a dead letter topic, or of a failure topic. */
export interface DeadLetter extends DeadLetterContent {
  /** Its place in that topic. */
  readonly coordinates: Coordinates;
  readonly record: ConsumedRecord;
  /** Whether it was sent back to its original topic. */
  readonly replayed: boolean;
}

/** The content of a record of such a topic. */
export interface DeadLetterContent {
  readonly provenance: Provenance;
  readonly shown: RecordContent;
  readonly restored: Restored;
}

/** Key, value and headers of a record. */
export type RecordContent = Pick<ConsumedRecord, 'key' | 'value' | 'headers'>;

/** The original record, or the reason why it is not available, as the end of a sentence. */
export type Restored = { readonly record: KafkaRecord } | { readonly problem: string };

/** The kind of a topic: who writes it, and in which format. */
export interface DeadLetterKind {
  /** What one of its records is called. */
  readonly noun: string;
  readonly read: (record: ConsumedRecord) => DeadLetterContent;
}

/** Where a dead letter came from, and why. What the record does not say is undefined. */
export interface Provenance {
  readonly topic: string | undefined;
  readonly partition: string | undefined;
  readonly offset: string | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** ISO 8601; when the record was produced. */
  readonly time: string | undefined;
  readonly functionName: string | undefined;
  readonly requestId: string | undefined;
}

/** What the consumer writes to the dead letter topic: lib/consume/dead-letter-record.ts. */
export const rejectedByFunction: DeadLetterKind = {
  noun: 'dead letter',
  read: (record) => ({
    provenance: provenanceOf(record),
    shown: record,
    restored: { record: restoreRecord(record) },
  }),
};

/** Reads the headers that say why and from where a record was dead-lettered. */
function provenanceOf({ headers }: Pick<ConsumedRecord, 'headers'>): Provenance {
  const texts = new Map(headers.map(([name, value]) => [name, value?.toString() || undefined]));
  const timestamp = texts.get(deadLetterHeaders.timestamp);
  return {
    topic: texts.get(deadLetterHeaders.topic),
    partition: texts.get(deadLetterHeaders.partition),
    offset: texts.get(deadLetterHeaders.offset),
    reason: texts.get(deadLetterHeaders.reason),
    message: texts.get(deadLetterHeaders.message),
    time: timestamp === undefined ? undefined : isoTime(Number(timestamp)),
    functionName: texts.get(deadLetterHeaders.connectorName),
    requestId: texts.get(deadLetterHeaders.requestId),
  };
}

/** ISO 8601 of milliseconds since 1970; undefined when it is not a time. */
export function isoTime(ms: number): string | undefined {
  const date = new Date(ms);
  return ms < 0 || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/**
 * The record as it was before it was dead-lettered: same key, value and headers, byte for byte. Headers about the
 * rejection and earlier replays are removed, so that they do not pile up on a record that fails again.
 */
export function restoreRecord({ key, value, headers }: RecordContent): KafkaRecord {
  const own = headersBeforeRejection(headers).filter(
    ([name]) => name !== REPLAYED_HEADER && name !== EDITED_HEADER,
  );
  // A header without a value has no bytes; the producer writes none either.
  return { key, value, headers: own.map(([name, bytes]) => [name, bytes ?? Buffer.alloc(0)]) };
}

/** The record that is sent: marked with the dead letter it came from. */
export function replayedRecord(restored: KafkaRecord, from: Coordinates): KafkaRecord {
  return {
    ...restored,
    headers: [...restored.headers, [REPLAYED_HEADER, Buffer.from(formatCoordinates(from))]],
  };
}
