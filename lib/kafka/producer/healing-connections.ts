import type { Log } from '../../log.ts';
import { backoff, retry } from '../../retry.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { before, outOfTime } from '../deadline.ts';
import { isConnectionLost, isPassing, KafkaFailure } from '../kafka-failure.ts';
import { ProducerConnections } from './connections.ts';

/** Connections idle for longer are rebuilt: AWS drops NAT and load-balancer flows after 350 s, without a FIN. */
const MAX_IDLE_MS = 240_000;
/** Attempts of a request in all, within its deadline: three to four seconds, enough to find a new leader. */
const MAX_ATTEMPTS = 8;
/** One retry on fresh connections: if it gets no answer either, the cluster is down, not the connection. */
const MAX_SILENCES = 2;
const pauseOf = backoff(50, 1_000);

/** Connections that heal: it replaces those that are lost or idle for long, and retries temporary failures. */
export class HealingConnections {
  readonly #connection: () => Promise<ConnectionOptions>;
  readonly #log: Log;
  #current: Promise<ProducerConnections> | undefined;
  #open: ProducerConnections | undefined;
  #lastUsed = 0;

  /**
   * @param connection - called before connections are opened, so that brokers and credentials are current
   * @param log - receives every failed attempt
   */
  constructor(connection: () => Promise<ConnectionOptions>, log: Log) {
    this.#connection = connection;
    this.#log = log;
  }

  /** Those that are there, if any, without a look at how they are. */
  get open(): ProducerConnections | undefined {
    return this.#open;
  }

  /**
   * Runs an operation until it succeeds, its failure is final, or the deadline has come.
   *
   * @param deadline - ms since epoch
   * @param operation - rejects with {@link KafkaFailure}; may run several times, on different connections
   * @throws KafkaFailure - the last one; `unreachable` when the deadline ended the operation, whose connections are then
   *   closed, so that it sends nothing more
   */
  run<T>(deadline: number, operation: (connections: ProducerConnections) => Promise<T>): Promise<T> {
    let silences = 0;
    return retry(() => this.#attempt(deadline, operation), {
      attempts: MAX_ATTEMPTS,
      deadline,
      pauseMs: (attempts) => pauseOf(attempts) * (0.5 + Math.random()),
      isPassing: (failure) => {
        if (!(failure instanceof KafkaFailure) || !isPassing(failure)) return false;
        // Credentials that are refused again and again would look like an attack.
        if (failure.wasSilent || failure.kind === 'unauthorized') silences++;
        return silences < MAX_SILENCES;
      },
      onRetry: (error, attempts) => this.#log.warn('Kafka request failed, trying again', { attempts, error }),
    });
  }

  async disconnect(): Promise<void> {
    const open = this.#current;
    this.#forget();
    await open?.then((connections) => connections.disconnect()).catch(() => {});
  }

  async #attempt<T>(
    deadline: number,
    operation: (connections: ProducerConnections) => Promise<T>,
  ): Promise<T> {
    if (Date.now() >= deadline) throw outOfTime();
    const connecting = this.#connect();
    try {
      const working = this.#open ? operation(this.#open) : connecting.then(operation);
      return await before(deadline, working);
    } catch (failure) {
      if (!(failure instanceof KafkaFailure) || isConnectionLost(failure)) this.#drop(connecting);
      throw failure;
    }
  }

  #connect(): Promise<ProducerConnections> {
    // Wall clock, which includes the time that a sandbox was frozen.
    if (this.#current !== undefined && Date.now() - this.#lastUsed > MAX_IDLE_MS) this.#drop(this.#current);
    this.#lastUsed = Date.now();
    this.#current ??= this.#opened();
    return this.#current;
  }

  #opened(): Promise<ProducerConnections> {
    const opening = this.#connection().then((options) => {
      const open = new ProducerConnections(options);
      if (this.#current === opening) this.#open = open;
      return open;
    });
    return opening;
  }

  #forget(): void {
    this.#current = undefined;
    this.#open = undefined;
  }

  #drop(lost: Promise<ProducerConnections>): void {
    // Another send has already replaced these connections.
    if (this.#current !== lost) return;
    this.#forget();
    lost.then((connections) => connections.disconnect()).catch(() => {});
  }
}
