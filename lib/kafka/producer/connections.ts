import type { Log } from '../../log.ts';
import { type Broker, openCluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { hasMovedOn, isBrokerLost, kafkaFailure } from '../client/failure.ts';
import { acceptPartialMetadata } from '../client/partial-metadata.ts';
import { isMetadataStale, KafkaFailure } from '../kafka-failure.ts';
import type { KafkaRecord } from '../record.ts';

/** Partition counts and leaders are refreshed after this time: Apache Kafka, "Producer configs", metadata.max.age.ms. */
const METADATA_MAX_AGE_MS = 300_000;
/** The broker's limit for replicating a batch, below the request timeout so that its answer still arrives. */
const REPLICATION_TIMEOUT_MS = 3_000;
/** Unused without transactions, but the request carries it. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** Identifies a producer to the brokers; with a sequence number per partition it makes a repeated batch harmless (KIP-98). */
export interface ProducerId {
  readonly id: string;
  readonly epoch: number;
}

export interface AppendRequest {
  readonly records: readonly KafkaRecord[];
  readonly producerId: ProducerId;
  /** Sequence number of the first record. */
  readonly firstSequence: number;
  /** Create time of the records, ms since epoch. */
  readonly timestamp: number;
}

/** Where a batch landed: offset of its first record, and its log append time where the topic uses that. */
export interface Appended {
  readonly baseOffset: bigint;
  readonly logAppendTime: number | undefined;
}

/** The broker that leads a partition. */
export interface PartitionLeader {
  /** End of its throttle time, ms since epoch (KIP-219); requests that come earlier wait on this side. */
  readonly throttledUntil: number;
  /** Appends records as one batch, acknowledged by all in-sync replicas. */
  readonly append: (request: AppendRequest) => Promise<Appended>;
}

/**
 * Connections to the brokers, for a producer. Methods reject with {@link KafkaFailure} and never retry: the producer
 * decides when to retry.
 *
 * The producer of kafkajs is not used, because it takes sequence numbers back after a failure. If the lost batch was stored
 * after all, the next batch has the same numbers, the broker takes it for a repeat, and it vanishes.
 */
export interface ProducerConnections {
  /** Number of partitions of a topic. */
  readonly partitionCount: (topic: string) => Promise<number>;
  readonly newProducerId: () => Promise<ProducerId>;
  /** Connects to the leader of a partition; nothing has been sent to the partition when that fails. */
  readonly leaderOf: (topic: string, partition: number) => Promise<PartitionLeader>;
  /** Closes all connections at once; what is under way on them fails. */
  readonly disconnect: () => Promise<void>;
}

interface Topic {
  /** By partition: node id of its leader, -1 for none. */
  readonly leaders: ReadonlyMap<number, number>;
  /** Ms since epoch. */
  readonly loadedAt: number;
}

/**
 * Prepares connections; the first request opens them.
 *
 * @param options - from `connectionOptions`
 * @param log - receives what the client reports, at debug level
 */
export function openConnections(options: ConnectionOptions, log: Log): ProducerConnections {
  const { cluster, close } = openCluster(options, log, {
    retries: 0,
    // A broker answers the requests of a connection one after the other, and kafkajs counts the time from the sending. If
    // many were sent together, the last would time out while it waits for the others.
    maxInFlightRequests: 1,
  });
  acceptPartialMetadata(cluster);
  const { brokerPool } = cluster;
  const topics = new Map<string, Topic>();
  let connecting: Promise<void> | undefined;
  let loading: Promise<unknown> = Promise.resolve();
  const underway = new Map<string, Promise<Topic>>();

  const failAs =
    (kind: 'unreachable' | 'interrupted') =>
    (thrown: unknown): never => {
      throw kafkaFailure(thrown, options, kind);
    };

  const connectToAny = async (): Promise<void> => {
    for (let left = options.brokers.length - 1; ; left--) {
      try {
        return await cluster.connect();
      } catch (thrown) {
        if (!isBrokerLost(thrown)) throw thrown;
        if (!hasMovedOn(thrown)) await brokerPool.createSeedBroker();
        if (left === 0) throw thrown;
      }
    }
  };

  const connect = (): Promise<void> => {
    connecting ??= connectToAny().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  const loadTopic = async (name: string): Promise<Topic> => {
    const known = topics.get(name);
    if (known !== undefined && Date.now() - known.loadedAt < METADATA_MAX_AGE_MS) return known;
    await connect();
    // One request for each topic: a missing topic would fail a request for several.
    await brokerPool.refreshMetadata([name]);
    const found = brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === name);
    if (found === undefined || found.partitionMetadata.length === 0) throw noLeader(name);
    const leaders = new Map(found.partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader]));
    const loaded = { leaders, loadedAt: Date.now() };
    topics.set(name, loaded);
    return loaded;
  };

  /** One after the other, because kafkajs keeps only the answer to the last request. */
  const topic = (name: string): Promise<Topic> => {
    const shared = underway.get(name);
    if (shared !== undefined) return shared;
    const turn = loading.then(() => loadTopic(name)).finally(() => underway.delete(name));
    underway.set(name, turn);
    loading = turn.catch(() => {});
    return turn;
  };

  const findLeader = async (name: string, partition: number): Promise<Broker> => {
    const { leaders } = await topic(name);
    try {
      const nodeId = leaders.get(partition) ?? -1;
      if (nodeId === -1) throw noLeader(`${name}/${partition}`);
      return await brokerPool.findBroker({ nodeId: String(nodeId) });
    } catch (thrown) {
      topics.delete(name);
      throw thrown;
    }
  };

  return {
    partitionCount: async (name) => {
      const { leaders } = await topic(name).catch(failAs('unreachable'));
      return leaders.size;
    },

    newProducerId: async () => {
      const request = async () => {
        await connect();
        const broker = await brokerPool.findConnectedBroker();
        return broker.initProducerId({
          transactionalId: undefined,
          transactionTimeout: TRANSACTION_TIMEOUT_MS,
        });
      };
      const { producerId, producerEpoch } = await request().catch(failAs('unreachable'));
      return { id: String(producerId), epoch: producerEpoch };
    },

    leaderOf: async (name, partition) => {
      const leader = await findLeader(name, partition).catch(failAs('unreachable'));
      return {
        throttledUntil: leader.connectionPool.pool[0].requestQueue.throttledUntil,
        append: (request) =>
          produce(leader, name, partition, request)
            .catch(failAs('interrupted'))
            .catch((failure: unknown) => {
              if (failure instanceof KafkaFailure && isMetadataStale(failure)) topics.delete(name);
              throw failure;
            }),
      };
    },

    disconnect: close,
  };
}

