import type { Socket } from 'node:net';
import { Partitioners } from 'kafkajs';
import { connectionOptions } from '../../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { connectTopicReader } from '../../../lib/kafka/reading/topic-reader.ts';
import type { KafkaRecord } from '../../../lib/kafka/record.ts';
import { createLog } from '../../../lib/log.ts';
import { kafkaClient } from '../../support/broker.ts';
import { startKafkaProxy } from '../../support/kafka-proxy.ts';
import { keyHashes } from '../../support/key-hashes.ts';
import { readTexts, readTopic } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';
import { outcomes, placeOf, recordOf, soon, TOPIC, testProducer } from '../../support/test-producer.ts';

let broker: TestKafka;

beforeEach(async () => {
  broker = await startTestKafka();
  await broker.createTopic(TOPIC, 3);
});

const stored = (topic = TOPIC) => readTexts(broker, topic);

describe('send', () => {
  test('says of every record, in request order, where it is', async () => {
    const producer = testProducer([broker.address]);
    const records = Array.from({ length: 50 }, (_, index) => recordOf(`value ${index}`, `key ${index}`));
    const first = await sendTo(producer, TOPIC, records.slice(0, 20), soon());
    const second = await sendTo(producer, TOPIC, records.slice(20), soon());
    const places = [...first, ...second].map(placeOf);

    expect(new Set(places.map(({ partition }) => partition)).size).toBe(3);
    const expected = records.map(({ value }, index) => ({ ...places[index], value: String(value) }));
    expect(await stored()).toEqual(expect.arrayContaining(expected));
    expect(await stored()).toHaveLength(50);
  });

  test('delivers events that fit one by one where the topic takes less than topics do', async () => {
    const admin = kafkaClient(broker).admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: '200000' }];
    await admin.createTopics({ topics: [{ topic: 'small', numPartitions: 1, configEntries }] });
    await admin.disconnect();
    const producer = testProducer([broker.address]);
    const values = Array.from({ length: 10 }, (_, index) => String(index).repeat(50_000));

    const deliveries = await sendTo(
      producer,
      'small',
      values.map((value) => recordOf(value)),
      soon(),
    );
    expect(deliveries.map((delivery) => placeOf(delivery).offset)).toEqual([...values.keys()]);
    expect((await stored('small')).map(({ value }) => value)).toEqual(values);
    expect(outcomes(await sendTo(producer, 'small', [recordOf('x'.repeat(300_000))], soon()))).toEqual([
      'record_too_large',
    ]);
  });

  test('says when the records were created', async () => {
    const before = Date.now();
    const [delivery] = await sendTo(testProducer([broker.address]), TOPIC, [recordOf('a')], soon());
    expect(delivery).toMatchObject({ status: 'delivered' });
    if (delivery?.status !== 'delivered') return;
    expect(delivery.timestamp).toBeGreaterThanOrEqual(before);
    expect(delivery.timestamp).toBeLessThanOrEqual(Date.now());
  });

  test('keeps key, value and headers as they are', async () => {
    const record: KafkaRecord = {
      key: Buffer.from([0, 255, 128]),
      value: Buffer.from([1, 2, 254]),
      headers: [
        ['ce_type', Buffer.from('message.posted')],
        ['ce_type', Buffer.from('again')],
        ['__proto__', Buffer.from([0xff])],
        ['empty', Buffer.alloc(0)],
      ],
    };
    await sendTo(testProducer([broker.address]), TOPIC, [record], soon());
    const [read] = await readTopic(broker, TOPIC);
    expect(read?.key).toEqual(record.key);
    expect(read?.value).toEqual(record.value);
    expect(Object.entries(read?.headers ?? {})).toEqual(
      expect.arrayContaining([
        ['ce_type', [Buffer.from('message.posted'), Buffer.from('again')]],
        ['empty', Buffer.alloc(0)],
      ]),
    );
  });

  test('keeps the order of the headers, names that repeat included', async () => {
    const headers: KafkaRecord['headers'] = ['b', '7', 'a', 'b', '__proto__', '', 'length', '7', 'map'].map(
      (name, index) => [name, Buffer.from([index])],
    );
    await broker.createTopic('single', 1);
    const record = { ...recordOf('value'), headers };
    await sendTo(testProducer([broker.address]), 'single', [record, recordOf('bare')], soon());
    const connection = await connectionOptions(kafkaConfiguration({ KAFKA_BROKERS: broker.address }));
    const reader = await connectTopicReader(connection, 'single', createLog({ write: () => {} }));
    const read = [];
    for await (const stored of reader.records(0, 0, 2)) read.push(stored.headers);
    await reader.disconnect();
    expect(read).toEqual([headers, []]);
  });

  test('stores a tombstone as one', async () => {
    const tombstone = { key: Buffer.from('k'), value: null, headers: [] };
    await sendTo(testProducer([broker.address]), TOPIC, [tombstone], soon());
    expect(await readTopic(broker, TOPIC)).toMatchObject([{ key: Buffer.from('k'), value: null }]);
  });

  test('cuts what is too much for one batch, in order', async () => {
    await broker.createTopic('single', 1);
    const producer = testProducer([broker.address]);
    const records = Array.from({ length: 8 }, (_, index) => recordOf(`${index}`.repeat(400_000)));
    const places = (await sendTo(producer, 'single', records, soon())).map(placeOf);
    expect(places.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await stored('single')).map(({ value }) => value[0])).toEqual([...'01234567']);
  });

  test('sends nothing when there is nothing', async () => {
    expect(await sendTo(testProducer([broker.address]), TOPIC, [], soon())).toEqual([]);
  });
});

