import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { EventSourceMappingDeclaration } from '../../../lib/mapping/declaration.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  heldFunction,
  type KafkaFixture,
  recordingFunction,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';

const pollers = { minimum: 1, maximum: 1, group: undefined };
const version = Buffer.alloc(16, 7);
const versionId = '07070707-0707-0707-0707-070707070707';

let kafka: KafkaFixture;
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'undeliverable-'));
  kafka = await startKafkaFixture();
});
afterEach(async () => {
  await kafka.stop();
  rmSync(directory, { recursive: true });
});

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const framed = (json: string) => Buffer.concat([Buffer.from([3, 0]), version, Buffer.from(json)]);
const compressed = (content: Buffer) => Buffer.concat([Buffer.from([3, 5]), version, deflateSync(content)]);
const same = (json: string) => Buffer.from(json);

const filtering = {
  filterPatterns: [{ value: { a: [{ exists: true }] } }, { value: { id: [{ exists: true }] } }],
};
const registry = {
  schemaRegistry: {
    kind: 'glue' as const,
    uri: 'arn:aws:glue:eu-west-1:111122223333:registry/orders',
    eventRecordFormat: 'JSON' as const,
    accessConfigurations: [],
    validationAttributes: ['VALUE' as const],
  },
};

describe.each<[string, Partial<EventSourceMappingDeclaration>, (json: string) => Buffer, Buffer, string]>([
  ['too deep for its filter', filtering, same, same(nested(5_000)), 'RecordPreparationFailed'],
  ['too deep for its schema', registry, framed, framed(nested(20_000)), 'DeserializationError'],
  [
    'compressed by its registry to less than the thousandth',
    registry,
    framed,
    compressed(Buffer.alloc(50_000_000)),
    'DeserializationError',
  ],
])('a record that is %s', (_case, declaration, write, hostile, condition) => {
  beforeEach(() => {
    const schema = {
      type: 'object',
      additionalProperties: { $ref: '#' },
      properties: { id: {}, a: { $ref: '#' } },
    };
    writeFileSync(join(directory, `${versionId}.json`), JSON.stringify(schema));
  });
  const neighbours = ['{"id":0}', '{"id":1}', '{"id":2}', '{"id":3}'];
  const send = () => {
    const values = neighbours.map(write);
    return kafka.send([...values.slice(0, 2), hostile, ...values.slice(2)].map((value) => ({ value })));
  };

  test('goes to the on-failure destination alone: its neighbours are sent', async () => {
    const failures = `failed-${kafka.topic}`;
    await kafka.admin.createTopics({ topics: [{ topic: failures, numPartitions: 1 }] });
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(
      fn,
      { pollers, ...declaration, onFailureDestination: `kafka://${failures}` },
      { schemaDirectory: directory },
    );
    await send();
    await eventually('all are done', async () => (await kafka.committed(mapping.consumerGroupId))[0] === 5);
    expect(valuesOf(fn.events)).toEqual(neighbours);
    const [failure, ...others] = await kafka.messagesOf(failures);
    expect(others).toEqual([]);
    const { requestContext, KafkaBatchInfo, payload } = JSON.parse(failure?.value ?? '');
    expect(requestContext).toMatchObject({ condition, approximateInvokeCount: 0 });
    expect(KafkaBatchInfo.recordInfo.offset).toBe('2');
    expect(payload.records[`${kafka.topic}-0`][0].value).toBe(hostile.toString('base64'));
    expect((await mapping.status()).Metrics).toMatchObject({
      PolledEventCount: 5,
      InvokedEventCount: 4,
      OnFailureDestinationDeliveredEventCount: 1,
      DroppedEventCount: 0,
      SumOffsetLag: 0,
    });
  });

  test('is dropped, counted and said without a destination', async () => {
    const lines: string[] = [];
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(
      fn,
      { pollers, ...declaration, logLevel: 'WARN' },
      { schemaDirectory: directory, writeSystemLog: (line) => lines.push(line) },
    );
    await send();
    await eventually('all are done', async () => (await kafka.committed(mapping.consumerGroupId))[0] === 5);
    expect(valuesOf(fn.events)).toEqual(neighbours);
    expect((await mapping.status()).Metrics).toMatchObject({ DroppedEventCount: 1, InvokedEventCount: 4 });
    expect(lines).toHaveLength(1);
  });

  test('holds its position until what is before it is done', async () => {
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn, { pollers, ...declaration }, { schemaDirectory: directory });
    await send();
    await eventually('the first are sent', () => fn.events.length === 1);
    const { Partitions } = await mapping.status();
    expect(Partitions.find(({ partition }) => partition === 0)).toMatchObject({
      lag: 5,
      processedOffset: -1,
    });
    expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(-1);
    letGo();
    await eventually('all are done', async () => (await kafka.committed(mapping.consumerGroupId))[0] === 5);
  });

  test('is told by LastProcessingResult when it comes last', async () => {
    const mapping = await kafka.startMapping(
      recordingFunction(),
      { pollers, ...declaration },
      { schemaDirectory: directory },
    );
    await kafka.send([{ value: write('{"id":0}') }, { value: hostile }]);
    await eventually('all are done', async () => (await kafka.committed(mapping.consumerGroupId))[0] === 2);
    expect((await mapping.status()).LastProcessingResult).toBe(
      `PROBLEM: Records were not sent to the function: ${condition}`,
    );
  });
});

test('whatever headers a record has, it is sent with them', async () => {
  const fn = recordingFunction();
  await kafka.startMapping(fn, filtering);
  const headers = { ['__proto__']: 'x', constructor: 'y', '': 'z', 'line\u2028': Buffer.from([255, 0, 128]) };
  await kafka.send([{ value: '{"id":0}', headers }]);
  await eventually('it arrives', () => fn.events.length === 1);
  const [record] = fn.events.flatMap(({ records }) => Object.values(records).flat());
  expect(record?.headers.map((header) => Object.entries(header))).toEqual(
    Object.entries(headers).map(([name, value]) => [[name, [...new Int8Array(Buffer.from(value))]]]),
  );
});
