import { errorMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { backoff } from '../../retry.ts';
import type { Cluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import { aborted, pause } from './abort.ts';
import type { ConsumerHandler } from './consumer-handler.ts';
import { decodeBatches } from './decode-batches.ts';
import { type FetchedPartition, type FetchPosition, fetchPartitions } from './fetch.ts';
import { FetchConnections } from './fetch-connections.ts';
import { FetchWait } from './fetch-wait.ts';
import { partitionBounds } from './partition-bounds.ts';
import type { WakeUp } from './wake-up.ts';

/** Apache Kafka, "Consumer configs": defaults of max.partition.fetch.bytes and, a fifth of it, fetch.max.bytes. */
const FETCH_BYTES_PER_PARTITION = 1_048_576;
const FETCH_BYTES = 10 * 1_048_576;
/** Pause before the next fetch from a partition or broker that failed. */
const LONGEST_BACKOFF_MS = 5_000;
const pauseMs = backoff(200, LONGEST_BACKOFF_MS);

const OFFSET_OUT_OF_RANGE = 1;

export interface FetcherOptions {
  readonly cluster: Cluster;
  readonly connection: ConnectionOptions;
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly handler: ConsumerHandler;
  readonly wakeUp: WakeUp;
  /** Aborted when reading must end. */
  readonly reading: AbortSignal;
  readonly log: Log;
}

/**
 * Fetches what the handler wants, and passes it on at once. It holds only one response of each leader, of at most
 * {@link FETCH_BYTES}. The position of a partition moves when the handler has taken the records before it.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #connections: FetchConnections;
  readonly #positions = new Map<number, number>();
  /** Partitions whose records were not taken, and the time of the next attempt, ms since 1970. */
  readonly #heldBack = new Map<number, number>();

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#connections = new FetchConnections(options.cluster, options.connection);
  }

  readFrom(partition: number, offset: number): void {
    if (!this.#options.partitions.includes(partition)) return;
    this.#positions.set(partition, offset);
    this.#options.wakeUp.ring();
  }

  /**
   * Fetches until reading ends. One loop per leader, so that a quiet broker does not delay a busy one.
   *
   * @throws Error when the cluster cannot be reached
   */
  async run(): Promise<void> {
    const { cluster, connection, topic, partitions, handler, wakeUp, reading } = this.#options;
    const readingEnded = aborted(reading).then(() => this.#connections.close());
    let failures = 0;
    while (!reading.aborted) {
      const round = new AbortController();
      const leaders = cluster.findLeaderForPartitions(topic, [...partitions]);
      const loops = Object.entries(leaders).map(([nodeId, led]) =>
        this.#fetchFrom(nodeId, led, round.signal),
      );
      const begun = Date.now();
      try {
        await Promise.all([...loops, readingEnded]);
      } catch (error) {
        if (reading.aborted) break;
        round.abort();
        wakeUp.ring();
        await Promise.allSettled(loops);
        handler.failed(kafkaFailure(error, connection));
        failures = Date.now() - begun < LONGEST_BACKOFF_MS ? failures + 1 : 1;
        await pause(pauseMs(failures), reading);
        await cluster.refreshMetadata();
      }
    }
  }

  async #fetchFrom(nodeId: string, partitions: readonly number[], round: AbortSignal): Promise<void> {
    const { topic, wakeUp, reading } = this.#options;
    const wait = new FetchWait();
    for (let turn = 0; !reading.aborted && !round.aborted; turn++) {
      const woken = wakeUp.wait();
      const wanted = this.#wanted(partitions);
      if (wanted.length === 0) {
        await woken;
        continue;
      }
      const isForAll = wanted.length === partitions.length;
      const leader = await this.#connections.to(nodeId);
      // Only the first partition of a request gets a batch that exceeds the size limits, so the order rotates.
      const first = turn % wanted.length;
      const fetched = await fetchPartitions(
        leader,
        topic,
        [...wanted.slice(first), ...wanted.slice(0, first)],
        {
          maxWaitMs: wait.ms(isForAll),
          maxBytes: FETCH_BYTES,
          maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
        },
      );
      if (reading.aborted || round.aborted) return;
      wait.answered(isForAll || fetched.some(({ recordSet }) => recordSet.length > 0));
      for (const answer of fetched) await this.#receive(answer);
    }
  }

  #wanted(partitions: readonly number[]): FetchPosition[] {
    return partitions.flatMap((partition) => {
      const offset = this.#positions.get(partition);
      const isHeldBack = (this.#heldBack.get(partition) ?? 0) > Date.now();
      return offset !== undefined && !isHeldBack && this.#options.handler.wants(partition)
        ? [{ partition, offset }]
        : [];
    });
  }

  async #receive(answer: FetchedPartition): Promise<void> {
    const { partition, errorCode, recordSet, abortedTransactions, highWatermark: endOffset } = answer;
    const offset = this.#positions.get(partition);
    if (offset === undefined) return;
    if (errorCode === OFFSET_OUT_OF_RANGE) return this.#moveIntoRange(partition, offset);
    const { handler, topic } = this.#options;
    if (errorCode !== 0) throw new FetchError(topic, partition, errorCode);
    const decoded = decodeBatches(recordSet, { partition, offset, endOffset, abortedTransactions });
    try {
      handler.received(partition, { ...decoded, endOffset });
    } catch (error) {
      this.#holdBack(partition, error);
      return;
    }
    this.#positions.set(partition, decoded.nextOffset);
  }

  /** Retention has removed the records there, or the log has lost its tail. From the first record on, nothing is lost. */
  async #moveIntoRange(partition: number, offset: number): Promise<void> {
    const { cluster, topic, log } = this.#options;
    const { first, end } = await partitionBounds(cluster, topic, partition);
    const message = 'the offset to read from is not in the topic: reading continues at the first record';
    log.warn(message, { topic, partition, offset, first, end });
    this.#positions.set(partition, first);
  }

  /** Records that are not taken block their own partition only. */
  #holdBack(partition: number, error: unknown): void {
    const { handler, topic, wakeUp } = this.#options;
    this.#heldBack.set(partition, Date.now() + LONGEST_BACKOFF_MS);
    setTimeout(() => wakeUp.ring(), LONGEST_BACKOFF_MS).unref();
    const offset = this.#positions.get(partition);
    handler.failed(
      new Error(`${topic}/${partition} is blocked at offset ${offset}: ${errorMessage(error)}`, {
        cause: error,
      }),
    );
  }
}

/** A broker refused to read a partition. */
class FetchError extends Error {
  override readonly name = 'FetchError';

  constructor(topic: string, partition: number, errorCode: number) {
    super(`${topic}/${partition} cannot be read: Kafka error code ${errorCode}`);
  }
}
