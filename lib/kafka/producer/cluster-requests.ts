import type { ProtocolRequest, Throttling } from '../connection/protocol-request.ts';
import type { ProducerId } from './produce-request.ts';

/** Unused without transactions, but the request carries it. */
const TRANSACTION_TIMEOUT_MS = 60_000;

export interface TopicMetadata extends Throttling {
  /** `host:port` by node id. */
  readonly brokers: ReadonlyMap<number, string>;
  readonly errorCode: number;
  /** By partition: node id of its leader, -1 for none. */
  readonly leaders: ReadonlyMap<number, number>;
}

/**
 * Asks where a topic is, and does not create it.
 *
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_Metadata Apache Kafka protocol guide, "Metadata API"}
 */
export function metadataRequest(topic: string): ProtocolRequest<TopicMetadata> {
  return {
    apiKey: 3,
    apiName: 'Metadata',
    versions: [5, 6],
    write: (writer) => {
      writer.int32(1);
      writer.string(topic);
      writer.boolean(false);
    },
    read: (reader) => {
      const throttleTimeMs = reader.int32();
      const brokers = reader.array(() => {
        const nodeId = reader.int32();
        const address = `${reader.string()}:${reader.int32()}`;
        // Its rack.
        reader.string();
        return [nodeId, address] as const;
      });
      // The id of the cluster, and of its controller.
      reader.string();
      reader.int32();
      const [found] = reader.array(() => {
        const errorCode = reader.int16();
        // Its name, and whether it is internal.
        reader.string();
        reader.int8();
        const leaders = reader.array(() => {
          // Says that there is no leader, as the leader does.
          reader.int16();
          const leader = [reader.int32(), reader.int32()] as const;
          // Replicas: all, in sync, offline.
          for (const _each of [1, 2, 3]) reader.array(() => reader.int32());
          return leader;
        });
        return { errorCode, leaders: new Map(leaders) };
      });
      if (found === undefined) throw new RangeError('The answer lacks the topic');
      return { throttleTimeMs, brokers: new Map(brokers), ...found };
    },
  };
}

interface InitProducerIdAnswer extends Throttling {
  readonly errorCode: number;
  readonly producerId: ProducerId;
}

/**
 * Asks for a producer id.
 *
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_InitProducerId Apache Kafka protocol guide, "InitProducerId API"}
 */
export const initProducerId: ProtocolRequest<InitProducerIdAnswer> = {
  apiKey: 22,
  apiName: 'InitProducerId',
  versions: [0, 1],
  write: (writer) => {
    writer.string(null);
    writer.int32(TRANSACTION_TIMEOUT_MS);
  },
  read: (reader) => ({
    throttleTimeMs: reader.int32(),
    errorCode: reader.int16(),
    producerId: { id: reader.int64(), epoch: reader.int16() },
  }),
};
