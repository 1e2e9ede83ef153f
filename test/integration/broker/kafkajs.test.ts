import { CompressionTypes, ConfigResourceTypes, type Consumer, type Kafka } from 'kafkajs';
import { eventually } from '../../../lib/testing/eventually.ts';
import { kafkaClient, startTestBroker, temporaryDirectory } from '../../support/broker.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';

let broker: TestKafka;
let kafka: Kafka;

beforeAll(async () => {
  broker = await startTestKafka();
  kafka = kafkaClient(broker);
});

/** Runs something with an admin client. */
async function administer<T>(
  work: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
  client = kafka,
): Promise<T> {
  const admin = client.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Sends values with an idempotent producer and returns the base offsets. */
async function send(
  topic: string,
  values: readonly string[],
  options: { compression?: CompressionTypes; timestamp?: number; partition?: number; client?: Kafka } = {},
): Promise<(string | undefined)[]> {
  const { compression = CompressionTypes.None, timestamp, partition, client = kafka } = options;
  const producer = client.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    const messages = values.map((value) => ({
      key: value,
      value,
      headers: { number: '1' },
      ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
      ...(partition === undefined ? {} : { partition }),
    }));
    const answers = await producer.send({ topic, messages, compression });
    return answers.map((answer) => answer.baseOffset);
  } finally {
    await producer.disconnect();
  }
}

/** A consumer that notes what it reads and which partitions it has. */
async function consume(groupId: string, topic: string, client = kafka) {
  const consumer: Consumer = client.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    heartbeatInterval: 200,
    rebalanceTimeout: 10_000,
  });
  const values: string[] = [];
  let assigned: readonly number[] = [];
  consumer.on('consumer.group_join', ({ payload }) => {
    assigned = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(String(message.value));
    },
  });
  return { consumer, values, assigned: () => assigned };
}

describe('administration', () => {
  test('creates, describes, grows and deletes topics', async () => {
    await administer(async (admin) => {
      const create = (topic: { topic: string; numPartitions?: number }) =>
        admin.createTopics({ topics: [topic], waitForLeaders: false });
      const listed = async () => (await admin.listTopics()).includes('life');
      expect(await create({ topic: 'life', numPartitions: 2 })).toBe(true);
      // What the controller has done, a broker knows a moment later.
      await eventually('it is listed', listed);
      expect(await create({ topic: 'life' })).toBe(false);
      await admin.createPartitions({ topicPartitions: [{ topic: 'life', count: 4 }] });
      await eventually('it has four partitions', async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: ['life'] });
        return topics[0]?.partitions.length === 4;
      });
      await admin.deleteTopics({ topics: ['life'] });
      await eventually('it is gone', async () => !(await listed()));
    });
  });

  test.each([
    ['an illegal name', { topic: 'no spaces' }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partitions', { topic: 'refused', numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['three replicas', { topic: 'refused', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    [
      'an unknown configuration',
      { topic: 'refused', configEntries: [{ name: 'x', value: '1' }] },
      'INVALID_CONFIG',
    ],
  ])('refuses a topic with %s', async (_, topic, type) => {
    await administer(async (admin) => {
      await expect(admin.createTopics({ topics: [topic] })).rejects.toMatchObject({ errors: [{ type }] });
      expect(await admin.listTopics()).not.toContain(topic.topic);
    });
  });

  test('a topic that is not there stays away: nothing creates it by asking', async () => {
    const producer = kafkaClient(broker, { retry: { retries: 0 } }).producer();
    await producer.connect();
    await expect(producer.send({ topic: 'absent', messages: [{ value: 'x' }] })).rejects.toMatchObject({
      cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' },
    });
    await producer.disconnect();
    expect(await administer((admin) => admin.listTopics())).not.toContain('absent');
  });

  test('describes the configuration of topics and of the broker', async () => {
    await broker.createTopic('configured');
    const value = await administer(async (admin) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: 'configured', configNames: ['max.message.bytes'] },
          { type: ConfigResourceTypes.BROKER, name: '1', configNames: ['auto.create.topics.enable'] },
        ],
      });
      return resources.map(({ configEntries }) => configEntries.map((entry) => entry.configValue));
    });
    expect(value).toEqual([['1048588'], ['false']]);
  });

  test('a topic of its own size limit refuses larger batches', async () => {
    const configEntries = [{ name: 'max.message.bytes', value: '1000' }];
    const topics = [{ topic: 'small', configEntries }];
    await administer((admin) => admin.createTopics({ topics, waitForLeaders: false }));
    await expect(send('small', ['x'.repeat(2000)])).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  });

  test('deletes records up to an offset', async () => {
    await broker.createTopic('shortened', 1);
    await send('shortened', ['a', 'b', 'c']);
    const offsets = await administer(async (admin) => {
      // kafkajs deletes records only of topics it has asked about.
      await admin.fetchTopicOffsets('shortened');
      await admin.deleteTopicRecords({ topic: 'shortened', partitions: [{ partition: 0, offset: '2' }] });
      return await admin.fetchTopicOffsets('shortened');
    });
    expect(offsets).toEqual([{ partition: 0, offset: '3', high: '3', low: '2' }]);
  });
});

