import type { Broker } from '../../lib/local/broker/broker.ts';
import { int16, int32, startKafkaProxy, string } from './kafka-proxy.ts';

const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
const SASL_AUTHENTICATION_FAILED = 58;
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
 */
export async function startSaslGateway(
  broker: Pick<Broker, 'host' | 'port'>,
  accepts: (token: string) => boolean,
): Promise<SaslGateway> {
  const tokens: string[] = [];
  const { address } = await startKafkaProxy(broker, {
    answer: (apiKey, request, client) => {
      if (apiKey === API_VERSIONS) {
        const offered = OFFERED.map((api) => Buffer.concat(api.map(int16)));
        return Buffer.concat([int16(0), int32(offered.length), ...offered, int32(0)]);
      }
      if (apiKey === SASL_HANDSHAKE) return Buffer.concat([int16(0), int32(1), string('OAUTHBEARER')]);
      if (apiKey !== SASL_AUTHENTICATE) return undefined;
      const token = /auth=Bearer ([\w-]*)/.exec(request.toString('latin1'))?.[1] ?? '';
      tokens.push(token);
      const accepted = accepts(token);
      // As Kafka does after its refusal.
      if (!accepted) setImmediate(() => client.end());
      const error = accepted ? 0 : SASL_AUTHENTICATION_FAILED;
      return Buffer.concat([
        int16(error),
        string(accepted ? '' : 'Access denied'),
        int32(0),
        Buffer.alloc(8),
      ]);
    },
  });
  return { address, tokens };
}
