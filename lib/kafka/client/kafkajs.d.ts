/** The modules of kafkajs 2.2.4 that a producer needs; kafkajs types only its root, which also loads consumer and admin. */

declare module 'kafkajs/src/cluster' {
  import type { ConnectionPool } from 'kafkajs/src/network/connectionPool';

  interface PartitionMetadata {
    readonly partitionId: number;
    readonly leader: number;
  }
  interface Broker {
    readonly connectionPool: ConnectionPool;
    initProducerId(request: {
      transactionalId: undefined;
      transactionTimeout: number;
    }): Promise<{ producerId: string; producerEpoch: number }>;
    produce(request: {
      producerId: string;
      producerEpoch: number;
      acks: -1;
      timeout: number;
      topicData: {
        topic: string;
        partitions: {
          partition: number;
          firstSequence: number;
          messages: {
            key: Buffer | null;
            value: Buffer | null;
            timestamp: string;
            headers: Record<string, Buffer[]>;
          }[];
        }[];
      }[];
    }): Promise<{
      topics: {
        topicName: string;
        partitions: { partition: number; baseOffset: string; logAppendTime: string }[];
      }[];
    }>;
  }
  class Cluster {
    readonly targetTopics: Set<string>;
    readonly connectionPoolBuilder: { build(destination?: object): Promise<ConnectionPool> };
    readonly brokerPool: { createSeedBroker(): Promise<void>; findConnectedBroker(): Promise<Broker> };
    constructor(options: Record<string, unknown>);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    findTopicPartitionMetadata(topic: string): PartitionMetadata[];
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
    findBroker(broker: { nodeId: string }): Promise<Broker>;
  }
  export = Cluster;
}

declare module 'kafkajs/src/loggers' {
  interface Entry {
    readonly namespace: string;
    readonly log: { readonly message: string };
  }
  export function createLogger(options: { level: number; logCreator: () => (entry: Entry) => void }): unknown;
  export const LEVELS: { readonly NOTHING: number; readonly DEBUG: number };
}

declare module 'kafkajs/src/network/socketFactory' {
  import type { Socket } from 'node:net';

  const createSocketFactory: () => (address: unknown) => Socket;
  export = createSocketFactory;
}

declare module 'kafkajs/src/network/connectionPool' {
  export interface Decoded {
    readonly topicMetadata?: { readonly partitionMetadata: { partitionErrorCode: number }[] }[];
  }
  export interface ProtocolMessage {
    readonly request: { readonly apiKey: number };
    readonly response: {
      decode(payload: Buffer): Promise<Decoded>;
      parse(decoded: Decoded): Promise<unknown>;
    };
  }
  export interface ConnectionPool {
    /** The first is for everything but Fetch. */
    readonly pool: readonly [{ readonly requestQueue: { readonly throttledUntil: number } }, unknown];
    send(message: ProtocolMessage): Promise<unknown>;
  }
}

declare module 'kafkajs/src/protocol/requests/apiKeys' {
  export const Metadata: number;
}

declare module 'kafkajs/src/network/requestQueue' {
  class RequestQueue {
    readonly pending: readonly unknown[];
    constructor(options: Record<string, unknown>);
    push(request: {
      entry: { correlationId: number; resolve(response: unknown): void; reject(error: unknown): void };
      expectResponse: boolean;
      sendRequest(): void;
    }): void;
    maybeThrottle(ms: number): void;
    fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
    scheduleCheckPendingRequests(): void;
    scheduleRequestTimeoutCheck(): void;
    readonly requestTimeoutIntervalId?: NodeJS.Timeout;
  }
  export = RequestQueue;
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2' {
  const murmur2: (key: Buffer) => number;
  export = murmur2;
}

declare module 'kafkajs/src/errors' {
  export class KafkaJSProtocolError extends Error {
    readonly type: string;
  }
  export class KafkaJSSASLAuthenticationError extends Error {}
  export class KafkaJSConnectionError extends Error {}
  export class KafkaJSConnectionClosedError extends KafkaJSConnectionError {}
  export class KafkaJSRequestTimeoutError extends Error {}
}
