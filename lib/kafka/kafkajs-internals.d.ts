/** The modules of kafkajs 2.2.4 that a producer needs; kafkajs types only its root, which also loads consumer and admin. */

declare module 'kafkajs/src/cluster' {
  interface PartitionMetadata {
    readonly partitionId: number;
    readonly leader: number;
  }
  interface Broker {
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
            headers: Record<string, Buffer | Buffer[]>;
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
    constructor(options: Record<string, unknown>);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    findTopicPartitionMetadata(topic: string): PartitionMetadata[];
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
    findBroker(broker: { nodeId: string }): Promise<Broker>;
    findControllerBroker(): Promise<Broker>;
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
  const createSocketFactory: () => unknown;
  export = createSocketFactory;
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
}
