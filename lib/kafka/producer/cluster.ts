import KafkajsCluster from 'kafkajs/src/cluster';
import {
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs/src/errors';
import { errorMessage, ServiceError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { clusterOptions } from '../client/cluster-options.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { acceptPartialMetadata } from '../client/partial-metadata.ts';
import { createSockets } from '../client/sockets.ts';
import { isAuthorizationCode, isMetadataStale, KafkaFailure } from '../kafka-failure.ts';
import type { KafkaRecord } from '../record.ts';

/** Partition counts and leaders are asked for again after this time: Apache Kafka, "Producer configs", metadata.max.age.ms. */
const METADATA_MAX_AGE_MS = 300_000;
/** The broker's own limit for replicating a batch, under the request timeout so that its answer still arrives. */
const REPLICATION_TIMEOUT_MS = 3_000;
/** Unused without transactions, but the request carries it. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** Who a producer is to the brokers; with a sequence number per partition it makes a repeated batch harmless (KIP-98). */
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
  /** It asked for silence until then, ms since epoch (KIP-219); what is sent earlier waits on this side. */
  readonly throttledUntil: number;
  /** Appends records as one batch, acknowledged by all in-sync replicas. */
  readonly append: (request: AppendRequest) => Promise<Appended>;
}

/**
 * Connections to a Kafka cluster, as a producer needs them. Methods reject with {@link KafkaFailure} and never retry:
 * when to try again is the producer's decision. The producer of kafkajs is not used, because it answers a failed partition
 * by failing all of them and forgets sequence numbers after a timeout.
 */
export interface Cluster {
  /** Number of partitions of a topic. */
  readonly partitionCount: (topic: string) => Promise<number>;
  readonly newProducerId: () => Promise<ProducerId>;
  /** Connects to the leader of a partition; nothing has been sent to the partition when that fails. */
  readonly leaderOf: (topic: string, partition: number) => Promise<PartitionLeader>;
  /** Closes all connections at once; what is under way on them fails. */
  readonly disconnect: () => Promise<void>;
}

/**
 * Prepares connections; the first request opens them.
 *
 * @param options - from `connectionOptions`
 * @param log - receives what the client reports, at debug level
 */
export function createCluster(options: ConnectionOptions, log: Log): Cluster {
  const sockets = createSockets();
  const kafkajs = new KafkajsCluster({
    ...clusterOptions(options, log),
    brokers: startingAnywhere(options.brokers),
    socketFactory: sockets.open,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // A broker answers one request of a connection after the other. Sent together, the last of many would time out while
    // it waits for the others; kafkajs counts its time from when it is sent.
    maxInFlightRequests: 1,
    retry: { retries: 0 },
  });
  const buildPool = kafkajs.connectionPoolBuilder.build;
  kafkajs.connectionPoolBuilder.build = async (destination) =>
    acceptPartialMetadata(await buildPool(destination));
  let connecting: Promise<void> | undefined;
  let metadataIsStale = false;

  const beforeSending = <T>(run: () => Promise<T>): Promise<T> => run().catch(failAs('unreachable', options));

  const connectToAny = async (): Promise<void> => {
    for (let left = options.brokers.length - 1; ; left--) {
      try {
        return await kafkajs.connect();
      } catch (thrown) {
        const cause = rootCause(thrown);
        const connectionFailed = cause instanceof KafkaJSConnectionError;
        if (!connectionFailed && !(cause instanceof KafkaJSRequestTimeoutError)) throw thrown;
        // kafkajs itself takes the next bootstrap broker when there is no connection, but not when it was closed or silent.
        const hasMovedOn = connectionFailed && !(cause instanceof KafkaJSConnectionClosedError);
        if (!hasMovedOn) await kafkajs.brokerPool.createSeedBroker();
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

  const loadMetadata = async (topic: string): Promise<void> => {
    await connect();
    if (metadataIsStale) {
      metadataIsStale = false;
      // Asks for this topic alone: a deleted one among them fails the request for all.
      kafkajs.targetTopics.clear();
    }
    try {
      await kafkajs.addTargetTopic(topic);
      await kafkajs.refreshMetadataIfNecessary();
    } catch (thrown) {
      metadataIsStale = true;
      throw thrown;
    }
  };

  const findLeader = async (topic: string, partition: number) => {
    await loadMetadata(topic);
    const [nodeId] = Object.keys(kafkajs.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined || nodeId === '-1') {
      metadataIsStale = true;
      throw noLeader(`${topic}/${partition}`);
    }
    return kafkajs.findBroker({ nodeId });
  };

  return {
    partitionCount: (topic) =>
      beforeSending(async () => {
        await loadMetadata(topic);
        const { length } = kafkajs.findTopicPartitionMetadata(topic);
        if (length === 0) throw noLeader(topic);
        return length;
      }),

    newProducerId: () =>
      beforeSending(async () => {
        await connect();
        const broker = await kafkajs.brokerPool.findConnectedBroker();
        const { producerId, producerEpoch } = await broker.initProducerId({
          transactionalId: undefined,
          transactionTimeout: TRANSACTION_TIMEOUT_MS,
        });
        return { id: String(producerId), epoch: producerEpoch };
      }),

    leaderOf: async (topic, partition) => {
      const leader = await beforeSending(() => findLeader(topic, partition));
      return {
        throttledUntil: leader.connectionPool.pool[0].requestQueue.throttledUntil,
        append: async ({ records, producerId, firstSequence, timestamp }) => {
          const messages = records.map(({ key, value, headers }) => ({
            key,
            value,
            timestamp: String(timestamp),
            headers: inOrder(headers),
          }));
          try {
            const { topics } = await leader.produce({
              producerId: producerId.id,
              producerEpoch: producerId.epoch,
              acks: -1,
              timeout: REPLICATION_TIMEOUT_MS,
              topicData: [{ topic, partitions: [{ partition, firstSequence, messages }] }],
            });
            const appended = topics[0]?.partitions[0];
            if (appended === undefined) throw new Error(`no answer for ${topic}/${partition}`);
            const logAppendTime = Number(appended.logAppendTime);
            return {
              baseOffset: BigInt(appended.baseOffset),
              logAppendTime: logAppendTime >= 0 ? logAppendTime : undefined,
            };
          } catch (thrown) {
            const failure = toFailure('interrupted', options, thrown);
            if (failure instanceof KafkaFailure && isMetadataStale(failure)) metadataIsStale = true;
            throw failure;
          }
        },
      };
    },

    disconnect: sockets.destroy,
  };
}

/** Sandboxes that start together would otherwise all turn to the first bootstrap broker. */
function startingAnywhere(brokers: readonly string[]): string[] {
  const start = Math.floor(Math.random() * brokers.length);
  return [...brokers.slice(start), ...brokers.slice(0, start)];
}

function wasSilent(cause: unknown): boolean {
  if (cause instanceof KafkaJSRequestTimeoutError) return true;
  return cause instanceof KafkaJSConnectionError && cause.message === 'Connection timeout';
}

function noLeader(place: string): KafkaFailure {
  return new KafkaFailure('refused', `${place} has no leader`, { errorCode: 'LEADER_NOT_AVAILABLE' });
}

/**
 * kafkajs takes headers by name, which loses their order. It lists those of one name with the `map` of their array; one
 * that answers all of them, names included, keeps the order.
 */
function inOrder(headers: KafkaRecord['headers']): Record<string, Buffer[]> {
  const all = headers.map(([key, value]) => ({ key, value }));
  return { all: Object.assign([], { map: () => all }) };
}

/** The kafkajs retrier wraps what happened; the innermost cause is what counts. */
function rootCause(thrown: unknown): unknown {
  if (thrown instanceof KafkaFailure || thrown instanceof ServiceError) return thrown;
  return thrown instanceof Error && thrown.cause instanceof Error ? rootCause(thrown.cause) : thrown;
}

function failAs(kind: 'unreachable' | 'interrupted', options: ConnectionOptions) {
  return (thrown: unknown): never => {
    throw toFailure(kind, options, thrown);
  };
}

function toFailure(
  kind: 'unreachable' | 'interrupted',
  { brokers, sasl }: ConnectionOptions,
  thrown: unknown,
): KafkaFailure | ServiceError {
  const cause = rootCause(thrown);
  if (cause instanceof KafkaFailure || cause instanceof ServiceError) return cause;
  if (cause instanceof KafkaJSSASLAuthenticationError) {
    return new KafkaFailure('unauthorized', `The cluster refused the ${sasl?.mechanism} credentials`, {
      cause,
    });
  }
  if (cause instanceof KafkaJSProtocolError) {
    const errorCode = cause.type;
    const refusal = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
    return new KafkaFailure(refusal, `${errorCode}: ${cause.message}`, { errorCode, cause });
  }
  const hint =
    kind === 'unreachable' ? '; check the security group and the port (9098 IAM, 9096 SCRAM, 9094 TLS)' : '';
  return new KafkaFailure(
    kind,
    `No answer from Kafka at ${brokers.join(', ')}: ${errorMessage(cause)}${hint}`,
    { wasSilent: wasSilent(cause), cause },
  );
}
