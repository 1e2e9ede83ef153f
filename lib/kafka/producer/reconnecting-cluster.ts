import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { isConnectionLost, isPassing, KafkaFailure } from '../kafka-failure.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { before, outOfTime } from './deadline.ts';

/** Connections idle for longer are rebuilt: AWS drops NAT and load-balancer flows after 350 s, without a FIN. */
const MAX_IDLE_MS = 240_000;
/** A request is sent this many times in all, within its deadline: three to four seconds in which another leader is found. */
const MAX_ATTEMPTS = 8;
/** One retry on fresh connections: a second silence means that the cluster is away, not the connection. */
const MAX_SILENCES = 2;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

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
    // Whoever waits on the same connections has dropped them before.
    if (current !== lost) return;
    current = undefined;
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
      let silences = 0;
      for (let attempts = 1; ; attempts++) {
        try {
          return await attempt(deadline, operation);
        } catch (failure) {
          if (!(failure instanceof KafkaFailure) || !isPassing(failure)) throw failure;
          // Credentials that are refused again and again would look like an attack.
          if (failure.wasSilent || failure.kind === 'unauthorized') silences++;
          const backoff =
            Math.min(FIRST_BACKOFF_MS * 2 ** (attempts - 1), MAX_BACKOFF_MS) * (0.5 + Math.random());
          const isLast = attempts === MAX_ATTEMPTS || silences === MAX_SILENCES;
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
