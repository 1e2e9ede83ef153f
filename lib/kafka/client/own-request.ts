import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import type { Broker } from './cluster.ts';

/** A request that this project encodes and decodes itself. */
export interface OwnRequest<T> {
  readonly apiKey: number;
  readonly apiName: string;
  /** Versions that `body` and `decode` are for, lowest first. */
  readonly versions: readonly number[];
  /** Without the header. */
  readonly body: Buffer;
  /** Reads the body of the answer. */
  readonly decode: (body: Buffer) => T;
  /** How long its answer asks for silence: KIP-219. */
  readonly throttleTimeMs: (answer: T) => number;
}

/**
 * Sends a request on the authenticated connection that kafkajs keeps: its timeout, its place behind the requests before
 * it, and quotas are those of kafkajs.
 *
 * @throws what kafkajs throws
 */
export async function sendOwnRequest<T>(broker: Broker, own: OwnRequest<T>): Promise<T> {
  const { apiKey, apiName, versions, body } = own;
  const apiVersion = broker.lookupRequest(apiKey, { versions, protocol: ({ version }) => version });
  if (apiVersion < (versions[0] ?? 0)) throw new Error(`The broker is too old for ${apiName} requests`);
  const { answer } = await broker.connectionPool.send({
    // kafkajs takes what has a buffer for one of its encoders, and copies it once.
    request: { apiKey, apiName, apiVersion, encode: async () => ({ buf: body, buffer: body }) },
    response: {
      decode: async (payload) => {
        const answer = own.decode(payload);
        return { answer, clientSideThrottleTime: own.throttleTimeMs(answer) };
      },
      parse: async (decoded) => decoded,
    },
  });
  return answer;
}

/** The error of kafkajs for an error code, which `kafkaFailure` understands. */
export { createErrorFromCode };
