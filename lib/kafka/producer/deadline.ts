import { setTimeout as delay } from 'node:timers/promises';
import { KafkaFailure } from '../kafka-failure.ts';

/**
 * Waits for a promise until the deadline. What the promise stands for is not stopped by that.
 *
 * @param deadline - ms since epoch
 * @throws KafkaFailure `unreachable` when the deadline comes first
 */
export async function before<T>(deadline: number, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const expiry = delay(Math.max(0, deadline - Date.now()), undefined, { signal: timer.signal }).then(
    () => {
      throw outOfTime();
    },
    () => promise,
  );
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    timer.abort();
  }
}

/** The failure of whatever has no time left. */
export function outOfTime(): KafkaFailure {
  return new KafkaFailure('unreachable', 'Kafka did not answer within the time that was left');
}
