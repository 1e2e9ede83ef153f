/** The last entries of a list, at most as many as it was made for. */
export class Ring<T> {
  readonly #capacity: number;
  #entries: (T | undefined)[] = [];
  #first = 0;

  /** @param capacity - 1 or more */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** Adds an entry; the oldest one goes when there are too many. */
  push(entry: T): void {
    this.#entries.push(entry);
    if (this.length > this.#capacity) this.shift();
  }

  /** Takes the oldest entry out. */
  shift(): T | undefined {
    const entry = this.#entries[this.#first];
    if (this.length === 0) return undefined;
    // What went must not stay in memory: an entry may hold a batch of a megabyte.
    this.#entries[this.#first] = undefined;
    this.#first++;
    // Moving everything at each step would take long; never doing it would let the list grow.
    if (this.#first > this.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }

  get oldest(): T | undefined {
    return this.#entries[this.#first];
  }

  /** The newest entries, oldest first. */
  last(count: number): T[] {
    const newest = this.#entries.slice(Math.max(this.#first, this.#entries.length - count));
    return newest.filter((entry) => entry !== undefined);
  }

  /** From the newest to the oldest. */
  *newestFirst(): Generator<T, void> {
    for (let index = this.#entries.length - 1; index >= this.#first; index--) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }
}
