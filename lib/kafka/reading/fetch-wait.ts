const SHORTEST_MS = 5;
const LONGEST_MS = 200;

/**
 * How long a leader may wait for the first record of a fetch. A partition that is not in the fetch, because its handler has
 * enough, waits until the fetch is over, although it has records and the others have none. So its leader waits briefly, and longer
 * the longer nothing changes: the partition is delayed by no more than it was held up already.
 */
export class FetchWait {
  #ms = SHORTEST_MS;

  /** @param isForAll - whether the fetch is for all partitions of the leader */
  ms(isForAll: boolean): number {
    return isForAll ? LONGEST_MS : this.#ms;
  }

  /** @param hasRecords - whether the fetch brought any */
  answered(hasRecords: boolean): void {
    this.#ms = hasRecords ? SHORTEST_MS : Math.min(2 * this.#ms, LONGEST_MS);
  }
}
