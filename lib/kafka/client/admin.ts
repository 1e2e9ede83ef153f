import type { Admin } from 'kafkajs';
import createAdmin from 'kafkajs/src/admin';
import type { Log } from '../../log.ts';
import { backoff, retry } from '../../retry.ts';
import type { ErrorName } from '../error-codes.ts';
import { KafkaFailure } from '../kafka-failure.ts';
import { openCluster } from './cluster.ts';
import type { ConnectionOptions } from './connection.ts';
import { kafkaFailure } from './failure.ts';

export type { Admin };

/**
 * How long a consumer group may take to get a coordinator that answers. One loads for seconds after a broker has started, and the
 * first group of a new cluster waits until the cluster has created the topic of the committed offsets.
 */
const MAX_COORDINATOR_MS = 60_000;
const pauseMs = backoff(50, 1_000);
/** Apache Kafka, "Error codes" 14 to 16. It repeats them for consumers only. */
const coordinatorCodes = new Set<ErrorName | undefined>([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]);

/**
 * Runs work with the admin client of kafkajs, on its own connections.
 *
 * @param connection - from `connectionOptions`
 * @param log - receives what kafkajs reports
 * @param work - runs once the client is connected, and again while the coordinator of a consumer group loads or moves
 * @throws KafkaFailure when the cluster cannot be reached or refuses; anything else that `work` throws
 */
export async function withAdmin<T>(
  connection: ConnectionOptions,
  log: Log,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const retries = connection.brokers.length;
  const { cluster, logger, close } = openCluster(connection, log, { retries, holdsProcess: true });
  const admin = createAdmin({ logger, cluster, retry: { retries } });
  const isPassing = (thrown: unknown): boolean => {
    const failure = kafkaFailure(thrown, connection);
    return failure instanceof KafkaFailure && coordinatorCodes.has(failure.errorCode);
  };
  try {
    await admin.connect();
    return await retry(() => work(admin), { deadline: Date.now() + MAX_COORDINATOR_MS, pauseMs, isPassing });
  } catch (thrown) {
    throw kafkaFailure(thrown, connection);
  } finally {
    await close();
  }
}
