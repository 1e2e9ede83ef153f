import type { Log } from '../../log.ts';
import { type Broker, openCluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { hasMovedOn, isBrokerLost, kafkaFailure } from '../client/failure.ts';
import { acceptPartialMetadata } from '../client/partial-metadata.ts';
import { isMetadataStale, KafkaFailure } from '../kafka-failure.ts';
import { LeaderRequests } from './leader-requests.ts';
import type { PartitionBatch, ProducerId } from './produce-request.ts';

/** Partition counts and leaders are asked for again after this time: Apache Kafka, "Producer configs", metadata.max.age.ms. */
const METADATA_MAX_AGE_MS = 300_000;
/** Unused without transactions, but the request carries it. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** Where a batch landed: offset of its first record, and its log append time where the topic uses that. */
export interface Appended {
  readonly baseOffset: bigint;
  readonly logAppendTime: number | undefined;
}

/** The broker that leads a partition. */
export interface PartitionLeader {
  /** It asked for silence until then, ms since epoch (KIP-219); what is sent earlier waits on this side. */
  readonly throttledUntil: number;
  /** Appends a batch, acknowledged by all in-sync replicas. */
  readonly append: (batch: PartitionBatch) => Promise<Appended>;
}

/**
 * Connections to the brokers, as a producer needs them. Methods reject with {@link KafkaFailure} and never retry: when to
 * try again is the producer's decision.
 *
 * The producer of kafkajs is not used, because after a failure it takes sequence numbers back: when the lost batch was
 * stored after all, the next one carries the same numbers, passes for a repetition and vanishes.
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
    // A broker answers one request of a connection after the other. Sent together, the last of many would time out while
    // it waits for the others; kafkajs counts its time from when it is sent.
    maxInFlightRequests: 1,
  });
  acceptPartialMetadata(cluster);
  const { brokerPool } = cluster;
  const topics = new Map<string, Topic>();
  const requests = new Map<Broker, LeaderRequests>();
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
    // Each topic by itself: one that is missing among them would fail the request for all.
    await brokerPool.refreshMetadata([name]);
    const found = brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === name);
    if (found === undefined || found.partitionMetadata.length === 0) throw noLeader(name);
    const leaders = new Map(found.partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader]));
    const loaded = { leaders, loadedAt: Date.now() };
    topics.set(name, loaded);
    return loaded;
  };

  /** One after the other, as kafkajs keeps the answer to the last request only. */
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

  const requestsTo = (leader: Broker): LeaderRequests => {
    const known = requests.get(leader) ?? new LeaderRequests(leader);
    requests.set(leader, known);
    return known;
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
        append: (batch) =>
          requestsTo(leader)
            .append(batch)
            .then(({ baseOffset, logAppendTime }) => ({
              baseOffset,
              logAppendTime: logAppendTime >= 0 ? logAppendTime : undefined,
            }))
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

function noLeader(place: string): KafkaFailure {
  return new KafkaFailure('refused', `${place} has no leader`, { errorCode: 'LEADER_NOT_AVAILABLE' });
}
