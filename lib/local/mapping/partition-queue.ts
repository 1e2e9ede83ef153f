import { MAXIMUM_PAYLOAD_BYTES, type PreparedRecord } from './batching.ts';
import type { PartitionProgress } from './mapping-log.ts';

/** Records kept ready besides the batch in flight, so that the next batch need not wait for a fetch. */
const READY_BATCHES = 2;
/** As JSON: more than one fetch of a partition gives (1 MiB, which base64 makes a third longer), so that the next begins at once. */
const READY_BYTES = 2_097_152;

/** One assigned partition: waiting records, records in flight, and the offset up to which everything is done. */
export class PartitionQueue {
  readonly partition: number;
  /** Where reading began; it need not be committed. */
  readonly startOffset: number;
  /** In offset order. */
  readonly waiting: PreparedRecord[] = [];
  /** When the first waiting record could have been sent; the batching window counts from then. */
  waitingSince = 0;
  /** What the group had committed when the partition was assigned, or what was committed since. */
  committedOffset: number | undefined;
  /** Where reading goes on. */
  fetchedOffset: number;
  /** Offset behind the last record of the partition, as of the last fetch. */
  endOffset: number;
  /** Fetched records are not ready to be added yet. */
  isPreparing = false;
  /** Records of the batch in flight that are not to be sent again. */
  readonly skipped = new Set<PreparedRecord>();
  /** Called with them; set by the batch in flight. */
  onSkip: (() => void) | undefined;
  #waitingBytes = 0;
  #inFlightBytes = 0;
  #inFlight: readonly PreparedRecord[] = [];

  /**
   * @param offsets - where reading began first, where it begins now, and what the group has committed
   */
  constructor(
    partition: number,
    offsets: { startOffset: number; offset: number; committed: number | undefined },
  ) {
    this.partition = partition;
    this.startOffset = offsets.startOffset;
    this.fetchedOffset = offsets.offset;
    this.endOffset = offsets.offset;
    this.committedOffset = offsets.committed;
  }

  /** Whether a batch of this partition is in flight: there is never more than one. */
  get isBusy(): boolean {
    return this.#inFlight.length > 0;
  }

  /** Everything before this offset is done: processed, filtered out or discarded. */
  get doneOffset(): number {
    return (this.#inFlight[0] ?? this.waiting[0])?.source.offset ?? this.fetchedOffset;
  }

  /** Of waiting records and those in flight, as JSON. */
  get bytes(): number {
    return this.#waitingBytes + this.#inFlightBytes;
  }

  /** Whether there is something to commit. */
  get isAhead(): boolean {
    return this.doneOffset !== (this.committedOffset ?? this.startOffset);
  }

  /** Records that are not done. */
  get lag(): number {
    return Math.max(0, this.endOffset - this.doneOffset);
  }

  get progress(): PartitionProgress {
    return {
      partition: this.partition,
      endOffset: this.endOffset,
      consumedOffset: this.fetchedOffset - 1,
      processedOffset: this.doneOffset - 1,
      committedOffset: this.committedOffset ?? null,
    };
  }

  /** Back-pressure: whether more records should be fetched. */
  wants(batchSize: number): boolean {
    if (this.isPreparing || this.#waitingBytes >= MAXIMUM_PAYLOAD_BYTES) return false;
    return this.waiting.length < READY_BATCHES * batchSize || this.#waitingBytes < READY_BYTES;
  }

  /**
   * Adds what a fetch gave.
   *
   * @param nextOffset - where reading goes on; records before it that are missing need no processing
   * @param now - epoch milliseconds
   */
  add(records: readonly PreparedRecord[], nextOffset: number, now: number): void {
    if (this.waiting.length === 0 && !this.isBusy) this.waitingSince = now;
    for (const record of records) {
      this.waiting.push(record);
      this.#waitingBytes += record.bytes;
    }
    this.fetchedOffset = nextOffset;
  }

  /** Puts the first records in flight. */
  take(count: number): PreparedRecord[] {
    const taken = this.waiting.splice(0, count);
    this.#fly(taken);
    this.#waitingBytes -= this.#inFlightBytes;
    return taken;
  }

  /**
   * Gives up the first record that is not done. One in flight is done when the current attempt is over.
   *
   * @returns the record; undefined when there is none
   */
  skip(): PreparedRecord | undefined {
    const inFlight = this.#inFlight.find((record) => !this.skipped.has(record));
    if (inFlight === undefined) {
      const waiting = this.waiting.shift();
      this.#waitingBytes -= waiting?.bytes ?? 0;
      return waiting;
    }
    this.skipped.add(inFlight);
    this.onSkip?.();
    return inFlight;
  }

  /**
   * Tells which records of the batch in flight are still to be done, in offset order; none means that the batch is over.
   *
   * @param now - epoch milliseconds
   */
  setRemaining(records: readonly PreparedRecord[], now: number): void {
    this.#fly(records);
    if (this.isBusy) return;
    this.waitingSince = now;
    this.skipped.clear();
    this.onSkip = undefined;
  }

  #fly(records: readonly PreparedRecord[]): void {
    this.#inFlight = records;
    this.#inFlightBytes = records.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
