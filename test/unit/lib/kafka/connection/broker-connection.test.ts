import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ConnectionOptions, Sasl } from '../../../../../lib/kafka/client/connection.ts';
import { BrokerConnection } from '../../../../../lib/kafka/connection/broker-connection.ts';
import { initProducerId } from '../../../../../lib/kafka/producer/cluster-requests.ts';
import { int16, int32, string } from '../../../../support/kafka-proxy.ts';

const TIMEOUT_MS = 300;
const [INIT_PRODUCER_ID, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE] = [22, 17, 18, 36];
const SASL: Sasl = { mechanism: 'oauthbearer', token: async () => 'token' };
const bytesOf = (...parts: Buffer[]) => Buffer.concat(parts);
const VERSIONS = bytesOf(
  int16(0),
  int32(3),
  ...[INIT_PRODUCER_ID, SASL_HANDSHAKE, SASL_AUTHENTICATE].map((key) =>
    bytesOf(int16(key), int16(0), int16(1)),
  ),
);
const PRODUCER_ID = bytesOf(int32(0), int16(0), int32(0), int32(7), int16(0));
const MINUTE_MS = 60_000;

const closing: (() => void)[] = [];
// Time passes only where a test says so: a busy machine makes no answer late.
beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => {
  jest.useRealTimers();
  for (const close of closing.splice(0)) close();
});

type Answers = (apiKey: number, correlationId: number, socket: Socket) => Buffer | undefined;

function framed(correlationId: number, body: Buffer): Buffer {
  return bytesOf(int32(body.length + 4), int32(correlationId), body);
}

/** A connection to a broker that answers as it is told to; `undefined`: as a right one. */
async function connectionTo(answers: Answers, sasl?: Sasl): Promise<BrokerConnection> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    closing.push(() => socket.destroy());
    socket.on('data', (frame) => {
      const apiKey = frame.readInt16BE(4);
      const correlationId = frame.readInt32BE(8);
      const answer = answers(apiKey, correlationId, socket) ?? framed(correlationId, rightAnswer(apiKey));
      if (!socket.destroyed) socket.write(answer);
    });
  }).listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const options: ConnectionOptions = {
    brokers: [],
    clientId: 'test',
    ssl: false,
    connectionTimeout: TIMEOUT_MS,
    authenticationTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    ...(sasl && { sasl }),
  };
  const connection = new BrokerConnection(`127.0.0.1:${address.port}`, options);
  closing.push(() => void connection.close());
  return connection.opened;
}

/** Sets the clock, by which no timer ends: as in a sandbox that was frozen. */
function setClock(ms: number): void {
  jest.setSystemTime(Date.now() + ms);
}

function rightAnswer(apiKey: number): Buffer {
  if (apiKey === API_VERSIONS) return VERSIONS;
  if (apiKey === SASL_HANDSHAKE) return bytesOf(int16(0), int32(1), string('OAUTHBEARER'));
  if (apiKey === SASL_AUTHENTICATE)
    return bytesOf(int16(0), string(''), int32(0), int32(0), int32(MINUTE_MS));
  return PRODUCER_ID;
}

