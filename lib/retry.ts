import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** In all; without end unless told. */
  readonly attempts?: number;
  /** Milliseconds until the next attempt, after so many of them. */
  readonly pauseMs: (attempts: number) => number;
  /** Ms since epoch: no attempt begins after it. */
  readonly deadline?: number;
  /** Ends the attempts. */
  readonly signal?: AbortSignal;
  /** Whether another attempt can succeed. */
  readonly isPassing?: (error: unknown) => boolean;
  /** Called with every failure that another attempt follows. */
  readonly onRetry?: (error: unknown, attempts: number) => void;
}

/** One for all: making one takes as long as a tenth of a send. */
const neverAborted = new AbortController().signal;

/**
 * Repeats work until it succeeds.
 *
 * @throws what the last attempt threw; when the signal ended that attempt, the failure before it, which says more
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const {
    attempts: most = Number.POSITIVE_INFINITY,
    deadline = Number.POSITIVE_INFINITY,
    signal = neverAborted,
  } = options;
  let earlier: unknown;
  for (let attempts = 1; ; attempts++) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw earlier ?? error;
      const pauseMs = options.pauseMs(attempts);
      const isLast = attempts >= most || Date.now() + pauseMs >= deadline;
      if (isLast || options.isPassing?.(error) === false) throw error;
      options.onRetry?.(error, attempts);
      earlier = error;
      await sleep(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
      if (Date.now() >= deadline) throw error;
    }
  }
}

/**
 * Pauses that double.
 *
 * @param firstMs - after the first attempt
 * @param longestMs - at most
 */
export function backoff(firstMs: number, longestMs: number): (attempts: number) => number {
  return (attempts) => Math.min(firstMs * 2 ** (attempts - 1), longestMs);
}
