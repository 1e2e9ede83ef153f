import { before } from '../deadline.ts';

/** Lets work on one place be done one after the other, as it was asked for: the order of a partition depends on it. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs work when all that was asked for at this place before is done.
   *
   * @param deadline - ms since epoch; work whose turn has not come by then is not begun
   * @throws KafkaFailure `unreachable` when the turn did not come in time
   */
  take<T>(place: string, deadline: number, work: () => Promise<T>): Promise<T> {
    const previous = this.#last.get(place);
    const turn = previous === undefined ? work() : before(deadline, previous).then(work);
    const settled = Promise.allSettled([previous, turn]).then(() => {});
    this.#last.set(place, settled);
    void settled.then(() => this.#last.get(place) === settled && this.#last.delete(place));
    return turn;
  }

  /** Resolves when all work is done, also what is asked for meanwhile. */
  async over(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
