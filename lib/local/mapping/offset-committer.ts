import { pause } from '../../kafka/reading/abort.ts';
import type { Assignment } from '../../kafka/reading/consumer.ts';
import { COMMIT_PAUSE_MS } from './choices.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** Wait before a commit that failed is tried again within the same assignment. */
const COMMIT_RETRY_MS = 500;

/**
 * Commits finished offsets, at once or shortly after the last commit, and one request at a time: progress made meanwhile is
 * committed by the next one.
 */
export class OffsetCommitter {
  readonly #assignment: Assignment;
  readonly #queues: readonly PartitionQueue[];
  readonly #onCommitted: (offsets: number, partition: number, offset: number) => void;
  readonly #onFailed: (error: unknown) => void;
  #running: Promise<void> | undefined;

  constructor(options: {
    assignment: Assignment;
    queues: readonly PartitionQueue[];
    /** Called with the number of offsets that the group has advanced in a partition, and the offset it is at. */
    onCommitted: (offsets: number, partition: number, offset: number) => void;
    onFailed: (error: unknown) => void;
  }) {
    this.#assignment = options.assignment;
    this.#queues = options.queues;
    this.#onCommitted = options.onCommitted;
    this.#onFailed = options.onFailed;
  }

  /** Commits everything that is done by now; resolves when that is committed, or when the assignment has ended. */
  commit(): Promise<void> {
    // It begins in a later turn, when it is known to be running.
    if (this.#due().size > 0) this.#running ??= Promise.resolve().then(() => this.#commitAll());
    return this.#running ?? Promise.resolve();
  }

  async #commitAll(): Promise<void> {
    for (let due = this.#due(); due.size > 0; due = this.#due()) {
      await this.#commitOnce(due);
      await pause(COMMIT_PAUSE_MS, this.#assignment.ended);
    }
    // In the same turn as the last look, so that no later progress is missed.
    this.#running = undefined;
  }

  async #commitOnce(due: ReadonlyMap<number, number>): Promise<void> {
    const { ended } = this.#assignment;
    try {
      await this.#assignment.commit(due);
    } catch (error) {
      if (ended.aborted) return;
      this.#onFailed(error);
      await pause(COMMIT_RETRY_MS, ended);
      return;
    }
    for (const queue of this.#queues) {
      const offset = due.get(queue.partition);
      if (offset === undefined) continue;
      this.#onCommitted(
        Math.max(0, offset - (queue.committedOffset ?? queue.startOffset)),
        queue.partition,
        offset,
      );
      queue.committedOffset = offset;
    }
  }

  #due(): Map<number, number> {
    if (this.#assignment.ended.aborted) return new Map();
    return new Map(
      this.#queues
        .filter(({ isAhead }) => isAhead)
        .map(({ partition, doneOffset }) => [partition, doneOffset]),
    );
  }
}
