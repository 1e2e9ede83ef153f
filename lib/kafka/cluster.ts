import KafkajsCluster from 'kafkajs/src/cluster';
import { KafkaJSProtocolError, KafkaJSSASLAuthenticationError } from 'kafkajs/src/errors';
import { createLogger, LEVELS } from 'kafkajs/src/loggers';
import createSocketFactory from 'kafkajs/src/network/socketFactory';
import { errorMessage, ServiceError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ConnectionOptions } from './connection.ts';
import { isAuthorizationCode, KafkaFailure } from './kafka-failure.ts';
import type { KafkaRecord } from './record.ts';

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
  readonly topic: string;
  readonly partition: number;
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

/**
 * Connections to a Kafka cluster, as a producer needs them. Methods reject with {@link KafkaFailure} and never retry:
 * when to try again is the producer's decision. This is the only place where the deployed code meets kafkajs, whose
 * producer answers a failed partition by failing all of them and forgets sequence numbers after a timeout.
 */
export interface Cluster {
  /** Number of partitions of a topic. */
  readonly partitionCount: (topic: string) => Promise<number>;
  /** A new producer id, for use with a topic. */
  readonly newProducerId: (topic: string) => Promise<ProducerId>;
  /** Appends records as one batch, acknowledged by all in-sync replicas. */
  readonly append: (request: AppendRequest) => Promise<Appended>;
  /** Asks again who leads which partition. */
  readonly refresh: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

/**
 * Prepares connections; the first request opens them.
 *
 * @param options - from `connectionOptions`
 * @param log - receives what the client reports, at debug level
 */
export function createCluster(options: ConnectionOptions, log: Log): Cluster {
  const kafkajs = new KafkajsCluster({
    ...options,
    logger: createLogger({
      level: LEVELS.DEBUG,
      logCreator: () => (entry) => log.debug(entry.log.message, { logger: `kafkajs.${entry.namespace}` }),
    }),
    socketFactory: createSocketFactory(),
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    // One attempt per bootstrap broker; every other retry is the producer's.
    retry: { retries: options.brokers.length - 1, initialRetryTime: 50 },
  });

  const beforeSending = <T>(run: () => Promise<T>): Promise<T> => run().catch(failAs('unreachable', options));

  const loadMetadata = async (topic: string): Promise<void> => {
    await kafkajs.connect();
    await kafkajs.addTargetTopic(topic);
    await kafkajs.refreshMetadataIfNecessary();
  };

  const findLeader = async (topic: string, partition: number) => {
    await loadMetadata(topic);
    const [nodeId] = Object.keys(kafkajs.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined || nodeId === '-1') {
      throw new KafkaFailure('refused', `${topic}/${partition} has no leader`, {
        errorCode: 'LEADER_NOT_AVAILABLE',
      });
    }
    return kafkajs.findBroker({ nodeId });
  };

  return {
    partitionCount: (topic) =>
      beforeSending(async () => {
        await loadMetadata(topic);
        return kafkajs.findTopicPartitionMetadata(topic).length;
      }),

    newProducerId: (topic) =>
      beforeSending(async () => {
        await loadMetadata(topic);
        const broker = await kafkajs.findControllerBroker();
        const { producerId, producerEpoch } = await broker.initProducerId({
          transactionalId: undefined,
          transactionTimeout: TRANSACTION_TIMEOUT_MS,
        });
        return { id: String(producerId), epoch: producerEpoch };
      }),

    append: async (request) => {
      const { topic, partition, producerId } = request;
      const leader = await beforeSending(() => findLeader(topic, partition));
      const timestamp = String(request.timestamp);
      const messages = request.records.map(({ key, value, headers }) => ({
        key,
        value,
        timestamp,
        headers: headersByName(headers),
      }));
      const { topics } = await leader
        .produce({
          producerId: producerId.id,
          producerEpoch: producerId.epoch,
          acks: -1,
          timeout: REPLICATION_TIMEOUT_MS,
          topicData: [{ topic, partitions: [{ partition, firstSequence: request.firstSequence, messages }] }],
        })
        .catch(failAs('interrupted', options));
      const appended = topics[0]?.partitions[0];
      if (appended === undefined)
        throw new KafkaFailure('interrupted', `No answer for ${topic}/${partition}`);
      const logAppendTime = Number(appended.logAppendTime);
      return {
        baseOffset: BigInt(appended.baseOffset),
        logAppendTime: logAppendTime >= 0 ? logAppendTime : undefined,
      };
    },

    refresh: () => beforeSending(() => kafkajs.refreshMetadata()),
    disconnect: () => kafkajs.disconnect(),
  };
}

function headersByName(headers: KafkaRecord['headers']): Record<string, Buffer | Buffer[]> {
  const byName = new Map<string, Buffer | Buffer[]>();
  for (const [name, value] of headers) {
    const present = byName.get(name);
    byName.set(name, present === undefined ? value : [present, value].flat());
  }
  return Object.fromEntries(byName);
}

/** The kafkajs retrier wraps what happened; the innermost cause is what counts. */
function rootCause(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause instanceof Error && !(thrown instanceof KafkaFailure)
    ? rootCause(thrown.cause)
    : thrown;
}

function failAs(kind: 'unreachable' | 'interrupted', { brokers, sasl }: ConnectionOptions) {
  return (thrown: unknown): never => {
    const cause = rootCause(thrown);
    if (cause instanceof KafkaFailure || cause instanceof ServiceError) throw cause;
    if (cause instanceof KafkaJSSASLAuthenticationError) {
      throw new KafkaFailure('unauthorized', `The cluster refused the ${sasl?.mechanism} credentials`, {
        cause,
      });
    }
    if (cause instanceof KafkaJSProtocolError) {
      const errorCode = cause.type;
      const refusal = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
      throw new KafkaFailure(refusal, `${errorCode}: ${cause.message}`, { errorCode, cause });
    }
    const hint =
      kind === 'unreachable'
        ? '; check the security group and the port (9098 IAM, 9096 SCRAM, 9094 TLS)'
        : '';
    throw new KafkaFailure(
      kind,
      `No answer from Kafka at ${brokers.join(', ')}: ${errorMessage(cause)}${hint}`,
      {
        cause,
      },
    );
  };
}
