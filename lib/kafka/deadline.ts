import { KafkaFailure } from './kafka-failure.ts';

/**
 * Waits for a promise until the deadline. What the promise stands for is not stopped by that.
 *
 * @param deadline - ms since epoch
 * @throws KafkaFailure `unreachable` when the deadline comes first
 */
export function before<T>(deadline: number, promise: Promise<T>): Promise<T> {
  // A timer of its own: aborting one of timers/promises, which makes an error, took an eighth of a send.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(outOfTime()), Math.max(0, deadline - Date.now()));
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The failure of whatever has no time left. */
export function outOfTime(): KafkaFailure {
  return new KafkaFailure('unreachable', 'Kafka did not answer within the time that was left');
}
