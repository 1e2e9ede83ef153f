import type { Admin } from 'kafkajs';
import createAdmin from 'kafkajs/src/admin';
import type { Log } from '../../log.ts';
import { openCluster } from './cluster.ts';
import type { ConnectionOptions } from './connection.ts';
import { kafkaFailure } from './failure.ts';

export type { Admin };

/**
 * Does something with kafkajs's admin client, on connections of its own.
 *
 * @param connection - from `connectionOptions`
 * @param log - receives what kafkajs reports
 * @param work - runs when there is a connection
 * @throws KafkaFailure when the cluster cannot be reached or refuses; whatever else `work` throws
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
