/** The last entries of a list, at most as many as it was made for, and at most so many bytes. */
export class Ring<T> {
  readonly #capacity: number;
  readonly #maxBytes: number;
  readonly #bytesOf: (entry: T) => number;
  #entries: (T | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  /**
   * @param capacity - entries, 1 or more
   * @param maxBytes - of all entries together; one entry stays however large it is
   * @param bytesOf - an entry
   */
  constructor(
    capacity: number,
    maxBytes = Number.POSITIVE_INFINITY,
    bytesOf: (entry: T) => number = () => 0,
  ) {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    this.#bytesOf = bytesOf;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** Adds an entry; the oldest ones go when there are too many, or too many bytes. */
  push(entry: T): void {
    this.#entries.push(entry);
    this.#bytes += this.#bytesOf(entry);
    while (this.length > this.#capacity || (this.#bytes > this.#maxBytes && this.length > 1)) this.shift();
  }

  /** Takes the oldest entry out. */
  shift(): T | undefined {
    const entry = this.#entries[this.#first];
    if (entry === undefined) return undefined;
    this.#bytes -= this.#bytesOf(entry);
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
    this.#bytes = 0;
  }
}
