import type { Log } from '../../log.ts';
import { type Broker, type Cluster, openCluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { hasMovedOn, isBrokerLost, kafkaFailure } from '../client/failure.ts';
import { acceptPartialMetadata } from '../client/partial-metadata.ts';
import { isMetadataStale, KafkaFailure } from '../kafka-failure.ts';
import { LeaderRequests } from './leader-requests.ts';
import type { PartitionBatch, ProducerId } from './produce-request.ts';

/** Partition counts and leaders are refreshed after this time: Apache Kafka, "Producer configs", metadata.max.age.ms. */
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
  /** End of its throttle time, ms since epoch (KIP-219); requests that come earlier wait on this side. */
  readonly throttledUntil: number;
  /** Appends a batch, acknowledged by all in-sync replicas. */
  readonly append: (batch: PartitionBatch) => Promise<Appended>;
}

interface Topic {
  /** By partition: node id of its leader, -1 for none. */
  readonly leaders: ReadonlyMap<number, number>;
  /** Ms since epoch. */
  readonly loadedAt: number;
}

/**
 * Connections to the brokers, as a producer needs them; the first request opens them. Methods reject with
 * {@link KafkaFailure} and never retry: when to try again is the producer's decision.
 *
 * The producer of kafkajs is not used, because it takes sequence numbers back after a failure. If the lost batch was stored
 * after all, the next batch has the same numbers, the broker takes it for a repeat, and it vanishes.
 */
export class ProducerConnections {
  readonly #options: ConnectionOptions;
  readonly #cluster: Cluster;
  readonly #topics = new Map<string, Topic>();
  readonly #requests = new Map<Broker, LeaderRequests>();
  readonly #underway = new Map<string, Promise<Topic>>();
  #connecting: Promise<void> | undefined;
  #loading: Promise<unknown> = Promise.resolve();
  /** Closes all connections at once; what is under way on them fails. */
  readonly disconnect: () => Promise<void>;

  /**
   * @param options - from `connectionOptions`
   * @param log - receives what the client reports, at debug level
   */
  constructor(options: ConnectionOptions, log: Log) {
    const { cluster, close } = openCluster(options, log, {
      retries: 0,
      // A broker answers one request of a connection after the other. Sent together, the last of many would time out
      // while it waits for the others; kafkajs counts its time from when it is sent.
      maxInFlightRequests: 1,
    });
    acceptPartialMetadata(cluster);
    this.#options = options;
    this.#cluster = cluster;
    this.disconnect = close;
  }

  /** Number of partitions of a topic, while nothing has to be asked for. */
  knownPartitionCount(topic: string): number | undefined {
    return this.#knownTopic(topic)?.leaders.size;
  }

  /** Number of partitions of a topic. */
  async partitionCount(topic: string): Promise<number> {
    const { leaders } = await this.#topic(topic).catch(this.#failAs('unreachable'));
    return leaders.size;
  }

  async newProducerId(): Promise<ProducerId> {
    const request = async () => {
      await this.#connect();
      const broker = await this.#cluster.brokerPool.findConnectedBroker();
      return broker.initProducerId({
        transactionalId: undefined,
        transactionTimeout: TRANSACTION_TIMEOUT_MS,
      });
    };
    const { producerId, producerEpoch } = await request().catch(this.#failAs('unreachable'));
    return { id: String(producerId), epoch: producerEpoch };
  }

  /** Connects to the leader of a partition; nothing has been sent to the partition when that fails. */
  async leaderOf(topic: string, partition: number): Promise<PartitionLeader> {
    const leader = await this.#findLeader(topic, partition).catch(this.#failAs('unreachable'));
    return {
      throttledUntil: leader.connectionPool.pool[0].requestQueue.throttledUntil,
      append: (batch) =>
        this.#requestsTo(leader)
          .append(batch)
          .then(({ baseOffset, logAppendTime }) => ({
            baseOffset,
            logAppendTime: logAppendTime >= 0 ? logAppendTime : undefined,
          }))
          .catch(this.#failAs('interrupted'))
          .catch((failure: unknown) => {
            if (failure instanceof KafkaFailure && isMetadataStale(failure)) this.#topics.delete(topic);
            throw failure;
          }),
    };
  }

  #requestsTo(leader: Broker): LeaderRequests {
    const known = this.#requests.get(leader) ?? new LeaderRequests(leader);
    this.#requests.set(leader, known);
    return known;
  }

  #failAs(kind: 'unreachable' | 'interrupted'): (thrown: unknown) => never {
    return (thrown) => {
      throw kafkaFailure(thrown, this.#options, kind);
    };
  }

  #connect(): Promise<void> {
    this.#connecting ??= connectToAny(this.#cluster, this.#options.brokers.length).finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** One after the other, because kafkajs keeps only the answer to the last request. */
  #topic(name: string): Promise<Topic> {
    const shared = this.#underway.get(name);
    if (shared !== undefined) return shared;
    const turn = this.#loading.then(() => this.#loadTopic(name)).finally(() => this.#underway.delete(name));
    this.#underway.set(name, turn);
    this.#loading = turn.catch(() => {});
    return turn;
  }

  #knownTopic(name: string): Topic | undefined {
    const known = this.#topics.get(name);
    return known !== undefined && Date.now() - known.loadedAt < METADATA_MAX_AGE_MS ? known : undefined;
  }

  async #loadTopic(name: string): Promise<Topic> {
    const known = this.#knownTopic(name);
    if (known !== undefined) return known;
    await this.#connect();
    const { brokerPool } = this.#cluster;
    // One request for each topic: a missing topic would fail a request for several.
    await brokerPool.refreshMetadata([name]);
    const found = brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === name);
    if (found === undefined || found.partitionMetadata.length === 0) throw noLeader(name);
    const leaders = new Map(found.partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader]));
    const loaded = { leaders, loadedAt: Date.now() };
    this.#topics.set(name, loaded);
    return loaded;
  }

  async #findLeader(name: string, partition: number): Promise<Broker> {
    const { leaders } = await this.#topic(name);
    try {
      const nodeId = leaders.get(partition) ?? -1;
      if (nodeId === -1) throw noLeader(`${name}/${partition}`);
      return await this.#cluster.brokerPool.findBroker({ nodeId: String(nodeId) });
    } catch (thrown) {
      this.#topics.delete(name);
      throw thrown;
    }
  }
}

/** Tries each bootstrap broker once. */
async function connectToAny(cluster: Cluster, brokers: number): Promise<void> {
  for (let left = brokers - 1; ; left--) {
    try {
      return await cluster.connect();
    } catch (thrown) {
      if (!isBrokerLost(thrown)) throw thrown;
      if (!hasMovedOn(thrown)) await cluster.brokerPool.createSeedBroker();
      if (left === 0) throw thrown;
    }
  }
}

function noLeader(place: string): KafkaFailure {
  return new KafkaFailure('refused', `${place} has no leader`, { errorCode: 'LEADER_NOT_AVAILABLE' });
}
