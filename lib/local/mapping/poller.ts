import { type BatchLimits, cutBatch, type PreparedRecord } from './batching.ts';
import { INVOCATIONS_PER_POLLER } from './choices.ts';
import { type Clock, systemClock } from './clock.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** A batch that goes out: what it takes of each partition. */
export type Batch = ReadonlyMap<PartitionQueue, readonly PreparedRecord[]>;

export interface PollerOptions {
  readonly partitions: readonly PartitionQueue[];
  readonly limits: BatchLimits;
  /** Milliseconds; 0 sends records as they arrive. */
  readonly batchingWindowMs: number;
  /** Sends a batch; resolves when it is over. */
  readonly run: (batch: Batch) => Promise<void>;
  /** Default: the time of the machine. */
  readonly clock?: Clock;
}

/**
 * An event poller: gathers records of its partitions into batches and keeps several of them in flight, but never two of
 * one partition. A batch goes out when it is full or when its oldest record has waited for the batching window.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html Lambda Developer Guide, "How Lambda processes records from stream and queue-based event sources"}: for Kafka, a batching window begins as soon as the first record arrives
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #clock: Clock;
  #inFlight = 0;
  #closed = false;
  #callOffWindow: (() => void) | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Sends what can be sent now. Call it when records arrived or a partition is free again. */
  poll(): void {
    this.#callOffWindow?.();
    while (!this.#closed && this.#inFlight < INVOCATIONS_PER_POLLER) {
      const ready = this.#ready();
      const oldest = ready[0];
      if (oldest === undefined) return;

      const { counts, full } = cutBatch(
        ready.map(({ waiting }) => waiting),
        this.#options.limits,
      );
      const remainingMs = oldest.waitingSince + this.#options.batchingWindowMs - this.#clock.now();
      if (!full && remainingMs > 0) {
        this.#callOffWindow = this.#clock.after(remainingMs, () => this.poll());
        return;
      }
      void this.#send(new Map(ready.flatMap((queue, index) => takeFrom(queue, counts[index] ?? 0))));
    }
  }

  /** Sends no further batches; those in flight go on. */
  close(): void {
    this.#closed = true;
    this.#callOffWindow?.();
  }

  /** Partitions with records to send, the one that waits longest first. */
  #ready(): PartitionQueue[] {
    return this.#options.partitions
      .filter((queue) => !queue.isBusy && queue.waiting.length > 0)
      .toSorted((a, b) => a.waitingSince - b.waitingSince);
  }

  async #send(batch: Batch): Promise<void> {
    this.#inFlight++;
    try {
      await this.#options.run(batch);
    } finally {
      this.#inFlight--;
      this.poll();
    }
  }
}

function takeFrom(queue: PartitionQueue, count: number): [PartitionQueue, readonly PreparedRecord[]][] {
  return count === 0 ? [] : [[queue, queue.take(count)]];
}
