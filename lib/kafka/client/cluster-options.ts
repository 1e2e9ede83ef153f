import { createLogger, LEVELS } from 'kafkajs/src/loggers';
import type { Log } from '../../log.ts';
import type { ConnectionOptions } from './connection.ts';
import './quiet-request-queue.ts';

/**
 * What every kafkajs cluster of this service is created with: it gives silent brokers up, creates no topics, and reports
 * at debug level, because whoever uses it knows better what a failure means.
 *
 * @param connection - from `connectionOptions`
 * @param log - receives what kafkajs reports
 */
export function clusterOptions(connection: ConnectionOptions, log: Log) {
  return {
    ...connection,
    logger: createLogger({
      level: LEVELS.DEBUG,
      logCreator: () => (entry) => log.debug(entry.log.message, { logger: `kafkajs.${entry.namespace}` }),
    }),
    enforceRequestTimeout: true,
    allowAutoTopicCreation: false,
  };
}
