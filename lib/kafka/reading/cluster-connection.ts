import { setTimeout as sleep } from 'node:timers/promises';
import Cluster from 'kafkajs/src/cluster/index.js';
import { KafkaJSProtocolError } from 'kafkajs/src/errors';
import createSocketFactory from 'kafkajs/src/network/socketFactory';
import { errorMessage, ServiceError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { clusterOptions } from '../client/cluster-options.ts';
import type { ConnectionOptions } from '../client/connection.ts';

/** The last offset that is asked for is the one behind the last committed record: Apache Kafka, "Fetch API". */
const READ_COMMITTED = 1;
const METADATA_MAX_AGE_MS = 30_000;
/** A leader or coordinator that moves is found again within these attempts: 0.1 s, 0.2 s, … between them. */
const MAX_ATTEMPTS = 6;
/** A silent cluster makes every attempt last; after this time there is no other. */
const MAX_ATTEMPTS_MS = 10_000;
const FIRST_BACKOFF_MS = 100;

/** Refusals that another attempt cannot mend. */
const finalCodes = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'OFFSET_METADATA_TOO_LARGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

/**
 * Connects to a cluster that knows one topic.
 *
 * @param connection - from `connectionOptions`
 * @param topic - must exist
 * @param log - receives what the client reports, at debug level
 * @throws ServiceError `broker_unreachable`; `configuration_error` when there is no such topic
 */
export async function connectCluster(
  connection: ConnectionOptions,
  topic: string,
  log: Log,
): Promise<Cluster> {
  const cluster = new Cluster({
    ...clusterOptions(connection, log),
    socketFactory: createSocketFactory(),
    metadataMaxAge: METADATA_MAX_AGE_MS,
    isolationLevel: READ_COMMITTED,
    retry: { retries: connection.brokers.length, initialRetryTime: 50 },
  });
  try {
    await cluster.connect();
    await cluster.addTargetTopic(topic);
    return cluster;
  } catch (error) {
    await disconnectCluster(cluster);
    if (errorCode(error) === 'UNKNOWN_TOPIC_OR_PARTITION') {
      throw new ServiceError(
        'configuration_error',
        `There is no topic ${topic} at ${connection.brokers.join(', ')}`,
        {
          cause: error,
        },
      );
    }
    throw clusterError(connection, error);
  }
}

/** Closes the connections, also dead ones. */
export async function disconnectCluster(cluster: Cluster): Promise<void> {
  await cluster.disconnect().catch(() => {});
}

/**
 * Asks until there is an answer: connections that break and leaders that move are found again.
 *
 * @param connection - what the cluster was connected with
 * @param ask - may run several times
 * @throws ServiceError `broker_unreachable`; Error that names what the cluster refused
 */
export async function answer<T>(
  cluster: Cluster,
  connection: ConnectionOptions,
  ask: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + MAX_ATTEMPTS_MS;
  for (let attempts = 1; ; attempts++) {
    try {
      return await ask();
    } catch (error) {
      const isLast = attempts === MAX_ATTEMPTS || Date.now() > deadline;
      if (isLast || finalCodes.has(errorCode(error) ?? '')) {
        throw clusterError(connection, error);
      }
      await sleep(FIRST_BACKOFF_MS * 2 ** (attempts - 1));
      await cluster.refreshMetadata().catch(() => {});
    }
  }
}

/** Name of the error code that the cluster answered with, if it did. */
export function errorCode(error: unknown): string | undefined {
  const cause = rootCause(error);
  return cause instanceof KafkaJSProtocolError ? cause.type : undefined;
}

function clusterError({ brokers, sasl }: ConnectionOptions, error: unknown): Error {
  const cause = rootCause(error);
  if (cause instanceof ServiceError) return cause;
  const code = errorCode(cause);
  const message = errorMessage(cause);
  if (code !== undefined) {
    return new Error(`The Kafka cluster at ${brokers.join(', ')} refused: ${code}: ${message}`, { cause });
  }
  const how = sasl ? `, with ${sasl.mechanism}` : '';
  return new ServiceError(
    'broker_unreachable',
    `No answer from Kafka at ${brokers.join(', ')}${how}: ${message}`,
    {
      cause,
    },
  );
}

/** The retries of kafkajs wrap what happened; the innermost cause is what counts. */
function rootCause(error: unknown): unknown {
  const wrapped = error instanceof Error && !(error instanceof ServiceError) ? error.cause : undefined;
  return wrapped instanceof Error ? rootCause(wrapped) : error;
}
