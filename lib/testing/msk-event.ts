import type { MskEvent, MskRecord } from '../consume/msk-event.ts';
import { toKafkaRecord } from '../schema/kafka-binding.ts';
import { topicOf } from '../schema/topics.ts';
import type { CatalogueEvent } from '../schema/validation.ts';

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

/** An event as the publisher writes it into its topic: key, data and attributes. */
export function eventRecord(
  event: CatalogueEvent,
  place: Omit<RecordInput, 'key' | 'value'> = {},
): RecordInput {
  const { key, value, headers } = toKafkaRecord(event);
  return {
    topic: topicOf(event.type),
    ...place,
    key,
    value,
    headers: [...headers, ...(place.headers ?? [])],
  };
}

/** Records that no consumer can process, one for each way in which a record can be broken. */
export const poisonRecords = {
  'not JSON': { value: '{"id": 1' },
  'not UTF-8': { value: Buffer.from([0xff, 0xfe, 0xfd]) },
  'unknown type': { value: {}, headers: cloudEventHeaders({ type: 'unknown.type' }) },
  tombstone: { key: '1', value: null },
} as const satisfies Readonly<Record<string, RecordInput>>;

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
