import { isBrokenUtf8 } from '../content.ts';
import { loggableKey, type UncheckedEvent } from '../schema/redaction.ts';
import { REDACTED } from '../schema/sensitive.ts';
import { recordTrace, type TraceFields } from '../trace-context.ts';
import type { DecodedRecord } from './decode-record.ts';

/** What a log line says of a record: where it is, its key, and which trace it belongs to. */
export interface RecordFields extends TraceFields {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Null for a record without a key; `[redacted]` when the key holds sensitive data. */
  readonly key?: string | null;
  /** Instead of `key` where that is not UTF-8. */
  readonly keyBase64?: string;
}

/**
 * Says which record a log line is about.
 *
 * @param event - the event in the record, checked or not; undefined when its type is unknown
 */
export function recordFields(record: DecodedRecord, event: UncheckedEvent | undefined): RecordFields {
  const { topic, partition, offset, headers } = record;
  return { topic, partition, offset, ...keyFields(record, event), ...recordTrace(headers) };
}

function keyFields(
  { key }: DecodedRecord,
  event: UncheckedEvent | undefined,
): Pick<RecordFields, 'key' | 'keyBase64'> {
  if (key === null) return { key: null };
  const loggable = event === undefined ? key.text : loggableKey(event, key.text);
  return loggable === REDACTED || !isBrokenUtf8(key)
    ? { key: loggable }
    : { keyBase64: key.bytes.toString('base64') };
}
