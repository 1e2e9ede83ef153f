import type { ProtocolRequest, Throttling } from '../../kafka/connection/protocol-request.ts';

/** A topic as the cluster describes it to this client. */
export interface TopicState {
  readonly topic: string;
  readonly errorCode: number;
  readonly partitions: readonly {
    readonly leader: number;
    readonly replicas: number;
    readonly inSync: number;
  }[];
  /** The operations that this client may carry out, one bit for each; undefined when the cluster does not say. */
  readonly operations: number | undefined;
}

export interface TopicStates extends Throttling {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly topics: readonly TopicState[];
}

/** KIP-430: the cluster does not say which operations are authorized. */
const NOT_GIVEN = -(2 ** 31);

/**
 * Asks for topics, what this client may do with them, and where the brokers are. Creates nothing.
 *
 * @param topics - null for all that this client may see
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_Metadata Apache Kafka protocol guide, "Metadata API"}
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-430+-+Return+Authorized+Operations+in+Describe+Responses KIP-430, "Return Authorized Operations in Describe Responses"}
 */
export function topicStates(topics: readonly string[] | null): ProtocolRequest<TopicStates> {
  return {
    apiKey: 3,
    apiName: 'Metadata',
    versions: [8, 8],
    write: (writer) => {
      writer.int32(topics === null ? -1 : topics.length);
      for (const topic of topics ?? []) writer.string(topic);
      // No topic is created; nothing is asked about the cluster, and the operations of the topics are.
      writer.boolean(false);
      writer.boolean(false);
      writer.boolean(true);
    },
    read: (reader) => {
      const throttleTimeMs = reader.int32();
      const brokers = reader.array(() => {
        // Its id comes before the address, and its rack after it.
        reader.int32();
        const address = `${reader.string()}:${reader.int32()}`;
        reader.string();
        return address;
      });
      // The id of the cluster, and of its controller.
      reader.string();
      reader.int32();
      const found = reader.array((): TopicState => {
        const errorCode = reader.int16();
        const topic = reader.string();
        reader.int8();
        const partitions = reader.array(() => {
          // Its error, and its number.
          reader.int16();
          reader.int32();
          const leader = reader.int32();
          reader.int32();
          const [replicas, inSync] = [1, 2, 3].map(() => reader.array(() => reader.int32()).length);
          return { leader, replicas: replicas ?? 0, inSync: inSync ?? 0 };
        });
        const operations = reader.int32();
        return {
          topic,
          errorCode,
          partitions,
          operations: operations === NOT_GIVEN ? undefined : operations,
        };
      });
      return { throttleTimeMs, brokers, topics: found };
    },
  };
}
