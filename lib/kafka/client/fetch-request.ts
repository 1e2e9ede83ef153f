import { requests } from 'kafkajs/src/protocol/requests';
import { Fetch } from 'kafkajs/src/protocol/requests/apiKeys';
import type { Broker } from './cluster.ts';

/** The broker answers after its wait; the connection's own timeout is the floor. */
const ANSWER_SLACK_MS = 5_000;

/** The fields of the request, by their names in kafkajs. */
export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly rackId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

/**
 * Sends a fetch request on the connection that kafkajs keeps for them.
 *
 * @param decode - reads the body of the response, whose version is the highest that both sides know
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_Fetch Apache Kafka, "Fetch API"}
 */
export function sendFetch<T>(
  broker: Broker,
  fetch: FetchRequest,
  decode: (payload: Buffer, version: number) => T,
): Promise<T> {
  const { request } = broker.lookupRequest(Fetch, requests.Fetch)({ ...fetch });
  return broker.connectionPool.send({
    request,
    response: {
      decode: async (payload: Buffer) => decode(payload, request.apiVersion),
      parse: async (decoded: T) => decoded,
    },
    requestTimeout: fetch.maxWaitTime + ANSWER_SLACK_MS,
  });
}
