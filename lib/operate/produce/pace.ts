import { pause } from '../../kafka/reading/abort.ts';

/** Sends per second when there is a rate. */
const TURNS_PER_SECOND = 10;

/** Spreads work evenly over time. */
export class Pace {
  readonly #perSecond: number;
  readonly #begun = Date.now();
  #done = 0;

  /** @param perSecond - undefined for no limit */
  constructor(perSecond: number | undefined) {
    this.#perSecond = perSecond ?? Number.POSITIVE_INFINITY;
  }

  /** How many of so many may be done at once. */
  portion(of: number): number {
    return Math.min(of, Math.max(1, Math.floor(this.#perSecond / TURNS_PER_SECOND)));
  }

  /** Waits until as many as were counted so far are due. */
  async turn(count: number, signal: AbortSignal): Promise<void> {
    const dueMs = this.#begun + (this.#done / this.#perSecond) * 1_000;
    if (dueMs > Date.now()) await pause(dueMs - Date.now(), signal);
    this.#done += count;
  }
}
