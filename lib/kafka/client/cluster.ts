import type { Logger } from 'kafkajs';
import Cluster from 'kafkajs/src/cluster';
import type { Log } from '../../log.ts';
import type { ConnectionOptions, Sasl } from './connection.ts';
import { oauthBearer } from './oauth-bearer.ts';
import './group-coordinator.ts';
import './quiet-request-queue.ts';
import { createSockets } from './sockets.ts';

export type { Broker } from 'kafkajs/src/cluster';
export type { Cluster };

const FIRST_RETRY_MS = 50;
/** Offsets end at the last stable offset, so that open transactions are not read: Apache Kafka, "ListOffsets API". */
const READ_COMMITTED = 1;

/** What differs between the users of a cluster. */
export interface ClusterSettings {
  /** How often kafkajs itself retries a failed request. */
  readonly retries: number;
  /** Topics and leaders are refreshed after this time, in milliseconds. */
  readonly metadataMaxAgeMs?: number;
  /** Whether an open connection keeps the process alive. */
  readonly holdsProcess?: boolean;
}

/** A kafkajs cluster on its own connections. */
export interface OpenCluster {
  readonly cluster: Cluster;
  readonly logger: Logger;
  /** Closes all connections at once, dead ones included; requests in flight fail. */
  readonly close: () => Promise<void>;
}

/**
 * Prepares the connections of one user of a cluster; the first request opens them. Requests to silent brokers time out,
 * topics are not created, and what kafkajs reports goes to the debug level, because its user knows better what a failure
 * means.
 *
 * @param connection - from `connectionOptions`
 * @param log - receives what kafkajs reports
 */
export function openCluster(connection: ConnectionOptions, log: Log, settings: ClusterSettings): OpenCluster {
  const { retries, metadataMaxAgeMs, holdsProcess = false } = settings;
  const sockets = createSockets(holdsProcess);
  const logger = debugLogger(log, 'kafkajs');
  const cluster = new Cluster({
    ...connection,
    sasl: connection.sasl && saslOf(connection.sasl),
    brokers: startingAnywhere(connection.brokers),
    socketFactory: sockets.open,
    logger,
    enforceRequestTimeout: true,
    allowAutoTopicCreation: false,
    metadataMaxAge: metadataMaxAgeMs,
    isolationLevel: READ_COMMITTED,
    retry: { retries, initialRetryTime: FIRST_RETRY_MS },
  });
  return { cluster, logger, close: sockets.destroy };
}

/** In place of the logger of kafkajs, which makes an object with a date of each line, also of one that nobody wants. */
function debugLogger(log: Log, name: string): Logger {
  const fields = { logger: name };
  const debug = (message: string): void => log.debug(message, fields);
  const namespace = (inner: string): Logger => debugLogger(log, `kafkajs.${inner}`);
  return { debug, info: debug, warn: debug, error: debug, namespace, setLogLevel: () => {} };
}

function saslOf(sasl: Sasl): object {
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  return { mechanism: sasl.mechanism, authenticationProvider: oauthBearer(sasl.token) };
}

/** Clients that start together would otherwise all connect to the first bootstrap broker. */
function startingAnywhere(brokers: readonly string[]): string[] {
  const start = Math.floor(Math.random() * brokers.length);
  return [...brokers.slice(start), ...brokers.slice(0, start)];
}
