import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Producer } from '../../../lib/kafka/producer/producer.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { startTestBroker } from '../../support/broker.ts';
import { int16, int32, startKafkaProxy } from '../../support/kafka-proxy.ts';
import { producerOutcomes, refuseUnhandledRejections } from '../../support/producer-outcomes.ts';
import { readTopic } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import { type FaultyKafka, startFaultyKafka } from '../../support/test-kafka.ts';
import { outcomes, recordOf, soon, TIMEOUT_MS, TOPIC, testProducer } from '../../support/test-producer.ts';

jest.setTimeout(30_000);

let broker: FaultyKafka;
let producer: Producer;
const servers: { server: Server; sockets: Set<Socket> }[] = [];

refuseUnhandledRejections();

beforeEach(async () => {
  broker = await startFaultyKafka();
  await broker.createTopic(TOPIC, 1);
  producer = testProducer([broker.address]);
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** Something that listens and is no Kafka broker. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  servers.push({ server, sockets });
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

const { send, outcomeOf, storedValues } = producerOutcomes(
  () => producer,
  () => broker,
);

describe('a cluster out of reach', () => {
  test('is reported as such, and used when it is back', async () => {
    broker.faults.refuse();
    expect(await outcomeOf('a')).toBe('broker_unreachable');
    await broker.faults.accept();
    expect(await outcomeOf('b')).toBe('delivered');
    expect(await storedValues()).toEqual(['b']);
  });

  test('that is back after a moment gets the record, within the time that was given', async () => {
    expect(await outcomeOf('first')).toBe('delivered');
    broker.faults.refuse();
    broker.faults.reset();
    const sending = outcomeOf('waiting', 10_000);
    setTimeout(() => broker.faults.accept(), 300);
    expect(await sending).toBe('delivered');
    expect(await storedValues()).toEqual(['first', 'waiting']);
  });

  test('is named with what to check', async () => {
    broker.faults.refuse();
    const delivery = await send('a');
    if (delivery?.status !== 'failed') throw new Error('delivered');
    expect(delivery.error.message).toContain(broker.address);
    expect(delivery.error.message).toMatch(/security group.*9098/);
  });

  test('that accepts connections and stays silent is given up', async () => {
    broker.faults.dropSilently({ newConnections: 'silent' });
    expect(await outcomeOf('a')).toBe('broker_unreachable');
    await broker.faults.clear();
    expect(await outcomeOf('b')).toBe('delivered');
  });

  test('is given up at the deadline, however patient the connection is', async () => {
    const patient = testProducer([broker.address], { connectionTimeout: 60_000, requestTimeout: 60_000 });
    broker.faults.dropSilently({ newConnections: 'silent' });
    expect(await outcomeOf('a', 200, patient)).toBe('broker_unreachable');
    await broker.faults.clear();
    expect(await outcomeOf('b', 5_000, patient)).toBe('delivered');
  });

  test.each<[string, (socket: Socket) => void]>([
    ['a web server', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['a web server that waits', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['something that hangs up', (socket) => socket.destroy()],
    ['something that resets', (socket) => socket.resetAndDestroy()],
    ['TLS', (socket) => socket.write(Buffer.from('15030300020246', 'hex'))],
    ['a length below zero', (socket) => socket.write(Buffer.from('840000000000000100000000', 'hex'))],
    ['an answer without a number', (socket) => socket.write(Buffer.from('0000000101', 'hex'))],
    ['answers to other questions', (socket) => socket.write(Buffer.from('000000080000ffff00000000', 'hex'))],
  ])('is not mistaken for %s', async (_case, behaviour) => {
    const address = await listen((socket) => socket.once('data', () => behaviour(socket)));
    expect(await outcomeOf('a', 5_000, testProducer([address]))).toBe('broker_unreachable');
  });
});

describe('garbage from a broker in the middle of publishing', () => {
  const PRODUCE = 0;
  const METADATA = 3;

  test.each<[string, number, Buffer, string]>([
    ['text in place of the acknowledgement', PRODUCE, Buffer.from('HTTP/1.1 400'), 'delivery_unconfirmed'],
    ['an empty acknowledgement', PRODUCE, Buffer.alloc(0), 'delivery_unconfirmed'],
    ['an acknowledgement of 2 billion topics', PRODUCE, int32(2 ** 31 - 1), 'delivery_unconfirmed'],
    ['an acknowledgement of no topics', PRODUCE, Buffer.alloc(8), 'delivery_unconfirmed'],
    ['text in place of metadata', METADATA, Buffer.from('HTTP/1.1 400'), 'broker_unreachable'],
    ['empty metadata', METADATA, Buffer.alloc(0), 'broker_unreachable'],
    ['metadata of 2 billion brokers', METADATA, int32(2 ** 31 - 1), 'broker_unreachable'],
  ])('%s is no fault of this service', async (_case, garbled, bytes, expected) => {
    const proxy = await startKafkaProxy(broker, {
      answer: (apiKey) => (apiKey === garbled ? bytes : undefined),
    });
    expect(await outcomeOf('a', 5_000, testProducer([proxy.address]))).toBe(expected);
  });
});

describe('bootstrap brokers', () => {
  test('that are away are passed over', async () => {
    const gone = await startTestBroker();
    await gone.stop();
    const silent = await listen(() => {});
    const closing = await listen((socket) => socket.destroy());
    for (const first of [gone.address, silent, closing]) {
      expect(await outcomeOf('a', 5_000, testProducer([first, broker.address]))).toBe('delivered');
    }
  });
});

describe('a lost connection', () => {
  test.each<[string, () => void]>([
    ['forgotten on the way', () => broker.faults.dropSilently()],
    ['reset', () => broker.faults.reset()],
  ])('that was %s costs nothing but time', async (_case, lose) => {
    expect(await outcomeOf('a')).toBe('delivered');
    lose();
    expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
    expect(await storedValues()).toEqual(['a', 'b']);
  });

  test('that stays lost leaves open what became of the record', async () => {
    await send('a');
    broker.faults.dropSilently({ newConnections: 'silent' });
    expect(await outcomeOf('b')).toBe('delivery_unconfirmed');
    await broker.faults.clear();
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'c']);
  });

  test('that was closed before anything was sent leaves nothing open', async () => {
    await send('a');
    broker.faults.refuse();
    broker.faults.reset();
    expect(
      await eventually('the loss is noticed', async () => {
        const outcome = await outcomeOf('b');
        return outcome === 'broker_unreachable' && outcome;
      }),
    ).toBe('broker_unreachable');
    await broker.faults.accept();
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'c']);
  });

  test('while the record is under way does not store it twice', async () => {
    await send('a');
    broker.faults.delay(TIMEOUT_MS / 2, 'Produce');
    const sending = outcomeOf('b');
    await eventually('the record arrived', async () => (await storedValues()).length === 2);
    await broker.faults.clear();
    broker.faults.reset();
    expect(await sending).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b']);
  });

  test('of one send is not lost for another one', async () => {
    await broker.createTopic('other', 3);
    const shared = testProducer([broker.address]);
    await sendTo(shared, 'other', [recordOf('a'), recordOf('b'), recordOf('c')], soon());
    broker.faults.stopAcknowledging(1);
    const sending = [0, 1, 2, 3].map((value) => sendTo(shared, 'other', [recordOf(`${value}`)], soon()));
    expect(outcomes((await Promise.all(sending)).flat())).toEqual(Array(4).fill('delivered'));
    expect(await readTopic(broker, 'other')).toHaveLength(7);
  });

  test('is expected after four minutes without use', async () => {
    const patient = testProducer([broker.address], { requestTimeout: 60_000 });
    expect(await outcomeOf('a', 5_000, patient)).toBe('delivered');
    broker.faults.dropSilently();
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 241_000);
    expect(await outcomeOf('b', 5_000, patient)).toBe('delivered');
    expect(await outcomeOf('c', 5_000, patient)).toBe('delivered');
  });
});

