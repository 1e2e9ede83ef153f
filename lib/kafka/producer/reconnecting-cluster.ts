import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../connection.ts';
import { isConnectionLost, isPassing, KafkaFailure } from '../kafka-failure.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { before, outOfTime } from './deadline.ts';

/** Connections idle for longer are rebuilt: AWS drops NAT and load-balancer flows after 350 s, without a FIN. */
const MAX_IDLE_MS = 240_000;
/** A refused request is sent this many times in all, within its deadline. */
const MAX_ATTEMPTS = 6;
/** One retry on fresh connections: a second silence means that the cluster is away, not the connection. */
const MAX_CONNECTION_LOSSES = 2;
const FIRST_BACKOFF_MS = 50;

/** A cluster whose connections heal: lost or long idle ones are replaced, passing failures are tried again. */
export interface ReconnectingCluster {
  /**
   * Runs an operation until it succeeds, its failure is final, or the deadline has come.
   *
   * @param deadline - ms since epoch
   * @param operation - rejects with {@link KafkaFailure}; may run several times, on different connections
   * @throws KafkaFailure - the last one; `unreachable` when the deadline cut the operation short, whose connections are
   *   closed then, so that it sends nothing any more
   */
  readonly run: <T>(deadline: number, operation: (cluster: Cluster) => Promise<T>) => Promise<T>;
  readonly disconnect: () => Promise<void>;
}

/**
 * @param connection - called before connections are built, so that brokers and credentials are current
 * @param log - receives every failed attempt
 */
export function createReconnectingCluster(
  connection: () => Promise<ConnectionOptions>,
  log: Log,
): ReconnectingCluster {
  let current: Promise<Cluster> | undefined;
  let lastUsed = 0;

  const connect = (): Promise<Cluster> => {
    // Wall clock: it also counts the time that a sandbox was frozen.
    if (current && Date.now() - lastUsed > MAX_IDLE_MS) drop(current);
    lastUsed = Date.now();
    current ??= connection().then((options) => createCluster(options, log));
    return current;
  };

  const drop = (lost: Promise<Cluster>): void => {
    if (current === lost) current = undefined;
    lost.then((cluster) => cluster.disconnect()).catch(() => {});
  };

  const attempt = async <T>(deadline: number, operation: (cluster: Cluster) => Promise<T>): Promise<T> => {
    if (Date.now() >= deadline) throw outOfTime();
    const connecting = connect();
    try {
      return await before(deadline, connecting.then(operation));
    } catch (failure) {
      if (!(failure instanceof KafkaFailure) || isConnectionLost(failure)) drop(connecting);
      throw failure;
    }
  };

  return {
    run: async (deadline, operation) => {
      let connectionLosses = 0;
      for (let attempts = 1; ; attempts++) {
        try {
          return await attempt(deadline, operation);
        } catch (failure) {
          if (!(failure instanceof KafkaFailure) || !isPassing(failure)) throw failure;
          if (isConnectionLost(failure)) connectionLosses++;
          const backoff = FIRST_BACKOFF_MS * 2 ** (attempts - 1) * (0.5 + Math.random());
          const isLast = attempts === MAX_ATTEMPTS || connectionLosses === MAX_CONNECTION_LOSSES;
          if (isLast || Date.now() + backoff >= deadline) throw failure;
          log.warn('Kafka request failed, trying again', { attempts, error: failure });
          await delay(backoff);
        }
      }
    },
    disconnect: async () => {
      const open = current;
      current = undefined;
      await open?.then((cluster) => cluster.disconnect()).catch(() => {});
    },
  };
}
