import { errorMessage, ServiceError } from '../../errors.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { type BrokerConnection, NoAnswer } from '../connection/broker-connection.ts';
import { ConnectionPool } from '../connection/connection-pool.ts';
import { errorName } from '../error-codes.ts';
import { isAuthorizationCode, isMetadataStale, KafkaFailure, noAnswerFrom } from '../kafka-failure.ts';
import { initProducerId, metadataRequest } from './cluster-requests.ts';
import { LeaderRequests } from './leader-requests.ts';
import type { PartitionBatch, ProducerId } from './produce-request.ts';

/** Partition counts and leaders are refreshed after this time: Apache Kafka, "Producer configs", metadata.max.age.ms. */
const METADATA_MAX_AGE_MS = 300_000;

/** Where a batch landed: offset of its first record, and its log append time where the topic uses that. */
export interface Appended {
  readonly baseOffset: bigint;
  readonly logAppendTime: number | undefined;
}

/** The broker that leads a partition. */
export interface PartitionLeader {
  /** End of its throttle time, ms since epoch (KIP-219); no request is sent before. */
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
  readonly #bootstrapBrokers: readonly string[];
  readonly #connections: ConnectionPool;
  /** Addresses by node id. */
  #brokers: ReadonlyMap<number, string> = new Map();
  readonly #topics = new Map<string, Topic>();
  readonly #requests = new WeakMap<BrokerConnection, LeaderRequests>();
  readonly #underway = new Map<string, Promise<Topic>>();

  /** @param options - from `connectionOptions` */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#connections = new ConnectionPool(options);
    this.#bootstrapBrokers = startingAnywhere(options.brokers);
  }

  /** Closes all connections at once; what is under way on them fails, and no more are opened. */
  async disconnect(): Promise<void> {
    await this.#connections.close();
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
    const request = async () => (await this.#anyBroker()).request(initProducerId);
    const { errorCode, producerId } = await request().catch(this.#failAs('unreachable'));
    if (errorCode !== 0) throw refusal(errorCode, 'InitProducerId');
    return producerId;
  }

  /** The leader of a partition, while it is known and connected: each promise that a send waits for takes time. */
  connectedLeaderOf(topic: string, partition: number): PartitionLeader | undefined {
    const leader = this.#knownTopic(topic)?.leaders.get(partition) ?? -1;
    const connection = this.#connections.find(this.#brokers.get(leader) ?? '');
    return connection?.isOpen ? this.#leader(topic, partition, connection) : undefined;
  }

  /** Connects to the leader of a partition; nothing has been sent to the partition when that fails. */
  async leaderOf(topic: string, partition: number): Promise<PartitionLeader> {
    const leader = await this.#findLeader(topic, partition).catch(this.#failAs('unreachable'));
    return this.#leader(topic, partition, leader);
  }

  #leader(topic: string, partition: number, leader: BrokerConnection): PartitionLeader {
    return {
      throttledUntil: leader.throttledUntil,
      append: (batch) =>
        this.#requestsTo(leader)
          .append(batch)
          .then(({ errorCode, baseOffset, logAppendTime }) => {
            if (errorCode !== 0) {
              const failure = refusal(errorCode, `${topic}/${partition}`);
              if (isMetadataStale(failure)) this.#topics.delete(topic);
              throw failure;
            }
            return { baseOffset, logAppendTime: logAppendTime >= 0 ? logAppendTime : undefined };
          }, this.#failAs('interrupted')),
    };
  }

  #requestsTo(leader: BrokerConnection): LeaderRequests {
    const known = this.#requests.get(leader);
    if (known !== undefined) return known;
    const requests = new LeaderRequests(leader);
    this.#requests.set(leader, requests);
    return requests;
  }

  /** @param kind - of a request that may have reached the broker */
  #failAs(kind: 'unreachable' | 'interrupted'): (thrown: unknown) => never {
    return (thrown) => {
      if (thrown instanceof KafkaFailure || thrown instanceof ServiceError) throw thrown;
      const { wasSent, wasSilent } =
        thrown instanceof NoAnswer ? thrown : { wasSent: true, wasSilent: false };
      throw noAnswerFrom(this.#options, wasSent ? kind : 'unreachable', {
        message: errorMessage(thrown),
        wasSilent,
        cause: thrown,
      });
    };
  }

  /** Prefers one that is connected; otherwise tries each address once. */
  async #anyBroker(): Promise<BrokerConnection> {
    const connected = this.#connections.addresses;
    const addresses = new Set([...connected, ...this.#brokers.values(), ...this.#bootstrapBrokers]);
    let failure: unknown;
    for (const address of addresses) {
      try {
        return await this.#connections.to(address);
      } catch (thrown) {
        if (!(thrown instanceof NoAnswer)) throw thrown;
        failure = thrown;
      }
    }
    throw failure;
  }

  async #topic(name: string): Promise<Topic> {
    const known = this.#knownTopic(name);
    if (known !== undefined) return known;
    const loading =
      this.#underway.get(name) ?? this.#loadTopic(name).finally(() => this.#underway.delete(name));
    this.#underway.set(name, loading);
    return loading;
  }

  #knownTopic(name: string): Topic | undefined {
    const known = this.#topics.get(name);
    return known !== undefined && Date.now() - known.loadedAt < METADATA_MAX_AGE_MS ? known : undefined;
  }

  async #loadTopic(name: string): Promise<Topic> {
    const broker = await this.#anyBroker();
    const { brokers, errorCode, leaders } = await broker.request(metadataRequest(name));
    if (errorCode !== 0) throw refusal(errorCode, name);
    if (leaders.size === 0) throw noLeader(name);
    this.#brokers = brokers;
    const loaded = { leaders, loadedAt: Date.now() };
    this.#topics.set(name, loaded);
    return loaded;
  }

  async #findLeader(name: string, partition: number): Promise<BrokerConnection> {
    const { leaders } = await this.#topic(name);
    try {
      const address = this.#brokers.get(leaders.get(partition) ?? -1);
      if (address === undefined) throw noLeader(`${name}/${partition}`);
      return await this.#connections.to(address);
    } catch (thrown) {
      this.#topics.delete(name);
      throw thrown;
    }
  }
}

/** Clients that start together would otherwise all connect to the first bootstrap broker. */
function startingAnywhere(brokers: readonly string[]): string[] {
  const start = Math.floor(Math.random() * brokers.length);
  return [...brokers.slice(start), ...brokers.slice(0, start)];
}

function refusal(code: number, what: string): KafkaFailure {
  const errorCode = errorName(code);
  const kind = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
  return new KafkaFailure(kind, `${errorCode}: ${what}, Kafka error code ${code}`, { errorCode });
}

function noLeader(place: string): KafkaFailure {
  return new KafkaFailure('refused', `${place} has no leader`, { errorCode: 'LEADER_NOT_AVAILABLE' });
}