describe('a connection to a broker', () => {
  test.each<[string, string, Answers]>([
    ['has the number of another request', 'not one of Kafka', (_key, id) => framed(id - 1, PRODUCER_ID)],
    ['is longer than any of Kafka', 'not one of Kafka', () => int32(0x7fffffff)],
    ['has a negative length', 'not one of Kafka', () => int32(-1)],
    ['ends within its fields', 'not one of Kafka', (_key, id) => framed(id, int32(0))],
    [
      'stops half way when the broker closes',
      'Closed connection',
      (_key, id, socket) => {
        socket.end(framed(id, PRODUCER_ID).subarray(0, 10));
        return Buffer.alloc(0);
      },
    ],
    [
      'does not come',
      'No answer within 300 ms',
      () => {
        jest.advanceTimersByTime(TIMEOUT_MS);
        return Buffer.alloc(0);
      },
    ],
  ])('fails each request, and takes no more, when an answer %s', async (_case, reason, answers) => {
    const connection = await connectionTo((apiKey, ...rest) =>
      apiKey === INIT_PRODUCER_ID ? answers(apiKey, ...rest) : undefined,
    );
    const [first, second] = await Promise.allSettled([
      connection.request(initProducerId),
      connection.request(initProducerId),
    ]);
    const message = expect.stringContaining(reason);
    expect(first).toMatchObject({ status: 'rejected', reason: { message, wasSent: true } });
    expect(second).toMatchObject({ status: 'rejected', reason: { message, wasSent: false } });
    expect(connection.isLost).toBe(true);
    await expect(connection.request(initProducerId)).rejects.toMatchObject({ message, wasSent: false });
  });

  test('takes an answer that comes byte by byte', async () => {
    const connection = await connectionTo((apiKey, id, socket) => {
      if (apiKey !== INIT_PRODUCER_ID) return undefined;
      for (const byte of framed(id, PRODUCER_ID)) socket.write(Buffer.of(byte));
      return Buffer.alloc(0);
    });
    const answer = connection.request(initProducerId);
    await expect(answer).resolves.toMatchObject({ producerId: { id: 7n, epoch: 0 } });
  });

  test('sends nothing during its throttle time, which is no silence of the broker', async () => {
    const throttleMs = TIMEOUT_MS + 100;
    let received = 0;
    const connection = await connectionTo((apiKey, id) => {
      if (apiKey !== INIT_PRODUCER_ID) return undefined;
      received++;
      return framed(id, bytesOf(int32(received === 1 ? throttleMs : 0), PRODUCER_ID.subarray(4)));
    });
    const [first, ...others] = [1, 2, 3].map(() => connection.request(initProducerId));
    await first;
    jest.advanceTimersByTime(throttleMs - 1);
    // What had been sent would have arrived by then.
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    expect(received).toBe(1);
    jest.advanceTimersByTime(1);
    await Promise.all(others);
    expect(received).toBe(3);
  });

  test('has one request under way when it is used after its throttle time, before its timer tells', async () => {
    const throttleMs = 100;
    let received = 0;
    const connection = await connectionTo((apiKey, id) => {
      if (apiKey !== INIT_PRODUCER_ID) return undefined;
      received++;
      return framed(id, bytesOf(int32(received === 1 ? throttleMs : 0), PRODUCER_ID.subarray(4)));
    });
    const [first, second] = [1, 2].map(() => connection.request(initProducerId));
    await first;
    setClock(MINUTE_MS);
    const third = connection.request(initProducerId);
    jest.advanceTimersByTime(throttleMs);
    await expect(Promise.all([second, third])).resolves.toHaveLength(2);
  });

  describe('whose session ends', () => {
    test('has not sent what waited when the broker is lost while it renews the session', async () => {
      let handshakes = 0;
      const connection = await connectionTo((apiKey, _id, socket) => {
        if (apiKey === SASL_HANDSHAKE && ++handshakes > 1) socket.destroy();
        return undefined;
      }, SASL);
      setClock(MINUTE_MS);
      await expect(connection.request(initProducerId)).rejects.toMatchObject({ wasSent: false });
      expect(handshakes).toBe(2);
    });

    test('sends nothing between the messages of an authentication, even if the clock is set back', async () => {
      const received: number[] = [];
      const connection = await connectionTo((apiKey) => {
        received.push(apiKey);
        return undefined;
      }, SASL);
      received.length = 0;
      setClock(MINUTE_MS);
      const first = connection.request(initProducerId);
      setClock(-MINUTE_MS);
      await Promise.all([first, connection.request(initProducerId)]);
      expect(received).toEqual([SASL_HANDSHAKE, SASL_AUTHENTICATE, INIT_PRODUCER_ID, INIT_PRODUCER_ID]);
    });
  });
});
