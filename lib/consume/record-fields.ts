import { isUtf8 } from 'node:buffer';
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

/** Says which record a log line is about. */
export function recordFields({ topic, partition, offset, key, headers }: DecodedRecord): RecordFields {
  return { topic, partition, offset, ...keyFields(key), ...recordTrace(headers) };
}

function keyFields(key: Content | null): Pick<RecordFields, 'key' | 'keyBase64'> {
  if (key === null) return { key: null };
  return isUtf8(key.bytes) ? { key: key.text } : { keyBase64: key.bytes.toString('base64') };
}
