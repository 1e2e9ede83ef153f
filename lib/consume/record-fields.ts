import { isUtf8 } from 'node:buffer';
import { loggableKey, type UncheckedEvent } from '../schema/redaction.ts';
import { recordTrace, type TraceFields } from '../trace-context.ts';
import type { Content, DecodedRecord } from './decode-record.ts';

/** What a log line says of a record: where it is, its key, and which trace it belongs to. */
export interface RecordFields extends TraceFields {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Null for a record without a key. */
  readonly key?: string | null;
  /** Instead of `key` where that is not UTF-8. */
  readonly keyBase64?: string;
}

/**
 * Says which record a log line is about.
 *
 * @param event - in the record; its sensitive values are not told by the key either
 */
export function recordFields(
  { topic, partition, offset, key, headers }: DecodedRecord,
  event?: UncheckedEvent,
): RecordFields {
  return { topic, partition, offset, ...keyFields(key, event), ...recordTrace(headers) };
}

function keyFields(
  key: Content | null,
  event: UncheckedEvent | undefined,
): Pick<RecordFields, 'key' | 'keyBase64'> {
  if (key === null) return { key: null };
  if (isUtf8(key.bytes)) return { key: event ? loggableKey(event, key.text) : key.text };
  return { keyBase64: key.bytes.toString('base64') };
}
