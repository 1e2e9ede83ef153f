import type { UnprocessedRecord } from './batch-response.ts';

/** Doubled with each failure of the same record. */
const FIRST_PAUSE_MS = 100;
/** With the most attempts that AWS Lambda makes, 10,000, a record that fails at once is tried for more than a day. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * Says how long the answer about a record that keeps failing is held back. AWS documents no pause between the attempts of an event source
 * mapping, so that a function that fails at once might use them up within minutes. Each execution environment counts by itself.
 */
export class RetryPace {
  /** The record at which each partition stopped last, and how often. */
  readonly #failures = new Map<string, { readonly offset: number; readonly times: number }>();

  /**
   * How long the record that failed most often is to wait; a first failure does not wait.
   *
   * @param unprocessed - what is to be delivered again, in order per partition
   * @returns milliseconds
   */
  pauseMs(unprocessed: readonly UnprocessedRecord[]): number {
    const first = new Map<string, number>();
    for (const { topicPartition, offset } of unprocessed) {
      if (!first.has(topicPartition)) first.set(topicPartition, offset);
    }
    const pauses = [...first].map(([topicPartition, offset]) => {
      const before = this.#failures.get(topicPartition);
      const times = before?.offset === offset ? before.times + 1 : 1;
      this.#failures.set(topicPartition, { offset, times });
      return times === 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (times - 2), LONGEST_PAUSE_MS);
    });
    return Math.max(0, ...pauses);
  }
}
