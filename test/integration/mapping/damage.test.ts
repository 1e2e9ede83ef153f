import { findApi } from '../../../lib/local/broker/api/apis.ts';
import { Writer } from '../../../lib/local/broker/wire/writer.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { recordingLog } from '../../../lib/testing/recording-log.ts';
import { startTestBroker } from '../../support/broker.ts';
import {
  heldFunction,
  type KafkaFixture,
  numbers,
  recordingFunction,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';
import { startKafkaProxy } from '../../support/kafka-proxy.ts';
import { encodeBatch } from '../../support/record-batch.ts';

let kafka: KafkaFixture;
afterEach(() => kafka.stop());

const FETCH = findApi(1)?.key;

/** The batch of records with their offsets as values. */
const batchOf = (offsets: readonly number[]) =>
  encodeBatch({
    baseOffset: offsets[0] ?? 0,
    records: offsets.map((offset) => ({
      offset,
      timestamp: 1_760_000_000_000,
      timestampType: 'CREATE_TIME',
      key: null,
      value: Buffer.from(String(offset)),
      headers: [],
    })),
  });

/** The answer to a fetch, version 11. */
function fetched(topic: string, endOffset: number, batches: readonly Buffer[]): Buffer {
  const writer = new Writer();
  writer.int32(0);
  writer.int16(0);
  writer.int32(0);
  writer.int32(1);
  writer.nullableString(topic);
  writer.int32(1);
  writer.int32(0);
  writer.int16(0);
  writer.int64(endOffset);
  writer.int64(endOffset);
  writer.int64(0);
  writer.int32(-1);
  writer.int32(-1);
  writer.nullableBytes(batches);
  return Buffer.concat(writer.chunks());
}

describe('a batch that nobody can read', () => {
  /** Offsets 0 to 4, of which those of the batch with 2 and 3 are damaged on the way. */
  const startWithDamage = async () => {
    const broker = await startTestBroker();
    let answers: Buffer[] = [];
    const proxy = await startKafkaProxy(broker, {
      answer: (apiKey) => (apiKey === FETCH ? answers.shift() : undefined),
    });
    kafka = await startKafkaFixture({ partitions: 1, broker: proxy });
    await kafka.send(numbers(5));
    const damaged = batchOf([2, 3]);
    damaged.writeUInt8(0xff, damaged.length - 1);
    answers = [fetched(kafka.topic, 5, [batchOf([0, 1]), damaged, batchOf([4])])];
  };
  const allAreCommitted = (groupId: string) =>
    eventually('all are committed', async () => (await kafka.committed(groupId))[0] === 5);

  test('goes to the on-failure destination in its place: its neighbours are sent', async () => {
    await startWithDamage();
    const failures = `failed-${kafka.topic}`;
    await kafka.admin.createTopics({ topics: [{ topic: failures, numPartitions: 1 }] });
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn, { onFailureDestination: `kafka://${failures}` });
    await allAreCommitted(mapping.consumerGroupId);
    expect(fn.events.map((event) => valuesOf([event]))).toEqual([['0', '1'], ['4']]);
    const [failure, ...others] = await kafka.messagesOf(failures);
    expect(others).toEqual([]);
    expect(JSON.parse(failure?.value ?? '')).toMatchObject({
      requestContext: { condition: 'RecordBatchUnreadable', approximateInvokeCount: 0 },
      KafkaBatchInfo: {
        batchSize: 2,
        recordsInfo: { [`${kafka.topic}-0`]: { firstRecordOffset: '2', lastRecordOffset: '3' } },
      },
      payload: { records: {} },
    });
    expect((await mapping.status()).Metrics).toMatchObject({
      OnFailureDestinationDeliveredEventCount: 2,
      DroppedEventCount: 0,
    });
  });

  test('is dropped and counted without a destination, and holds up nothing but itself', async () => {
    await startWithDamage();
    const fn = recordingFunction();
    const log = recordingLog();
    const mapping = await kafka.startMapping(fn, {}, { log });
    await allAreCommitted(mapping.consumerGroupId);
    expect(valuesOf(fn.events)).toEqual(['0', '1', '4']);
    expect((await mapping.status()).Metrics).toMatchObject({ DroppedEventCount: 2 });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ condition: 'RecordBatchUnreadable', firstOffset: 2, records: 2 }),
    );
  });

  test('holds its position until what is before it is done', async () => {
    await startWithDamage();
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn);
    await eventually('the first are sent', () => fn.events.length === 1);
    const { Partitions, Metrics } = await mapping.status();
    expect(Partitions[0]).toMatchObject({ processedOffset: -1, lag: 5 });
    expect(Metrics).toMatchObject({ DroppedEventCount: 0 });
    letGo();
    await allAreCommitted(mapping.consumerGroupId);
  });
});

describe('a committed offset behind the end of its partition', () => {
  test('is told of, and no record of the partition is passed over', async () => {
    kafka = await startKafkaFixture({ partitions: 2, broker: await startTestBroker() });
    await kafka.send(numbers(3));
    const group = 'ahead';
    const offsets = [{ partition: 0, offset: '50' }];
    await kafka.admin.setOffsets({ groupId: group, topic: kafka.topic, partitions: offsets });
    const fn = recordingFunction();
    const log = recordingLog();
    const mapping = await kafka.startMapping(fn, { consumerGroupId: group }, { log });
    await kafka.send(['new']);
    await eventually('all are committed', async () => (await kafka.committed(group))[0] === 4);
    expect(valuesOf(fn.events)).toEqual([...numbers(3), 'new']);
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining('the committed offset is beyond the end'),
        offset: 50,
      }),
    );
    await mapping.stop();
  });
});