describe('producing and consuming', () => {
  test.each([
    ['none', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
  ])('what an idempotent producer sends with compression %s is read in order', async (name, compression) => {
    const topic = `round-trip-${name}`;
    await broker.createTopic(topic, 1);
    expect(await send(topic, ['a', 'b', 'c'], { compression })).toEqual(['0']);
    expect(await send(topic, ['d'], { compression })).toEqual(['3']);
    const { consumer, values } = await consume(`readers-${name}`, topic);
    await eventually('all four records', () => values.length === 4);
    expect(values).toEqual(['a', 'b', 'c', 'd']);
    await consumer.disconnect();
  });

  test('offsets are found by time', async () => {
    await broker.createTopic('timed', 1);
    await send('timed', ['a'], { timestamp: 1_000 });
    await send('timed', ['b'], { timestamp: 2_000 });
    await send('timed', ['c'], { timestamp: 3_000 });
    const at = (time: number) => administer((admin) => admin.fetchTopicOffsetsByTimestamp('timed', time));
    expect(await at(1_500)).toEqual([{ partition: 0, offset: '1' }]);
    expect(await at(3_000)).toEqual([{ partition: 0, offset: '2' }]);
  });

  test.each([
    ['uncompressed', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
  ])(
    'offsets are found by time inside a batch, also behind deleted records, %s',
    async (name, compression) => {
      const topic = `times-${name}`;
      await broker.createTopic(topic, 1);
      const producer = kafka.producer();
      await producer.connect();
      const times = ['1000', '2000', '3000', '4000'];
      const messages = times.map((timestamp) => ({ value: 'x'.repeat(200), timestamp }));
      await producer.send({ topic, messages, compression });
      await producer.disconnect();
      const from = async (timestamp: number) => {
        const [found] = await administer((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timestamp));
        return found?.offset;
      };
      expect(await from(3000)).toBe('2');
      await administer(async (admin) => {
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] });
      });
      expect(await from(0)).toBe('1');
      expect(await from(4000)).toBe('3');
    },
  );

  test('committed offsets are kept per group, reset and deleted', async () => {
    await broker.createTopic('committed', 1);
    await send('committed', ['a', 'b']);
    const { consumer, values } = await consume('committers', 'committed');
    await eventually('both records', () => values.length === 2);
    await consumer.disconnect();
    await administer(async (admin) => {
      const offsets = () => admin.fetchOffsets({ groupId: 'committers', topics: ['committed'] });
      expect((await offsets())[0]?.partitions[0]?.offset).toBe('2');
      await admin.setOffsets({
        groupId: 'committers',
        topic: 'committed',
        partitions: [{ partition: 0, offset: '1' }],
      });
      expect((await offsets())[0]?.partitions[0]?.offset).toBe('1');
      expect((await admin.listGroups()).groups.map((group) => group.groupId)).toContain('committers');
      await admin.deleteGroups(['committers']);
      expect((await offsets())[0]?.partitions[0]?.offset).toBe('-1');
    });
  });
});

describe('groups', () => {
  test('two members share the partitions; when one leaves, the other has them all', async () => {
    await broker.createTopic('shared', 4);
    const first = await consume('sharers', 'shared');
    await eventually('the first has all', () => first.assigned().length === 4);
    const second = await consume('sharers', 'shared');
    await eventually('both have two', () => first.assigned().length === 2 && second.assigned().length === 2);
    expect([...first.assigned(), ...second.assigned()].sort()).toEqual([0, 1, 2, 3]);
    const { groups } = await administer((admin) => admin.describeGroups(['sharers']));
    expect(groups[0]).toMatchObject({ state: 'Stable', protocol: 'RoundRobinAssigner' });
    expect(groups[0]?.members).toHaveLength(2);
    await expect(administer((admin) => admin.deleteGroups(['sharers']))).rejects.toMatchObject({
      groups: [{ errorCode: 68 }],
    });
    await second.consumer.disconnect();
    await eventually('the first has all again', () => first.assigned().length === 4);
    await first.consumer.disconnect();
  });
});

