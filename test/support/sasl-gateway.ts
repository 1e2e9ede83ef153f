import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Broker } from '../../lib/local/broker/broker.ts';

const METADATA = 3;
const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
const SASL_AUTHENTICATION_FAILED = 58;
/** What a kafkajs producer uses: API key, lowest and highest version. */
const OFFERED = [
  [0, 3, 7],
  [METADATA, 0, 6],
  [API_VERSIONS, 0, 2],
  [22, 0, 1],
  [SASL_HANDSHAKE, 0, 1],
  [SASL_AUTHENTICATE, 0, 1],
] as const;

/** An OAUTHBEARER listener before a broker that has none. */
export interface SaslGateway {
  readonly address: string;
  /** The tokens that were presented, first to last. */
  readonly tokens: readonly string[];
}

interface Gateway {
  readonly port: () => number;
  readonly tokens: string[];
  readonly accepts: (token: string) => boolean;
}

const servers = new Set<{ server: Server; sockets: Set<Socket> }>();

// Registered by the import, as the brokers of test/support/broker.ts are.
afterAll(() => {
  for (const { server, sockets } of servers) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  servers.clear();
});

/**
 * Listens on a free port, authenticates each connection and passes everything else on to the broker.
 *
 * @param broker - whose place it takes, also in what the broker says of itself
 * @param accepts - decides about a token
 */
export async function startSaslGateway(
  broker: Broker,
  accepts: (token: string) => boolean,
): Promise<SaslGateway> {
  const sockets = new Set<Socket>();
  const tokens: string[] = [];
  const server = createServer((client) => {
    const upstream = connect(broker.port, broker.host);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    serve(client, upstream, broker, { port, tokens, accepts });
  });
  const port = (): number => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  servers.add({ server, sockets });
  server.listen(0, broker.host);
  await once(server, 'listening');
  return { address: `${broker.host}:${port()}`, tokens };
}

function serve(client: Socket, upstream: Socket, broker: Broker, { port, tokens, accepts }: Gateway): void {
  const metadataRequests = new Set<number>();
  eachFrame(client, (frame) => {
    const apiKey = frame.readInt16BE(0);
    const correlationId = frame.subarray(4, 8);
    const answer = (...body: Buffer[]) => client.write(framed(Buffer.concat([correlationId, ...body])));
    if (apiKey === API_VERSIONS) {
      const offered = OFFERED.map((api) => Buffer.concat(api.map(int16)));
      answer(int16(0), int32(offered.length), ...offered, int32(0));
    } else if (apiKey === SASL_HANDSHAKE) {
      answer(int16(0), int32(1), string('OAUTHBEARER'));
    } else if (apiKey === SASL_AUTHENTICATE) {
      const token = /auth=Bearer ([\w-]*)/.exec(frame.toString('latin1'))?.[1] ?? '';
      tokens.push(token);
      const accepted = accepts(token);
      const error = accepted ? int16(0) : int16(SASL_AUTHENTICATION_FAILED);
      answer(error, string(accepted ? '' : 'Access denied'), int32(0), Buffer.alloc(8));
      if (!accepted) client.end();
    } else {
      if (apiKey === METADATA) metadataRequests.add(correlationId.readInt32BE());
      upstream.write(framed(frame));
    }
  });
  const itself = Buffer.concat([string(broker.host), int32(broker.port)]);
  eachFrame(upstream, (frame) => {
    const at = metadataRequests.delete(frame.readInt32BE(0)) ? frame.indexOf(itself) : -1;
    if (at >= 0) frame.writeInt32BE(port(), at + itself.length - 4);
    client.write(framed(frame));
  });
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

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}
