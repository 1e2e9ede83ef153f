import { before } from '../deadline.ts';

/** Lets work on one place be done one after the other, as it was asked for: the order of a partition depends on it. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs work once all earlier work on this place is done.
   *
   * @param deadline - ms since epoch; work that could not start by then does not run
   * @throws KafkaFailure `unreachable` when the work could not start in time
   */
  take<T>(place: string, deadline: number, work: () => Promise<T>): Promise<T> {
    const previous = this.#last.get(place);
    const turn = previous === undefined ? work() : before(deadline, previous).then(work);
    const free = () => {
      if (this.#last.get(place) === settled) this.#last.delete(place);
    };
    const ended = previous === undefined ? turn : Promise.allSettled([previous, turn]);
    const settled = ended.then(free, free);
    this.#last.set(place, settled);
    return turn;
  }

  /** Whether work at this place would start at once. */
  isFree(place: string): boolean {
    return !this.#last.has(place);
  }

  /** Resolves when all work is done, including work that was added in the meantime. */
  async over(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
