/** How much one run may do. The next run of the same command continues with the rest. */
export interface Bounds {
  /** Records. */
  readonly limit?: number | undefined;
  /** Milliseconds since epoch. */
  readonly deadline?: number | undefined;
  /** Size of the output in bytes, where the answer has a limit. */
  readonly bytes?: number | undefined;
}

/** Counts what a run does, over all of its topics. */
export class Budget {
  readonly #bounds: Bounds;
  #records = 0;
  #bytes = 0;

  constructor(bounds: Bounds = {}) {
    this.#bounds = bounds;
  }

  /** @param bytes - of the output about the record */
  countRecord(bytes: number): void {
    this.#records++;
    this.#bytes += bytes;
  }

  /** A signal that is aborted by another one, or when the time is over. */
  endingWith(signal: AbortSignal): AbortSignal {
    const { deadline } = this.#bounds;
    if (deadline === undefined || deadline === Number.POSITIVE_INFINITY) return signal;
    return AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, deadline - Date.now()))]);
  }

  /** Why the budget is used up; undefined while it is not. */
  get spent(): string | undefined {
    const { limit, deadline, bytes } = this.#bounds;
    if (limit !== undefined && this.#records >= limit) return `--limit ${limit} is reached`;
    if (deadline !== undefined && Date.now() >= deadline) return 'the time is up';
    if (bytes !== undefined && this.#bytes >= bytes) return 'the answer has reached its size limit';
    return undefined;
  }
}
