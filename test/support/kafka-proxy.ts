import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { findApi } from '../../lib/local/broker/api/apis.ts';
import type { Broker } from '../../lib/local/broker/broker.ts';
import { type FaultPlan, Faults } from '../../lib/local/broker/faults.ts';

const HOST = '127.0.0.1';
const METADATA = 3;
/** Answers that say where a broker is. */
const NAMING_BROKERS = [METADATA, 10];

/** What a proxy does to what passes. */
export interface Interception {
  /** The body of an answer that the proxy gives itself; undefined: the broker is asked. */
  readonly answer?: (apiKey: number, request: Buffer, client: Socket) => Buffer | undefined;
  /** Changes what the broker says of the cluster, in place. */
  readonly metadata?: (response: Buffer) => void;
  /** Listens with TLS. */
  readonly tls?: TlsOptions;
}

/** Faults of connections and of what passes on them, which need nothing of the broker. */
export type NetworkFaults = Pick<
  Faults,
  'dropSilently' | 'reset' | 'refuse' | 'accept' | 'delay' | 'stopAcknowledging' | 'clear'
>;

export interface KafkaProxy {
  readonly host: string;
  readonly port: number;
  /** host:port. */
  readonly address: string;
  readonly faults: NetworkFaults;
  /** With TLS: what new connections meet from now on. */
  readonly secureWith: (options: SecureContextOptions) => void;
}

/** A connection of a client. */
interface Connection {
  goSilent(): void;
  reset(): void;
}

const proxies = new Set<{ server: Server; connections: Set<Connection> }>();

// Registered by the import, as the brokers of test/support/broker.ts are.
afterAll(() => {
  for (const { server, connections } of proxies) {
    server.close();
    for (const connection of connections) connection.reset();
  }
  proxies.clear();
});

/** Stands between clients and a broker, on a free port, also for those who ask the broker where it is. */
export async function startKafkaProxy(
  broker: Pick<Broker, 'host' | 'port'>,
  interception: Interception = {},
): Promise<KafkaProxy> {
  const connections = new Set<Connection>();
  const secure = interception.tls && createTlsServer(interception.tls);
  const server = secure ?? createServer();
  server.on(secure ? 'secureConnection' : 'connection', (client: Socket) => {
    const connection = relay(client, connect(broker.port, broker.host), interception, faults, (response) =>
      replaceAddress(response, broker, port),
    );
    connections.add(connection);
    client.on('close', () => connections.delete(connection));
    if (faults.newConnectionsSilent) connection.goSilent();
  });
  const listen = async (on: number) => {
    server.listen(on, HOST);
    await once(server, 'listening');
  };
  const faults = new Faults({
    connections: () => connections,
    stopListening: () => server.close(),
    listenAgain: () => listen(port),
    moveLeader: () => Promise.reject(new Error('a proxy leads nothing')),
  });
  proxies.add({ server, connections });
  await listen(0);
  const port = portOf(server);
  const secureWith = (options: SecureContextOptions) => secure?.setSecureContext(options);
  return { host: HOST, port, address: `${HOST}:${port}`, faults, secureWith };
}

/** Hands on requests and answers, but for what an interception or a fault makes of them. */
function relay(
  client: Socket,
  upstream: Socket,
  { answer, metadata }: Interception,
  faults: FaultPlan,
  hideBroker: (response: Buffer) => Buffer,
): Connection {
  let mute = false;
  for (const socket of [client, upstream]) socket.on('error', () => {});
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => {
    if (!mute) client.destroy();
  });

  const apiKeys = new Map<number, number>();
  eachFrame(client, (request) => {
    const apiKey = request.readInt16BE(0);
    const correlationId = request.subarray(4, 8);
    const own = answer?.(apiKey, request, client);
    if (own) {
      client.write(framed(Buffer.concat([correlationId, own])));
      return;
    }
    apiKeys.set(correlationId.readInt32BE(), apiKey);
    upstream.write(framed(request));
  });

  let answered = Promise.resolve();
  eachFrame(upstream, (original) => {
    const correlationId = original.readInt32BE(0);
    const apiKey = apiKeys.get(correlationId) ?? -1;
    apiKeys.delete(correlationId);
    const response = NAMING_BROKERS.includes(apiKey) ? hideBroker(original) : original;
    if (apiKey === METADATA) metadata?.(response);
    const api = findApi(apiKey)?.name;
    if (api && faults.takeSilence(api)) return;
    const delayMs = api ? faults.delayMs(api) : 0;
    answered = answered.then(async () => {
      if (delayMs > 0) await delay(delayMs, undefined, { ref: false });
      if (!mute) client.write(framed(response));
    });
  });

  return {
    goSilent: () => {
      mute = true;
      client.pause();
      upstream.destroy();
    },
    reset: () => (client instanceof TLSSocket ? client.destroy() : client.resetAndDestroy()),
  };
}

function replaceAddress(
  response: Buffer,
  { host, port }: Pick<Broker, 'host' | 'port'>,
  ours: number,
): Buffer {
  const address = Buffer.concat([string(host), int32(port)]);
  const at = response.indexOf(address);
  if (at < 0) return response;
  return Buffer.concat([
    response.subarray(0, at),
    string(HOST),
    int32(ours),
    response.subarray(at + address.length),
  ]);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function eachFrame(socket: Socket, handle: (frame: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      const size = 4 + bytes.readInt32BE(0);
      handle(bytes.subarray(4, size));
      bytes = bytes.subarray(size);
    }
  });
}

function framed(frame: Buffer): Buffer {
  return Buffer.concat([int32(frame.length), frame]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}
