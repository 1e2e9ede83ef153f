import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  batchSizeAt,
  hasValidCrc,
  MAGIC_V2,
  readBatchHeader,
} from '../wire/record-batch.ts';
import type { SegmentStorage } from './segment-storage.ts';

/** One index entry for so many bytes of log, as Kafka's index.interval.bytes (default 4096). */
const INDEX_INTERVAL_BYTES = 4096;
/** How much is read at once to look at headers: a window holds many small batches. */
const HEADER_WINDOW_BYTES = 8 * 1024;
/** The same when a whole file is scanned at start. */
const RECOVERY_WINDOW_BYTES = 1024 * 1024;

interface IndexEntry {
  readonly offset: number;
  readonly position: number;
  /** The latest time of the batches before this position. */
  readonly maxTimestampBefore: number;
}

/** A batch and where it lies in its segment. */
export interface PlacedBatch {
  readonly header: BatchHeader;
  readonly position: number;
}

/** A run of record batches in one file, and a sparse index that finds the batch of an offset. */
export class Segment {
  readonly baseOffset: number;
  readonly #storage: SegmentStorage;
  #index: IndexEntry[] = [];
  #indexedUpTo = Number.NEGATIVE_INFINITY;
  #nextOffset: number;
  #maxTimestamp = -1;
  #size = 0;

  /** @param baseOffset the first offset that may be in this segment */
  constructor(baseOffset: number, storage: SegmentStorage) {
    this.baseOffset = baseOffset;
    this.#nextOffset = baseOffset;
    this.#storage = storage;
  }

  /** The size of the batches in bytes. */
  get size(): number {
    return this.#size;
  }

  /** The offset after the last record. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The latest record time in epoch milliseconds, -1 without records. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  append(batch: Buffer, header: BatchHeader): void {
    this.#storage.append(batch);
    this.#account(header);
  }

  /**
   * Reads what the storage already holds, as after a restart, up to the first batch that is not whole.
   *
   * @param verify also check the CRC of each batch
   * @param onBatch called with each whole batch, in order
   * @returns the number of bytes after the last whole batch
   */
  recover(verify: boolean, onBatch: (header: BatchHeader) => void): number {
    for (const { header, position } of this.#batches(0, RECOVERY_WINDOW_BYTES, this.#storage.size)) {
      const whole = header.magic === MAGIC_V2 && position + header.size <= this.#storage.size;
      if (!whole || header.baseOffset < this.#nextOffset) break;
      if (verify && !hasValidCrc(this.#storage.read(position, header.size))) break;
      this.#account(header);
      onBatch(header);
    }
    return this.#storage.size - this.#size;
  }

  /** Cuts off what recover() found behind the last whole batch. */
  dropTail(): void {
    this.#storage.truncate(this.#size);
  }

  /**
   * Whole batches from the one that holds `offset` (or the next one) on.
   *
   * @param maxBytes stops before the batch that would exceed it
   * @param atLeastOne returns the first batch even if it alone exceeds maxBytes (KIP-74)
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): Buffer {
    const first = this.#find(offset);
    if (!first || (first.header.size > maxBytes && !atLeastOne)) return Buffer.alloc(0);
    const wanted = Math.min(Math.max(maxBytes, first.header.size), this.#size - first.position);
    const bytes = this.#storage.read(first.position, wanted);
    let end = 0;
    for (let size = batchSizeAt(bytes, 0); size !== undefined && end + size <= bytes.length; ) {
      end += size;
      size = batchSizeAt(bytes, end);
    }
    return bytes.subarray(0, end);
  }

  /** The bytes of one batch. */
  batch(placed: PlacedBatch): Buffer {
    return this.#storage.read(placed.position, placed.header.size);
  }

  /** The batches whose latest record is of that time (epoch milliseconds) or later, in order. */
  *batchesFrom(timestamp: number): Generator<PlacedBatch> {
    if (this.#maxTimestamp < timestamp) return;
    const start = this.#index.findLast((entry) => entry.maxTimestampBefore < timestamp)?.position ?? 0;
    for (const placed of this.#batches(start)) if (placed.header.maxTimestamp >= timestamp) yield placed;
  }

  seal(): void {
    this.#storage.seal();
  }

  remove(): void {
    this.#storage.remove();
  }

  #find(offset: number): PlacedBatch | undefined {
    let low = 0;
    let high = this.#index.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#index[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const start = this.#index[low - 1]?.position ?? 0;
    for (const placed of this.#batches(start)) {
      if (placed.header.baseOffset + placed.header.lastOffsetDelta >= offset) return placed;
    }
    return undefined;
  }

  *#batches(start: number, window = HEADER_WINDOW_BYTES, end = this.#size): Generator<PlacedBatch> {
    let bytes: Buffer = Buffer.alloc(0);
    let bytesAt = start;
    for (let position = start; position < end; ) {
      if (position + BATCH_HEADER_BYTES > bytesAt + bytes.length) {
        bytes = this.#storage.read(position, Math.min(window, end - position));
        bytesAt = position;
      }
      const header = readBatchHeader(bytes, position - bytesAt);
      if (!header) return;
      yield { header, position };
      position += header.size;
    }
  }

  #account(header: BatchHeader): void {
    if (this.#size - this.#indexedUpTo >= INDEX_INTERVAL_BYTES) {
      this.#index.push({
        offset: header.baseOffset,
        position: this.#size,
        maxTimestampBefore: this.#maxTimestamp,
      });
      this.#indexedUpTo = this.#size;
    }
    this.#size += header.size;
    this.#nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, header.maxTimestamp);
  }
}
