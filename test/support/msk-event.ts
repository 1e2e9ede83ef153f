import { decodeRecord } from '../../lib/consume/decode-record.ts';
import type { MskEvent, MskRecord } from '../../lib/consume/msk-event.ts';
import type { RejectedRecord } from '../../lib/consume/process-batch.ts';

export interface RecordInput {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly key?: string | Buffer | null;
  /** A string or bytes as they are; anything else as JSON; null for a tombstone. */
  readonly value?: unknown;
  readonly headers?: readonly (readonly [name: string, value: string | Buffer])[];
}

/** The event of an Amazon MSK event source mapping, encoded as AWS does: base64, signed header bytes, absent key and value. */
export function mskEvent(records: readonly RecordInput[]): MskEvent {
  const byPartition: Record<string, MskRecord[]> = {};
  for (const input of records) {
    const record = mskRecord({ offset: byPartition[placeOf(input)]?.length ?? 0, ...input });
    const partition = byPartition[placeOf(input)] ?? [];
    partition.push(record);
    byPartition[placeOf(input)] = partition;
  }
  return {
    eventSource: 'aws:kafka',
    eventSourceArn:
      'arn:aws:kafka:eu-west-1:111122223333:cluster/test/00000000-0000-0000-0000-000000000000-1',
    bootstrapServers: 'b-1.test:9098,b-2.test:9098',
    records: byPartition,
  };
}

/** One record of such an event. */
export function mskRecord(input: RecordInput = {}): MskRecord {
  const { topic = 'events', partition = 0, offset = 0, key = null, value = null, headers = [] } = input;
  return {
    topic,
    partition,
    offset,
    timestamp: 1_760_000_000_000 + offset,
    timestampType: 'CREATE_TIME',
    ...(key !== null && { key: Buffer.from(key).toString('base64') }),
    ...(value !== null && { value: bytesOf(value).toString('base64') }),
    headers: headers.map(([name, content]) => ({ [name]: [...new Int8Array(Buffer.from(content))] })),
  };
}

/** A record of an event as `processBatch` has it rejected. */
export function rejectedRecord(received: unknown): RejectedRecord {
  const decoded = decodeRecord(received);
  return { received, decoded: decoded.ok ? decoded.value : undefined, topic: 'events' };
}

/** Data of a valid `message.posted` event. */
export function message(id: number) {
  return { id, message: `message ${id}`, timestamp: 1_760_000_000.5 };
}

/** Headers of binary content mode. */
export function cloudEventHeaders(attributes: Readonly<Record<string, string>>): [string, string][] {
  const defaults = { specversion: '1.0', id: 'event-1', source: '/test', type: 'message.posted' };
  return Object.entries({ ...defaults, ...attributes }).map(([name, value]) => [`ce_${name}`, value]);
}

function placeOf({ topic = 'events', partition = 0 }: RecordInput): string {
  return `${topic}-${partition}`;
}

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
