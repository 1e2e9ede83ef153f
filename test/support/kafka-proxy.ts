import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Broker } from '../../lib/local/broker/broker.ts';

const METADATA = 3;

/** What a proxy does to what passes. */
export interface Interception {
  /** The body of an answer that the proxy gives itself; undefined: the broker is asked. */
  readonly answer?: (apiKey: number, request: Buffer, client: Socket) => Buffer | undefined;
  /** Changes what the broker says of the cluster, in place. */
  readonly metadata?: (response: Buffer) => void;
}

const proxies = new Set<{ server: Server; sockets: Set<Socket> }>();

// Registered by the import, as the brokers of test/support/broker.ts are.
afterAll(() => {
  for (const { server, sockets } of proxies) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  proxies.clear();
});

/**
 * Stands between clients and a broker, on a free port, also for those who ask the broker where it is.
 *
 * @returns its address, host:port
 */
export async function startKafkaProxy(
  broker: Pick<Broker, 'host' | 'port'>,
  interception: Interception,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(broker.port, broker.host);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    relay(client, upstream, interception, (response) => replacePort(response, broker, portOf(server)));
  });
  proxies.add({ server, sockets });
  server.listen(0, broker.host);
  await once(server, 'listening');
  return `${broker.host}:${portOf(server)}`;
}

function relay(
  client: Socket,
  upstream: Socket,
  { answer, metadata }: Interception,
  hideBroker: (response: Buffer) => void,
): void {
  const metadataRequests = new Set<number>();
  eachFrame(client, (request) => {
    const apiKey = request.readInt16BE(0);
    const correlationId = request.subarray(4, 8);
    const own = answer?.(apiKey, request, client);
    if (own) {
      client.write(framed(Buffer.concat([correlationId, own])));
      return;
    }
    if (apiKey === METADATA) metadataRequests.add(correlationId.readInt32BE());
    upstream.write(framed(request));
  });
  eachFrame(upstream, (response) => {
    if (metadataRequests.delete(response.readInt32BE(0))) {
      hideBroker(response);
      metadata?.(response);
    }
    client.write(framed(response));
  });
}

function replacePort(response: Buffer, broker: Pick<Broker, 'host' | 'port'>, port: number): void {
  const address = Buffer.concat([string(broker.host), int32(broker.port)]);
  const at = response.indexOf(address);
  if (at >= 0) response.writeInt32BE(port, at + address.length - 4);
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
