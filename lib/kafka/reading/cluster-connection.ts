import { ServiceError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { backoff, retry } from '../../retry.ts';
import { type Cluster, openCluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import type { ErrorName } from '../error-codes.ts';
import { KafkaFailure } from '../kafka-failure.ts';

const METADATA_MAX_AGE_MS = 30_000;
/** A leader or coordinator that moves is found again within these attempts. */
const MAX_ATTEMPTS = 6;
/** A cluster that does not answer makes every attempt slow; no attempt starts after this time. */
const MAX_ATTEMPTS_MS = 10_000;
const pauseMs = backoff(100, 3_200);

/** Refusals that another attempt cannot change. */
const finalCodes = new Set<ErrorName | undefined>([
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

/** A connection to the cluster of one topic, which retries requests until they are answered. */
export interface ClusterConnection {
  readonly cluster: Cluster;
  /**
   * Retries a request until it is answered, across lost connections and moved leaders.
   *
   * @param request - may run several times
   * @throws KafkaFailure that says what the cluster refused, or that it did not answer
   */
  readonly ask: <T>(request: () => Promise<T>) => Promise<T>;
  readonly disconnect: () => Promise<void>;
}

/**
 * Connects to the cluster of a topic.
 *
 * @param connection - from `connectionOptions`
 * @param topic - must exist
 * @param log - receives what the client reports, at debug level
 * @throws KafkaFailure; ServiceError `configuration_error` when there is no such topic
 */
export async function connectCluster(
  connection: ConnectionOptions,
  topic: string,
  log: Log,
): Promise<ClusterConnection> {
  const { cluster, close } = openCluster(connection, log, {
    retries: connection.brokers.length,
    metadataMaxAgeMs: METADATA_MAX_AGE_MS,
    holdsProcess: true,
  });
  try {
    await cluster.connect();
    await cluster.addTargetTopic(topic);
  } catch (thrown) {
    await close();
    const failure = kafkaFailure(thrown, connection);
    if (failure instanceof KafkaFailure && failure.errorCode === 'UNKNOWN_TOPIC_OR_PARTITION') {
      const message = `There is no topic ${topic} at ${connection.brokers.join(', ')}`;
      throw new ServiceError('configuration_error', message, { cause: failure });
    }
    throw failure;
  }
  return {
    cluster,
    ask: async (request) => {
      let isFirst = true;
      const attempt = async () => {
        if (!isFirst) await cluster.refreshMetadata().catch(() => {});
        isFirst = false;
        return request().catch((thrown: unknown) => {
          throw kafkaFailure(thrown, connection);
        });
      };
      return retry(attempt, {
        attempts: MAX_ATTEMPTS,
        deadline: Date.now() + MAX_ATTEMPTS_MS,
        pauseMs,
        isPassing: (failure) => !finalCodes.has(errorCodeOf(failure)),
      });
    },
    disconnect: close,
  };
}

/** What the cluster answered; undefined when it did not. */
function errorCodeOf(failure: unknown): ErrorName | undefined {
  return failure instanceof KafkaFailure ? failure.errorCode : undefined;
}
