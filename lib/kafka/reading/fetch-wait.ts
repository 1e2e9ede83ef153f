const SHORTEST_MS = 5;
const LONGEST_MS = 200;

/**
 * How long a leader may wait for the first record of a fetch. A partition whose handler has enough is not in the fetch. If it
 * wants records meanwhile, it waits until the fetch ends. So that wait is short at first, and longer the longer nothing changes:
 * the partition is delayed by about as long as it was held up already.
 */
export class FetchWait {
  #ms = SHORTEST_MS;

  /** @param isForAll - whether the fetch is for all partitions of the leader */
  ms(isForAll: boolean): number {
    return isForAll ? LONGEST_MS : this.#ms;
  }

  /** @param hasChanged - whether the fetch brought records, or was for all partitions */
  answered(hasChanged: boolean): void {
    this.#ms = hasChanged ? SHORTEST_MS : Math.min(2 * this.#ms, LONGEST_MS);
  }
}
