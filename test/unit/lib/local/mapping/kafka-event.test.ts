import type { MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import fc from 'fast-check';
import { decodeRecord } from '../../../../../lib/consume/decode-record.ts';
import type { MskEvent, MskRecord } from '../../../../../lib/consume/msk-event.ts';
import type { ConsumedRecord } from '../../../../../lib/kafka/reading/consumed-record.ts';
import { eventEnvelope, kafkaEvent } from '../../../../../lib/local/mapping/kafka-event.ts';
import { type RecordMetadata, RecordPacker } from '../../../../../lib/local/mapping/record-packer.ts';
import { recordRun } from '../../../../support/consumed-record.ts';
import { consumedRecord } from '../../../../support/event-source-mapping.ts';

const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';
const brokers = ['b-1.demo:9098', 'b-2.demo:9098'];

/** A record as the function gets it. */
function received(record: ConsumedRecord, metadata?: RecordMetadata, topic = 'orders'): MskRecord {
  const envelope = eventEnvelope({ kind: 'msk', eventSourceArn: arn }, brokers);
  const [records] = Object.values(
    kafkaEvent(envelope, [new RecordPacker(topic).pack(record, metadata)]).unpack().records,
  );
  if (records?.[0] === undefined) throw new Error('The event has no record');
  return records[0];
}

function eventOf(kind: 'msk' | 'self-managed', topic: string, ...records: ConsumedRecord[]): MskEvent {
  const envelope = eventEnvelope({ kind, eventSourceArn: kind === 'msk' ? arn : undefined }, brokers);
  const packer = new RecordPacker(topic);
  return kafkaEvent(
    envelope,
    records.map((record) => packer.pack(record)),
  ).unpack();
}

test('an event of an MSK cluster has the documented shape', () => {
  const record = consumedRecord({
    offset: 15,
    key: Buffer.from('order-1'),
    value: Buffer.from('{"id":1}'),
    headers: [['city', Buffer.from('Zürich')]],
  });
  expect(eventOf('msk', 'my-orders', record)).toEqual({
    eventSource: 'aws:kafka',
    eventSourceArn: arn,
    bootstrapServers: 'b-1.demo:9098,b-2.demo:9098',
    records: {
      'my-orders-0': [
        {
          topic: 'my-orders',
          partition: 0,
          offset: 15,
          timestamp: 1_760_000_000_000,
          timestampType: 'CREATE_TIME',
          key: 'b3JkZXItMQ==',
          value: 'eyJpZCI6MX0=',
          headers: [{ city: [90, -61, -68, 114, 105, 99, 104] }],
        },
      ],
    },
  });
});

test('an event of a self-managed cluster has no ARN', () => {
  const envelope = eventEnvelope({ kind: 'self-managed', eventSourceArn: undefined }, brokers);
  expect(envelope).toEqual({
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'b-1.demo:9098,b-2.demo:9098',
  });
});

test.each([
  ['an empty key', { key: Buffer.alloc(0) }, { key: '' }],
  ['an empty value', { value: Buffer.alloc(0) }, { value: '' }],
  ['no headers', {}, { headers: [] }],
  [
    'repeated headers in order',
    {
      headers: [
        ['b', Buffer.from([1])],
        ['a', Buffer.from([200])],
        ['b', Buffer.from([])],
      ],
    },
    { headers: [{ b: [1] }, { a: [-56] }, { b: [] }] },
  ],
  ['a header without a value', { headers: [['a', null]] }, { headers: [{ a: [] }] }],
  ['log append time', { timestampType: 'LOG_APPEND_TIME' }, { timestampType: 'LOG_APPEND_TIME' }],
] as const)('a record with %s', (_, changes, expected) => {
  expect(received(consumedRecord(changes))).toMatchObject(expected);
});

test.each([
  ['key', 'a record without a key', { key: null }],
  ['value', 'a tombstone', { value: null }],
])('%s is absent from %s', (property, _, changes) => {
  expect(received(consumedRecord(changes))).not.toHaveProperty(property);
});

test('a header may have any name, also one that JavaScript objects inherit', () => {
  const record = received(consumedRecord({ headers: [['__proto__', Buffer.from([1])]] }));
  expect(JSON.stringify(record.headers)).toBe('[{"__proto__":[1]}]');
});

test('records are grouped by partition in the order they came', () => {
  const of = (partition: number, offset: number) => consumedRecord({ partition, offset });
  const event = eventOf('msk', 'a-b', of(1, 4), of(1, 5), of(0, 9));
  expect(
    Object.entries(event.records).map(([key, group]) => [key, group.map(({ offset }) => offset)]),
  ).toEqual([
    ['a-b-1', [4, 5]],
    ['a-b-0', [9]],
  ]);
});

/** The same names and kinds of values, whatever the values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}

test('the events are those that @types/aws-lambda publishes', () => {
  const record = {
    topic: 'orders',
    partition: 0,
    offset: 15,
    timestamp: 1_760_000_000_000,
    timestampType: 'CREATE_TIME' as const,
    key: 'aw==',
    value: 'dg==',
    headers: [{ a: [1, 2] }],
  };
  const msk: MSKEvent = {
    eventSource: 'aws:kafka',
    eventSourceArn: arn,
    bootstrapServers: 'b-1.demo:9098,b-2.demo:9098',
    records: { 'orders-0': [record] },
  };
  const selfManaged: SelfManagedKafkaEvent = {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'b-1.demo:9098,b-2.demo:9098',
    records: { 'orders-0': [record] },
  };
  const source = consumedRecord({
    offset: 15,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [['a', Buffer.from([1, 2])]],
  });
  expect(shapeOf(eventOf('msk', 'orders', source))).toEqual(shapeOf(msk));
  expect(shapeOf(eventOf('self-managed', 'orders', source))).toEqual(shapeOf(selfManaged));
});

test('what the handler decodes is what was produced, for any bytes', () => {
  fc.assert(
    fc.property(recordRun(2), (run) => {
      for (const record of run) {
        const decoded = decodeRecord(received(record));
        if (!decoded.ok) throw new Error(JSON.stringify(decoded));
        expect(decoded.value.offset).toBe(record.offset);
        expect(decoded.value.key?.bytes ?? null).toEqual(record.key);
        expect(decoded.value.value?.bytes ?? null).toEqual(record.value);
        expect(decoded.value.headers.map(([name, { bytes }]) => [name, bytes])).toEqual(
          record.headers.map(([name, value]) => [name, value ?? Buffer.alloc(0)]),
        );
      }
    }),
  );
});

/** The same, made of objects. */
function modelOf(topic: string, record: ConsumedRecord, metadata: RecordMetadata) {
  const { partition, offset, timestamp, timestampType, key, value, headers } = record;
  return {
    topic,
    partition,
    offset,
    timestamp,
    timestampType,
    ...(key && { key: key.toString('base64') }),
    ...(value && { value: value.toString('base64') }),
    headers: headers.map(([name, content]) => ({ [name]: [...new Int8Array(content ?? [])] })),
    ...(metadata.key && { keySchemaMetadata: metadata.key }),
    ...(metadata.value && { valueSchemaMetadata: metadata.value }),
  };
}

test('a record is what JSON.parse would make of the text that Lambda writes, and known to be as long', () => {
  const schema = fc.record({ dataFormat: fc.constant('JSON' as const), schemaId: fc.string() });
  const metadata = fc.record({ key: schema, value: schema }, { requiredKeys: [] });
  fc.assert(
    fc.property(recordRun(2), fc.string({ unit: 'grapheme' }), metadata, (run, topic, of) => {
      const envelope = eventEnvelope({ kind: 'msk', eventSourceArn: arn }, brokers);
      const packer = new RecordPacker(topic);
      const records = run.map((record) => packer.pack(record, of));
      const { records: unpacked } = kafkaEvent(envelope, records).unpack();
      const texts = run.map((record) => JSON.stringify(modelOf(topic, record, of)));
      // As text: then the order of all names counts too.
      expect(unpacked[`${topic}-2`]?.map((record) => JSON.stringify(record)) ?? []).toEqual(texts);
      expect(records.map(({ bytes }) => bytes)).toEqual(texts.map((text) => Buffer.byteLength(text)));
    }),
  );
});

test('a handler that changes a header changes it in no other record', () => {
  const headers = [['a', Buffer.from([1, 2])]] as const;
  const event = eventOf('msk', 'orders', consumedRecord({ headers }), consumedRecord({ offset: 1, headers }));
  const [first, second] = event.records['orders-0'] ?? [];
  Object.assign(first?.headers[0]?.a ?? [], [7]);
  expect([first?.headers, second?.headers]).toEqual([[{ a: [7, 2] }], [{ a: [1, 2] }]]);
});

test.each([
  ['every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['more bytes than most headers have', Buffer.alloc(100_000, 0x85)],
])('a header may hold %s', (_, content) => {
  const record = consumedRecord({ headers: [['a', content]] });
  expect(received(record).headers).toEqual([{ a: [...new Int8Array(content)] }]);
});

test('an event may have no records', () => {
  expect(eventOf('msk', 'orders').records).toEqual({});
});
