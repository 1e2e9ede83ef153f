import { createHash, createHmac, pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Broker } from '../../lib/local/broker/broker.ts';
import { int16, int32, type KafkaProxy, startKafkaProxy, string } from './kafka-proxy.ts';

const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
const SASL_AUTHENTICATION_FAILED = 58;
/** The least that RFC 5802 recommends. */
const ITERATIONS = 4_096;
/** What a kafkajs producer uses: API key, lowest and highest version. */
const OFFERED = [
  [0, 3, 7],
  [3, 0, 6],
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

/**
 * Listens on a free port, authenticates each connection and passes everything else on to the broker.
 *
 * @param accepts - decides about a token
 * @param sessionLifetimeMs - how long a session lasts: KIP-368; default: without end
 */
export async function startSaslGateway(
  broker: Pick<Broker, 'host' | 'port'>,
  accepts: (token: string) => boolean,
  sessionLifetimeMs = 0,
): Promise<SaslGateway> {
  const tokens: string[] = [];
  const { address } = await startKafkaProxy(broker, {
    answer: (apiKey, request, client) => {
      if (apiKey === API_VERSIONS) return offeredVersions();
      if (apiKey === SASL_HANDSHAKE) return Buffer.concat([int16(0), int32(1), string('OAUTHBEARER')]);
      if (apiKey !== SASL_AUTHENTICATE) return undefined;
      const token = /auth=Bearer ([\w-]*)/.exec(request.toString('latin1'))?.[1] ?? '';
      tokens.push(token);
      return accepts(token) ? authenticated('', sessionLifetimeMs) : refused(client);
    },
  });
  return { address, tokens };
}

/** A SCRAM-SHA-512 listener before a broker that has none. */
export interface ScramGateway extends Pick<KafkaProxy, 'address' | 'faults'> {
  /** What the cluster takes now. */
  credentials: { username: string; password: string };
  /** Exchanges that were begun. */
  attempts: number;
}

/**
 * Listens on a free port, authenticates each connection as RFC 5802 says and passes everything else on to the broker.
 *
 * @param credentials - that it takes at first
 */
export async function startScramGateway(
  broker: Pick<Broker, 'host' | 'port'>,
  credentials: ScramGateway['credentials'],
): Promise<ScramGateway> {
  /** The messages of an exchange before the last one of the client. */
  const exchanges = new WeakMap<Socket, { nonce: string; salt: Buffer; first: string; username: string }>();
  const { address, faults } = await startKafkaProxy(broker, {
    answer: (apiKey, request, client) => {
      if (apiKey === API_VERSIONS) return offeredVersions();
      if (apiKey === SASL_HANDSHAKE) return Buffer.concat([int16(0), int32(1), string('SCRAM-SHA-512')]);
      if (apiKey !== SASL_AUTHENTICATE) return undefined;
      const text = request.toString('latin1');
      const [, clientFirst, username = '', clientNonce] = /n,,(n=([^,]*),r=([^,]+))$/.exec(text) ?? [];
      if (clientFirst !== undefined) {
        gateway.attempts++;
        const nonce = `${clientNonce}${randomUUID()}`;
        const salt = randomBytes(16);
        const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${ITERATIONS}`;
        exchanges.set(client, { nonce, salt, first: `${clientFirst},${serverFirst}`, username });
        return authenticated(serverFirst);
      }
      const exchange = exchanges.get(client);
      const [, withoutProof = '', proof = ''] = /(c=[^,]+,r=[^,]+),p=([\w+/=]+)$/.exec(text) ?? [];
      const isKnown =
        exchange?.username === gateway.credentials.username && withoutProof.endsWith(`r=${exchange.nonce}`);
      const signature =
        isKnown &&
        verified(gateway.credentials.password, exchange.salt, `${exchange.first},${withoutProof}`, proof);
      return signature ? authenticated(`v=${signature}`) : refused(client);
    },
  });
  const gateway: ScramGateway = { address, faults, credentials, attempts: 0 };
  return gateway;
}

/** The signature of the server when the proof of the client is right: RFC 5802, section 3. */
function verified(password: string, salt: Buffer, messages: string, proof: string): string | undefined {
  const sign = (key: Buffer, text: string) => createHmac('sha512', key).update(text).digest();
  const hash = (bytes: Buffer) => createHash('sha512').update(bytes).digest();
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
  const storedKey = hash(sign(salted, 'Client Key'));
  const clientSignature = sign(storedKey, messages);
  const clientKey = Buffer.from(proof, 'base64').map((byte, index) => byte ^ (clientSignature[index] ?? 0));
  if (!hash(Buffer.from(clientKey)).equals(storedKey)) return undefined;
  return sign(sign(salted, 'Server Key'), messages).toString('base64');
}

function offeredVersions(): Buffer {
  const offered = OFFERED.map((api) => Buffer.concat(api.map(int16)));
  return Buffer.concat([int16(0), int32(offered.length), ...offered, int32(0)]);
}

function authenticated(message: string, sessionLifetimeMs = 0): Buffer {
  const bytes = Buffer.from(message);
  const lifetime = Buffer.concat([int32(0), int32(sessionLifetimeMs)]);
  return Buffer.concat([int16(0), string(''), int32(bytes.length), bytes, lifetime]);
}

function refused(client: Socket): Buffer {
  // As Kafka does after its refusal.
  setImmediate(() => client.end());
  return Buffer.concat([
    int16(SASL_AUTHENTICATION_FAILED),
    string('Access denied'),
    int32(0),
    Buffer.alloc(8),
  ]);
}
