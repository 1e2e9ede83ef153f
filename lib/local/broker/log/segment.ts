import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  batchSizeAt,
  hasValidCrc,
  MAGIC_AT,
  MAGIC_V2,
  readBatchHeader,
} from '../../../kafka/wire/record-batch.ts';
import type { SegmentStorage } from './segment-storage.ts';

/** One index entry per this many bytes of log, as Kafka's index.interval.bytes (default 4096). */
const INDEX_INTERVAL_BYTES = 4096;
/** How much is read at once to look at headers: a window holds many small batches. */
const HEADER_WINDOW_BYTES = 8 * 1024;
/** The same when a file is scanned: at start, or for the end of a damaged stretch. */
const SCAN_WINDOW_BYTES = 1024 * 1024;

interface IndexEntry {
  readonly offset: number;
  readonly position: number;
  /** The latest time of the batches before this position. */
  readonly maxTimestampBefore: number;
}

/** A batch and its position in its segment. */
export interface PlacedBatch {
  readonly header: BatchHeader;
  readonly position: number;
}

/** Bytes of a segment that are not a valid record batch. */
export interface Damage {
  readonly position: number;
  /** Where the next valid batch starts, or the end of the segment. */
  readonly end: number;
}

/**
 * A run of record batches in one file, and a sparse index that finds the batch of an offset. Bytes that are no valid
 * batch are never returned: they are reported and skipped, so that the batches after them stay readable.
 */
export class Segment {
  readonly baseOffset: number;
  readonly #storage: SegmentStorage;
  readonly #onDamage: (damage: Damage) => void;
  /** The ends of damaged stretches, by their starts. */
  readonly #damaged = new Map<number, number>();
  #index: IndexEntry[] = [];
  #indexedUpTo = Number.NEGATIVE_INFINITY;
  #nextOffset: number;
  #firstTimestamp = -1;
  #maxTimestamp = -1;
  #size = 0;

  /**
   * @param baseOffset the first offset that may be in this segment
   * @param onDamage called once for each damaged stretch
   */
  constructor(baseOffset: number, storage: SegmentStorage, onDamage: (damage: Damage) => void) {
    this.baseOffset = baseOffset;
    this.#nextOffset = baseOffset;
    this.#storage = storage;
    this.#onDamage = onDamage;
  }

  /** The size up to the end of the last batch, in bytes. */
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

  /** The latest time in the first batch, in epoch milliseconds: segments are as old as that. */
  get firstTimestamp(): number {
    return this.#firstTimestamp;
  }

  append(batch: Buffer, header: BatchHeader): void {
    this.#storage.append(batch);
    this.#account(header, this.#size);
  }

