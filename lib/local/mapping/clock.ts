/** The clock of a mapping: the real time, or a virtual one in a simulation. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Calls back once, later.
   *
   * @param ms - from now
   * @returns what calls it off
   */
  after(ms: number, callback: () => void): () => void;
}

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits for the given time, or until the signal is aborted. */
export function pause(clock: Clock, ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until.aborted) return resolve();
    const callOff = clock.after(ms, () => {
      until.removeEventListener('abort', interrupt);
      resolve();
    });
    const interrupt = (): void => {
      callOff();
      resolve();
    };
    until.addEventListener('abort', interrupt, { once: true });
  });
}
