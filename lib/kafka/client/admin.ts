import type { Admin } from 'kafkajs';
import createAdmin from 'kafkajs/src/admin';
import type { Log } from '../../log.ts';
import { openCluster } from './cluster.ts';
import type { ConnectionOptions } from './connection.ts';
import { kafkaFailure } from './failure.ts';

export type { Admin };

/**
 * Runs work with the admin client of kafkajs, on its own connections.
 *
 * @param connection - from `connectionOptions`
 * @param log - receives what kafkajs reports
 * @param work - runs once the client is connected
 * @throws KafkaFailure when the cluster cannot be reached or refuses; anything else that `work` throws
 */
export async function withAdmin<T>(
  connection: ConnectionOptions,
  log: Log,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const retry = { retries: connection.brokers.length };
  const { cluster, logger, close } = openCluster(connection, log, { ...retry, holdsProcess: true });
  const admin = createAdmin({ logger, cluster, retry });
  try {
    await admin.connect();
    return await work(admin);
  } catch (thrown) {
    throw kafkaFailure(thrown, connection);
  } finally {
    await close();
  }
}