describe('a missing acknowledgement', () => {
  test('is asked for again, and the record is stored once', async () => {
    await send('a');
    broker.faults.stopAcknowledging(1);
    expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
    expect(await send('c')).toMatchObject({ status: 'delivered', offset: 2n });
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('for the very first record is asked for again, too', async () => {
    broker.faults.stopAcknowledging(1);
    expect(await send('a')).toMatchObject({ status: 'delivered', offset: 0n });
    expect(await storedValues()).toEqual(['a']);
  });

  test('that does not come leaves open what became of the record', async () => {
    await send('a');
    broker.faults.stopAcknowledging(2);
    expect(await outcomeOf('b')).toBe('delivery_unconfirmed');
    expect(await send('c')).toMatchObject({ status: 'delivered', offset: 2n });
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('until the deadline leaves it open, too', async () => {
    const patient = testProducer([broker.address], { requestTimeout: 60_000 });
    await send('a', 5_000, patient);
    broker.faults.stopAcknowledging(1);
    expect(await outcomeOf('b', 200, patient)).toBe('delivery_unconfirmed');
    expect(await outcomeOf('c', 5_000, patient)).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('of a slow broker is waited for', async () => {
    broker.faults.delay(TIMEOUT_MS / 2, 'Produce');
    expect(await outcomeOf('a')).toBe('delivered');
  });

  test('of a broker that is too slow leaves it open, and the record is stored once', async () => {
    await send('a');
    broker.faults.delay(TIMEOUT_MS * 4, 'Produce');
    expect(await outcomeOf('b')).toBe('delivery_unconfirmed');
    await broker.faults.clear();
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });
});

describe('a partition without a leader', () => {
  const offline = 2;

  /** Says in the metadata that the partition has no leader, as long as `whether` says so. */
  const hideLeader = (response: Buffer, whether: boolean) => {
    const entry = Buffer.concat([int16(0), int32(offline), int32(1)]);
    const at = response.indexOf(entry);
    if (whether && at >= 0) Buffer.concat([int16(5), int32(offline), int32(-1)]).copy(response, at);
  };

  test('does not hold up the others, and is used when it has one again', async () => {
    let leaderless = true;
    await broker.createTopic('three', 3);
    const { address } = await startKafkaProxy(broker, {
      metadata: (response) => hideLeader(response, leaderless),
    });
    const own = testProducer([address]);
    const records = ['a', 'b', 'c'].map((value) => recordOf(value));
    expect(outcomes(await sendTo(own, 'three', records, soon()))).toEqual([
      'delivered',
      'delivered',
      'delivery_refused',
    ]);
    leaderless = false;
    expect(outcomes(await sendTo(own, 'three', records, soon()))).toEqual(Array(3).fill('delivered'));
  });
});

describe('a deadline', () => {
  test('that has passed sends nothing, and disturbs nothing', async () => {
    await send('a');
    expect(await outcomeOf('b', 0)).toBe('broker_unreachable');
    const [late] = await sendTo(producer, TOPIC, [recordOf('b')], Date.now() - 1_000);
    expect(late).toMatchObject({ status: 'failed', error: { code: 'broker_unreachable' } });
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'c']);
  });

  test('that passes while others are being sent sends nothing', async () => {
    await send('a');
    broker.faults.delay(TIMEOUT_MS - 50, 'Produce');
    const first = outcomeOf('b');
    const second = outcomeOf('c', 50);
    const third = outcomeOf('d');
    expect(await Promise.all([first, second, third])).toEqual([
      'delivered',
      'broker_unreachable',
      'delivered',
    ]);
    expect(await storedValues()).toEqual(['a', 'b', 'd']);
  });
});
