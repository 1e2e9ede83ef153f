import { once } from 'node:events';
import { connect } from 'node:net';
import { CompressionTypes, type Kafka, type KafkaConfig, type Producer } from 'kafkajs';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { kafkaClient, startTestBroker } from '../../support/broker.ts';
import { type FaultyKafka, startFaultyKafka } from '../../support/test-kafka.ts';

const TOPIC = 'events';
const ONCE = { initialRetryTime: 50, retries: 1 };

let broker: FaultyKafka;
const producers: Producer[] = [];

beforeEach(async () => {
  broker = await startFaultyKafka();
  await broker.createTopic(TOPIC, 1);
});

afterEach(async () => {
  await broker.faults.clear();
  await Promise.all(producers.splice(0).map((producer) => producer.disconnect().catch(() => {})));
});

/** A connected idempotent producer that has sent one record. */
async function warmProducer(config: Partial<KafkaConfig> = {}): Promise<Producer> {
  const client = kafkaClient(broker, { requestTimeout: 500, ...config });
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
  producers.push(producer);
  await producer.connect();
  await send(producer, 'warm');
  return producer;
}

async function send(producer: Producer, value: string): Promise<string | undefined> {
  const [answer] = await producer.send({
    topic: TOPIC,
    messages: [{ value }],
    compression: CompressionTypes.None,
  });
  return answer?.baseOffset;
}

/** The offset after the last record, asked on a connection of its own. */
async function nextOffset(client: Kafka = kafkaClient(broker)): Promise<number> {
  const admin = client.admin();
  await admin.connect();
  try {
    const [partition] = await admin.fetchTopicOffsets(TOPIC);
    return Number(partition?.high);
  } finally {
    await admin.disconnect();
  }
}

describe('dropped silently', () => {
  test('a connection gets no answer and no end, while new ones work', async () => {
    const producer = await warmProducer({ retry: ONCE });
    broker.faults.dropSilently();
    await expect(send(producer, 'lost')).rejects.toThrow('timed out');
    expect(await nextOffset()).toBe(1);
    expect(await send(await warmProducer(), 'new')).toBe('2');
  });

  test('new connections are silent too when asked for, until clear()', async () => {
    broker.faults.dropSilently({ newConnections: 'silent' });
    const socket = connect(broker.port, broker.host);
    await once(socket, 'connect');
    await expect(nextOffset(kafkaClient(broker, { requestTimeout: 300, retry: ONCE }))).rejects.toThrow();
    expect(socket.readyState).toBe('open');
    await broker.faults.clear();
    expect(await nextOffset()).toBe(0);
    socket.destroy();
  });
});

test('reset: the client sees the reset and heals on a new connection', async () => {
  const socket = connect(broker.port, broker.host);
  await once(socket, 'connect');
  const failure = once(socket, 'close').catch((error: unknown) => [error]);
  const producer = await warmProducer();
  broker.faults.reset();
  expect((await failure)[0]).toMatchObject({ code: 'ECONNRESET' });
  expect(await send(producer, 'after')).toBe('1');
});

test('refuse: no new connection, existing ones go on, and accept() ends it', async () => {
  const producer = await warmProducer();
  broker.faults.refuse();
  expect(await send(producer, 'existing')).toBe('1');
  const refused = connect(broker.port, broker.host);
  await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const { port } = broker;
  await broker.faults.accept();
  expect(broker.port).toBe(port);
  expect(await nextOffset()).toBe(2);
});

describe('delay', () => {
  test('answers come after the request timeout, and the records are there', async () => {
    const producer = await warmProducer({ requestTimeout: 200, retry: ONCE });
    broker.faults.delay(2_000, 'Produce');
    await expect(send(producer, 'late')).rejects.toThrow('timed out');
    expect(await nextOffset()).toBe(2);
  });

  test('is for one API only when it is named', async () => {
    const producer = await warmProducer({ requestTimeout: 200, retry: ONCE });
    broker.faults.delay(60_000, 'Metadata');
    expect(await send(producer, 'on time')).toBe('1');
  });
});

test('stop acknowledging: the record is written, the client does not know, and its retry is recognised', async () => {
  const producer = await warmProducer();
  broker.faults.stopAcknowledging(1);
  expect(await send(producer, 'unacknowledged')).toBe('1');
  expect(await nextOffset()).toBe(2);
});

describe('the embedded broker', () => {
  let embedded: Broker;

  beforeEach(async () => {
    embedded = await startTestBroker();
    embedded.createTopic(TOPIC, 1);
    broker = embedded;
  });

  describe('fail', () => {
    test('appends nothing, as often as asked for, and then the retry succeeds', async () => {
      const producer = await warmProducer();
      embedded.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS', 2);
      expect(await send(producer, 'third time')).toBe('1');
      expect(await nextOffset()).toBe(2);
    });

    test('reaches the client with its code', async () => {
      const producer = await warmProducer({ retry: ONCE });
      embedded.faults.fail('Produce', 'TOPIC_AUTHORIZATION_FAILED');
      await expect(send(producer, 'refused')).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
      expect(await nextOffset()).toBe(1);
      expect(await send(await warmProducer(), 'fine')).toBe('2');
    });

    test('fits every API a client uses', async () => {
      embedded.faults.fail('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE');
      embedded.faults.fail('JoinGroup', 'NOT_COORDINATOR');
      embedded.faults.fail('Fetch', 'NOT_LEADER_OR_FOLLOWER');
      embedded.faults.fail('OffsetFetch', 'COORDINATOR_LOAD_IN_PROGRESS');
      await send(await warmProducer(), 'second');
      const consumer = kafkaClient(broker).consumer({ groupId: 'readers', maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
      const values: string[] = [];
      await consumer.run({
        eachMessage: async ({ message }) => {
          values.push(String(message.value));
        },
      });
      await eventually('both records in spite of it all', () => values.length === 2);
      expect(values).toEqual(['warm', 'second']);
      await consumer.disconnect();
    });
  });

  test('a moved leader: the old address refuses, the new metadata leads to the new one, nothing is lost', async () => {
    const producer = await warmProducer();
    const requests: string[] = [];
    producer.on('producer.network.request', ({ payload }) => {
      if (payload.apiName === 'Produce') requests.push(payload.broker);
    });
    await embedded.faults.moveLeader();
    expect(await send(producer, 'moved')).toBe('1');
    expect(requests[0]).toBe(broker.address);
    expect(requests.at(-1)).not.toBe(broker.address);
    await embedded.faults.moveLeader();
    expect(await send(producer, 'moved back')).toBe('2');
    expect(requests.at(-1)).toBe(broker.address);
  });

  test('throttle: the next request of the same client waits, those of others do not', async () => {
    const [throttled, other] = await Promise.all([
      warmProducer({ requestTimeout: 10_000 }),
      warmProducer({ requestTimeout: 10_000 }),
    ]);
    embedded.faults.throttle(2_000, 'Produce');
    await send(throttled, 'answered at once');
    await embedded.faults.clear();
    const order: string[] = [];
    const waiting = send(throttled, 'waits').then(() => order.push('throttled'));
    await send(other, 'does not wait').then(() => order.push('other'));
    await waiting;
    expect(order).toEqual(['other', 'throttled']);
  });
});
