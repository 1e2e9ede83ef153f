import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { startTestBroker } from '../../support/broker.ts';
import { producerUnderFaults } from '../../support/producer-under-faults.ts';
import { startFaultyKafka } from '../../support/test-kafka.ts';
import { impatient, testProducer } from '../../support/test-producer.ts';

/** Time for several attempts, but not for all that the producer makes. */
const BUDGET_MS = 2_000;

const setup = producerUnderFaults(startFaultyKafka);
const { send, outcomeOf, storedValues } = setup;
const servers: { server: Server; sockets: Set<Socket> }[] = [];

afterEach(() => {
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

describe('a cluster out of reach', () => {
  test('is reported as such, and used when it is back', async () => {
    setup.broker.faults.refuse();
    expect(await outcomeOf('a')).toBe('broker_unreachable');
    await setup.broker.faults.accept();
    expect(await outcomeOf('b')).toBe('delivered');
    expect(await storedValues()).toEqual(['b']);
  });

  test('that is back after a moment gets the record, within the time that was given', async () => {
    expect(await outcomeOf('first')).toBe('delivered');
    setup.broker.faults.refuse();
    setup.broker.faults.reset();
    const sending = outcomeOf('waiting', 10_000);
    setTimeout(() => setup.broker.faults.accept(), 300);
    expect(await sending).toBe('delivered');
    expect(await storedValues()).toEqual(['first', 'waiting']);
  });

  test('is named', async () => {
    setup.broker.faults.refuse();
    const delivery = await send('a', BUDGET_MS);
    if (delivery?.status !== 'failed') throw new Error('delivered');
    expect(delivery.error.message).toContain(`No answer from Kafka at ${setup.broker.address}`);
  });

  test('that accepts connections and stays silent is given up', async () => {
    setup.broker.faults.dropSilently({ newConnections: 'silent' });
    expect(await outcomeOf('a')).toBe('broker_unreachable');
    await setup.broker.faults.clear();
    expect(await outcomeOf('b')).toBe('delivered');
  });

  test('is given up at the deadline, however patient the connection is', async () => {
    const patient = testProducer([setup.broker.address], {
      ...impatient,
      connectionTimeout: 60_000,
      requestTimeout: 60_000,
    });
    setup.broker.faults.dropSilently({ newConnections: 'silent' });
    expect(await outcomeOf('a', 200, patient)).toBe('broker_unreachable');
    await setup.broker.faults.clear();
    expect(await outcomeOf('b', 20_000, patient)).toBe('delivered');
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
    expect(await outcomeOf('a', BUDGET_MS, testProducer([address], impatient))).toBe('broker_unreachable');
  });
});

describe('bootstrap brokers', () => {
  test('that are away are passed over', async () => {
    const gone = await startTestBroker();
    await gone.stop();
    const silent = await listen(() => {});
    const closing = await listen((socket) => socket.destroy());
    for (const first of [gone.address, silent, closing]) {
      expect(await outcomeOf('a', 20_000, testProducer([first, setup.broker.address], impatient))).toBe(
        'delivered',
      );
    }
  });
});