describe('the settings of a topic', () => {
  async function topicWith(topic: string, configs: Record<string, string>): Promise<void> {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    await administer((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] }));
  }

  test('message.timestamp.type=LogAppendTime gives records the time of their arrival', async () => {
    await topicWith('append-time', { 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now();
    await send('append-time', ['a'], { timestamp: 1000 });
    const [found] = await administer((admin) => admin.fetchTopicOffsetsByTimestamp('append-time', before));
    expect(found?.offset).toBe('0');
  });

  test('max.message.bytes limits a batch, and a change of it applies at once', async () => {
    await topicWith('small', { 'max.message.bytes': '200' });
    const large = 'x'.repeat(500);
    await expect(send('small', [large])).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await administer((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: 'small',
            configEntries: [{ name: 'max.message.bytes', value: '5000' }],
          },
        ],
      }),
    );
    await eventually('it is accepted', () =>
      send('small', [large]).then(
        () => true,
        () => false,
      ),
    );
  });

  test('cleanup.policy=compact refuses records without key', async () => {
    await topicWith('compacted', { 'cleanup.policy': 'compact' });
    const producer = kafka.producer();
    await producer.connect();
    const sent = producer.send({ topic: 'compacted', messages: [{ value: 'no key' }] });
    await expect(sent).rejects.toMatchObject({ code: 87 });
    await producer.disconnect();
  });
});

describe('the embedded broker', () => {
  test('transactions are refused, and called not supported', async () => {
    const producer = kafkaClient(await startTestBroker()).producer({
      transactionalId: 't',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect().catch(() => {});
    await expect(producer.transaction()).rejects.toMatchObject({
      type: 'UNSUPPORTED_VERSION',
    });
    await producer.disconnect();
  });
});

describe('the embedded broker with a data directory', () => {
  test.each([
    ['stopped', false],
    ['killed', true],
  ])('keeps topics, records and committed offsets when it is %s', async (_, abrupt) => {
    const dataDirectory = temporaryDirectory();
    const before = await startTestBroker({ dataDirectory });
    before.createTopic('kept', 1);
    const client = kafkaClient(before);
    await send('kept', ['a', 'b'], { client });
    const reader = await consume('keepers', 'kept', client);
    await eventually('both records', () => reader.values.length === 2);
    await reader.consumer.disconnect();
    await before.stop({ abrupt });

    const after = await startTestBroker({ dataDirectory, port: before.port });
    expect(after.address).toBe(before.address);
    expect(await send('kept', ['c'], { client })).toEqual(['2']);
    const again = await consume('keepers', 'kept', client);
    await eventually('the record after the committed offset', () => again.values.length === 1);
    expect(again.values).toEqual(['c']);
    const fresh = await consume('newcomers', 'kept', client);
    await eventually('all records', () => fresh.values.length === 3);
    expect(fresh.values).toEqual(['a', 'b', 'c']);
    await Promise.all([again.consumer.disconnect(), fresh.consumer.disconnect()]);
    await after.stop();
  });

  test('a producer and a consumer go on when it comes back', async () => {
    const dataDirectory = temporaryDirectory();
    const before = await startTestBroker({ dataDirectory });
    before.createTopic('survived', 1);
    const client = kafkaClient(before, { retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 50 } });
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    await producer.send({ topic: 'survived', messages: [{ value: 'a' }] });
    const reader = await consume('survivors', 'survived', client);
    await eventually('the first record', () => reader.values.length === 1);
    await before.stop({ abrupt: true });
    const sending = producer.send({ topic: 'survived', messages: [{ value: 'b' }] });
    const after = await startTestBroker({ dataDirectory, port: before.port });
    expect((await sending)[0]?.baseOffset).toBe('1');
    await eventually('the second record', () => reader.values.includes('b'));
    await reader.consumer.disconnect();
    await producer.disconnect();
    await after.stop();
  });
});

describe('starting the embedded broker', () => {
  test('on a taken port fails with the address, the fix and the cause', async () => {
    const broker = await startTestBroker();
    const failure = startTestBroker({ port: broker.port });
    await expect(failure).rejects.toThrow(`cannot listen on ${broker.address}: the port is taken`);
    await expect(failure).rejects.toMatchObject({ cause: { code: 'EADDRINUSE' } });
  });

  test.each(['0.0.0.0', '192.168.1.1', 'example.com', '::'])(
    'on %s is refused: it is not loopback',
    async (host) => {
      await expect(startTestBroker({ host })).rejects.toThrow(`does not listen on ${host}`);
    },
  );

  test('on a data directory in use is refused', async () => {
    const dataDirectory = temporaryDirectory();
    await startTestBroker({ dataDirectory });
    await expect(startTestBroker({ dataDirectory })).rejects.toThrow(`${dataDirectory} is in use`);
  });

  test('createTopic leaves an existing topic as it is', async () => {
    const broker = await startTestBroker();
    broker.createTopic('once', 2);
    broker.createTopic('once', 5);
    const { topics } = await administer(
      (admin) => admin.fetchTopicMetadata({ topics: ['once'] }),
      kafkaClient(broker),
    );
    expect(topics[0]?.partitions).toHaveLength(2);
  });
});
