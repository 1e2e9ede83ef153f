import { setTimeout as sleep } from 'node:timers/promises';
import type { Assignment } from '../../kafka/reading/consumer.ts';
import type { BatchLimits } from './batching.ts';
import { OffsetCommitter } from './offset-committer.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { type Batch, Poller } from './poller.ts';
import { sharePartitions } from './poller-scaling.ts';

/** How long a status waits for the cluster; after that it has the figures of the last fetch. */
const END_OFFSETS_TIMEOUT_MS = 1_000;

export interface AssignedPartitionsOptions {
  readonly assignment: Assignment;
  readonly limits: BatchLimits;
  readonly batchingWindowMs: number;
  /** Sends a batch; resolves when it is over. */
  readonly run: (batch: Batch) => Promise<void>;
  readonly onCommitted: (offsets: number, partition: number, offset: number) => void;
  readonly onCommitFailed: (error: unknown) => void;
}

/** What belongs to one assignment of partitions: their queues, the pollers that share them, and the commits. */
export class AssignedPartitions {
  readonly queues: PartitionQueue[] = [];
  readonly #options: AssignedPartitionsOptions;
  readonly #committer: OffsetCommitter;
  readonly #ending = new AbortController();
  #pollers: readonly Poller[] = [];

  constructor(options: AssignedPartitionsOptions) {
    const { assignment, onCommitted, onCommitFailed: onFailed } = options;
    this.#options = options;
    this.#committer = new OffsetCommitter({ assignment, queues: this.queues, onCommitted, onFailed });
  }

  /** Aborted when no further attempt may begin. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  get pollerCount(): number {
    return this.#pollers.length;
  }

  get bytes(): number {
    return this.queues.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get lag(): number {
    return this.queues.reduce((sum, { lag }) => sum + lag, 0);
  }

  queue(partition: number): PartitionQueue | undefined {
    return this.queues.find((queue) => queue.partition === partition);
  }

  /**
   * Begins to read a partition.
   *
   * @param queue - empty
   * @param pollers - how many are to share all partitions
   */
  add(queue: PartitionQueue, pollers: number): void {
    this.queues.push(queue);
    this.share(pollers);
    this.#options.assignment.readFrom(queue.partition, queue.fetchedOffset);
    void this.commit();
  }

  /** Shares the partitions among pollers, of which none is without any. */
  share(pollers: number): void {
    const { limits, batchingWindowMs, run } = this.#options;
    for (const poller of this.#pollers) poller.close();
    const count = Math.max(1, Math.min(pollers, this.queues.length));
    this.#pollers = sharePartitions(this.queues, count).map(
      (partitions) => new Poller({ partitions, limits, batchingWindowMs, run }),
    );
    this.poll();
  }

  poll(): void {
    for (const poller of this.#pollers) poller.poll();
  }

  /** Commits what is done; resolves when nothing is left to commit. */
  commit(): Promise<void> {
    return this.#committer.commit();
  }

  /** Begins no further attempts. */
  end(): void {
    for (const poller of this.#pollers) poller.close();
    this.#ending.abort();
  }

  /**
   * Partitions that are held up are not fetched, so what they lag by must be asked for.
   *
   * @throws Error when the cluster cannot be reached
   */
  async refreshEndOffsets(): Promise<void> {
    const tooLate = sleep(END_OFFSETS_TIMEOUT_MS, undefined, { ref: false });
    const offsets = await Promise.race([this.#options.assignment.endOffsets(), tooLate]);
    for (const queue of this.queues) queue.endOffset = offsets?.get(queue.partition) ?? queue.endOffset;
  }
}
