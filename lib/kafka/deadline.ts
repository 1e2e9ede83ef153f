import { KafkaFailure } from './kafka-failure.ts';

/**
 * Waits for a promise until the deadline. The work behind the promise is not stopped.
 *
 * @param deadline - ms since epoch
 * @throws KafkaFailure `unreachable` when the deadline comes first
 */
export function before<T>(deadline: number, promise: Promise<T>): Promise<T> {
  // A plain timer: aborting one of timers/promises creates an error, which took an eighth of the time of a send.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(outOfTime()), Math.max(0, deadline - Date.now()));
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (thrown: unknown) => {
        clearTimeout(timer);
        reject(thrown);
      },
    );
  });
}

/** The failure of work that has no time left. */
export function outOfTime(): KafkaFailure {
  return new KafkaFailure('unreachable', 'Kafka did not answer within the time that was left');
}