describe('the partition', () => {
  test.each(keyHashes)('of key "%s" is the one that the Java client chooses', async (key, hash) => {
    await broker.createTopic('many', 100);
    const producer = testProducer([broker.address]);
    const [delivery] = await sendTo(producer, 'many', [recordOf('value', key)], soon());
    expect(placeOf(delivery).partition).toBe((hash & 0x7fffffff) % 100);
  });

  test('of a key is the one that a plain kafkajs producer chooses', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `order-${index * 7919}`);
    const plain = kafkaClient(broker).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await plain.connect();
    await plain.send({ topic: TOPIC, messages: keys.map((key) => ({ key, value: 'plain' })) });
    await plain.disconnect();
    const records = keys.map((key) => recordOf('ours', key));
    await sendTo(testProducer([broker.address]), TOPIC, records, soon());

    const read = await readTopic(broker, TOPIC);
    for (const key of keys) {
      const partitions = read
        .filter((record) => String(record.key) === key)
        .map(({ partition }) => partition);
      expect(partitions).toHaveLength(2);
      expect(new Set(partitions).size).toBe(1);
    }
  });

  test('of records without a key is each in turn', async () => {
    const producer = testProducer([broker.address]);
    const send = async (count: number) => {
      const records = Array.from({ length: count }, (_, index) => recordOf(`${index}`));
      return (await sendTo(producer, TOPIC, records, soon())).map((delivery) => placeOf(delivery).partition);
    };
    expect([await send(4), await send(3)]).toEqual([
      [0, 1, 2, 0],
      [1, 2, 0],
    ]);
  });
});

describe('concurrent sends', () => {
  test('keep the order of the calls in each partition', async () => {
    const producer = testProducer([broker.address]);
    const calls = Array.from({ length: 30 }, (_, call) =>
      sendTo(producer, TOPIC, [recordOf(`${call} first`, 'a'), recordOf(`${call} second`, 'b')], soon()),
    );
    expect(outcomes((await Promise.all(calls)).flat())).toEqual(Array(60).fill('delivered'));
    const read = await readTopic(broker, TOPIC);
    for (const key of ['a', 'b']) {
      const own = read.filter((record) => String(record.key) === key);
      const order = own.map(({ value }) => Number.parseInt(String(value), 10));
      expect(order).toEqual([...order.keys()]);
    }
  });

  test('that come first of all share one connection', async () => {
    const connections = new Set<Socket>();
    const { address } = await startKafkaProxy(broker, {
      answer: (_apiKey, _request, client) => {
        connections.add(client);
        return undefined;
      },
    });
    const producer = testProducer([address]);
    const calls = Array.from({ length: 10 }, (_, call) =>
      sendTo(producer, TOPIC, [recordOf(`${call}`)], soon()),
    );
    expect(outcomes((await Promise.all(calls)).flat())).toEqual(Array(10).fill('delivered'));
    expect(connections.size).toBe(1);
  });
});

describe('a failure of one partition', () => {
  test('is told for its records only', async () => {
    const producer = testProducer([broker.address]);
    const tooLarge = { ...recordOf(''), value: Buffer.alloc(1_100_000) };
    const deliveries = await sendTo(
      producer,
      TOPIC,
      [recordOf('a'), tooLarge, recordOf('c'), recordOf('d')],
      soon(),
    );
    expect(outcomes(deliveries)).toEqual(['delivered', 'record_too_large', 'delivered', 'delivered']);
    expect((await stored()).map(({ value }) => value).toSorted()).toEqual(['a', 'c', 'd']);
  });

  test('keeps the later records of the partition back', async () => {
    await broker.createTopic('single', 1);
    const producer = testProducer([broker.address]);
    const tooLarge = { ...recordOf(''), value: Buffer.alloc(1_100_000) };
    const deliveries = await sendTo(producer, 'single', [recordOf('a'), tooLarge, recordOf('c')], soon());
    expect(outcomes(deliveries)).toEqual(['delivered', 'record_too_large', 'delivery_refused']);
    expect((await stored('single')).map(({ value }) => value)).toEqual(['a']);
    expect(outcomes(await sendTo(producer, 'single', [recordOf('d')], soon()))).toEqual(['delivered']);
  });
});

describe('disconnect', () => {
  test('lets what is being sent finish', async () => {
    const producer = testProducer([broker.address]);
    const sending = [
      sendTo(producer, TOPIC, [recordOf('a')], soon()),
      sendTo(producer, TOPIC, [recordOf('b')], soon()),
    ];
    await producer.disconnect();
    expect(outcomes((await Promise.all(sending)).flat())).toEqual(['delivered', 'delivered']);
  });

  test('is followed by new connections when there is more to send', async () => {
    const producer = testProducer([broker.address]);
    await sendTo(producer, TOPIC, [recordOf('a')], soon());
    await producer.disconnect();
    await producer.disconnect();
    expect(outcomes(await sendTo(producer, TOPIC, [recordOf('b')], soon()))).toEqual(['delivered']);
  });
});