  /**
   * Reads and checks what the storage already holds, as after a restart.
   *
   * @param onBatch called with each valid batch, in order
   * @returns the bytes after the last valid batch
   */
  recover(onBatch: (header: BatchHeader) => void): Buffer {
    const end = this.#storage.size;
    const window = new Window(this.#storage, SCAN_WINDOW_BYTES);
    for (let position = 0; position < end; ) {
      const header = this.#recoverable(window, position, end);
      if (header) {
        this.#account(header, position);
        onBatch(header);
        position += header.size;
        continue;
      }
      const next = this.#nextValid(position, end, this.#nextOffset);
      if (next === end) break;
      this.#condemn({ position, end: next });
      position = next;
    }
    return this.#storage.read(this.#size, end - this.#size);
  }

  /** Cuts off what recover() found behind the last valid batch. */
  dropTail(): void {
    this.#storage.truncate(this.#size);
  }

  /**
   * Whole batches from the one that holds `offset` (or the next one) on.
   *
   * @param maxBytes stops before the batch that would exceed it
   * @param atLeastOne returns the first batch even if it alone exceeds maxBytes (KIP-74)
   * @returns undefined when there is no valid batch from that offset on
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): Buffer | undefined {
    for (let first = this.#find(offset); first; first = this.#find(offset)) {
      const { position, header } = first;
      if (header.size > maxBytes && !atLeastOne) return Buffer.alloc(0);
      const bytes = this.#storage.read(
        position,
        Math.min(Math.max(maxBytes, header.size), this.#size - position),
      );
      const end = this.#validUpTo(bytes, position);
      if (end > 0) return bytes.subarray(0, end);
    }
    return undefined;
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

  /** How many of these bytes, which lie at `position`, are whole batches with a valid CRC. */
  #validUpTo(bytes: Buffer, position: number): number {
    let end = 0;
    while ((end === 0 || end < bytes.length) && !this.#damaged.has(position + end)) {
      const size = batchSizeAt(bytes, end) ?? Number.POSITIVE_INFINITY;
      // Cut off by the limit of this read, or by a length that is damaged: the next read, from here on, tells.
      if (end > 0 && end + size > bytes.length && position + bytes.length < this.#size) break;
      const batch = bytes.subarray(end, end + size);
      const header = readBatchHeader(batch);
      if (!header || !this.#isPlausible(header, 0, batch.length, this.baseOffset) || !hasValidCrc(batch)) {
        this.#condemn({
          position: position + end,
          end: this.#nextValid(position + end, this.#size, this.baseOffset),
        });
        break;
      }
      end += size;
    }
    return end;
  }

  *#batches(start: number): Generator<PlacedBatch> {
    const window = new Window(this.#storage, HEADER_WINDOW_BYTES);
    for (let position = start; position < this.#size; ) {
      const damagedUpTo = this.#damaged.get(position);
      if (damagedUpTo !== undefined) {
        position = damagedUpTo;
        continue;
      }
      const header = readBatchHeader(window.bytes(position, BATCH_HEADER_BYTES));
      if (header && this.#isPlausible(header, position, this.#size, this.baseOffset)) {
        yield { header, position };
        position += header.size;
      } else {
        this.#condemn({ position, end: this.#nextValid(position, this.#size, this.baseOffset) });
      }
    }
  }

  #isPlausible(header: BatchHeader, position: number, end: number, minOffset: number): boolean {
    return (
      header.magic === MAGIC_V2 &&
      position + header.size <= end &&
      header.baseOffset >= minOffset &&
      header.lastOffsetDelta >= 0 &&
      Number.isSafeInteger(header.baseOffset + header.lastOffsetDelta)
    );
  }

  #valid(window: Window, position: number, end: number, minOffset: number): BatchHeader | undefined {
    const header = readBatchHeader(window.bytes(position, BATCH_HEADER_BYTES));
    if (!header || !this.#isPlausible(header, position, end, minOffset)) return undefined;
    return hasValidCrc(window.bytes(position, header.size)) ? header : undefined;
  }

  /** A valid batch. The CRC does not cover the base offset: one that leaps is believed when the next batch is behind it. */
  #recoverable(window: Window, position: number, end: number): BatchHeader | undefined {
    const header = this.#valid(window, position, end, this.#nextOffset);
    if (!header || header.baseOffset === this.#nextOffset) return header;
    const next = this.#valid(window, position + header.size, end, this.#nextOffset);
    return next && next.baseOffset <= header.baseOffset ? undefined : header;
  }

  /** Where the next valid batch after the damaged one at `position` starts, or `end`. */
  #nextValid(position: number, end: number, minOffset: number): number {
    const window = new Window(this.#storage, SCAN_WINDOW_BYTES);
    // Most damage leaves the length intact.
    const size = batchSizeAt(window.bytes(position, BATCH_HEADER_BYTES), 0) ?? 0;
    const claimed = position + size;
    if (size > 0 && claimed <= end && (claimed === end || this.#valid(window, claimed, end, minOffset))) {
      return claimed;
    }
    for (let at = position + 1; at + BATCH_HEADER_BYTES <= end; ) {
      const bytes = this.#storage.read(at, SCAN_WINDOW_BYTES);
      const last = bytes.length - BATCH_HEADER_BYTES;
      if (last < 0) break;
      for (let index = 0; index <= last; index++) {
        if (bytes[index + MAGIC_AT] === MAGIC_V2 && this.#valid(window, at + index, end, minOffset)) {
          return at + index;
        }
      }
      at += last + 1;
    }
    return end;
  }

  #condemn(damage: Damage): void {
    this.#damaged.set(damage.position, damage.end);
    this.#onDamage(damage);
  }

  #account(header: BatchHeader, position: number): void {
    if (this.#size === 0) this.#firstTimestamp = header.maxTimestamp;
    if (position - this.#indexedUpTo >= INDEX_INTERVAL_BYTES) {
      this.#index.push({
        offset: header.baseOffset,
        position,
        maxTimestampBefore: this.#maxTimestamp,
      });
      this.#indexedUpTo = position;
    }
    this.#size = position + header.size;
    this.#nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, header.maxTimestamp);
  }
}

/** Reads a storage piece by piece with few reads. */
class Window {
  readonly #storage: SegmentStorage;
  readonly #size: number;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(storage: SegmentStorage, size: number) {
    this.#storage = storage;
    this.#size = size;
  }

  /** The bytes from `position` on; fewer than `length` only at the end of the storage. */
  bytes(position: number, length: number): Buffer {
    if (position < this.#at || position + length > this.#at + this.#bytes.length) {
      this.#bytes = this.#storage.read(position, Math.max(length, this.#size));
      this.#at = position;
    }
    return this.#bytes.subarray(position - this.#at, position - this.#at + length);
  }
}