async function produce(
  leader: Broker,
  topic: string,
  partition: number,
  { records, producerId, firstSequence, timestamp }: AppendRequest,
): Promise<Appended> {
  const messages = records.map(({ key, value, headers }) => ({
    key,
    value,
    timestamp: String(timestamp),
    headers: inOrder(headers),
  }));
  const { topics } = await leader.produce({
    producerId: producerId.id,
    producerEpoch: producerId.epoch,
    acks: -1,
    timeout: REPLICATION_TIMEOUT_MS,
    topicData: [{ topic, partitions: [{ partition, firstSequence, messages }] }],
  });
  const appended = topics[0]?.partitions[0];
  if (appended === undefined) throw new Error(`No answer for ${topic}/${partition}`);
  const logAppendTime = Number(appended.logAppendTime);
  return {
    baseOffset: BigInt(appended.baseOffset),
    logAppendTime: logAppendTime >= 0 ? logAppendTime : undefined,
  };
}

function noLeader(place: string): KafkaFailure {
  return new KafkaFailure('refused', `${place} has no leader`, { errorCode: 'LEADER_NOT_AVAILABLE' });
}

/**
 * kafkajs takes headers by name, which loses their order. It lists the values of one name with `map` of their array; an
 * array whose `map` returns all headers, with their names, keeps the order.
 */
function inOrder(headers: KafkaRecord['headers']): Record<string, Buffer[]> {
  const all = headers.map(([key, value]) => ({ key, value }));
  return { all: Object.assign([], { map: () => all }) };
}
