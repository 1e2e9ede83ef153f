import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../log.ts';
import type { ErrorName } from '../wire/error-codes.ts';
import { type BatchHeader, placeBatch, recordTimes } from '../wire/record-batch.ts';
import { ProducerStates } from './producer-states.ts';
import { replaceFile } from './replace-file.ts';
import { type PlacedBatch, Segment } from './segment.ts';
import { FileStorage, MemoryStorage } from './segment-storage.ts';

/** Retention works in whole segments, so one segment is a fraction of what may be kept. */
const SEGMENTS_PER_RETENTION = 8;
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
const SEGMENT_FILE = /^(\d{20})\.log$/;
const LOG_START_FILE = 'log-start-offset';

export interface PartitionLogOptions {
  /** Absent: in memory. */
  readonly directory?: string | undefined;
  readonly retentionBytes: number;
  readonly log: Log;
}

/** Where a record is and when it was made (epoch milliseconds). */
export interface FoundOffset {
  readonly offset: number;
  readonly timestamp: number;
}

export type AppendResult =
  | { readonly kind: 'appended' | 'duplicate'; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly error: ErrorName };

/**
 * The records of one partition: an append-only run of record batches, kept as the opaque bytes the producer sent, in
 * segments of which the oldest are dropped when the partition exceeds its retention.
 */
export class PartitionLog {
  readonly #options: PartitionLogOptions;
  readonly #segmentBytes: number;
  readonly #producers = new ProducerStates();
  readonly #appendListeners = new Set<() => void>();
  #segments: Segment[] = [];
  #logStartOffset = 0;

  /** Opens the log, with everything the directory already holds; a torn last write is cut off. */
  constructor(options: PartitionLogOptions) {
    this.#options = options;
    this.#segmentBytes = Math.min(
      MAX_SEGMENT_BYTES,
      Math.ceil(options.retentionBytes / SEGMENTS_PER_RETENTION),
    );
    if (options.directory !== undefined) this.#recover(options.directory);
    if (this.#segments.length === 0) this.#roll(this.#logStartOffset);
    this.#logStartOffset = Math.max(this.#logStartOffset, this.#segments[0]?.baseOffset ?? 0);
  }

  /** The first offset that can be read. */
  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset that the next record gets; with a single replica also the high watermark. */
  get nextOffset(): number {
    return this.#active.nextOffset;
  }

  /** All batches together, in bytes. */
  get size(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /**
   * Appends a checked batch. Base offset and leader epoch are written into `batch` itself.
   *
   * @throws what the file system throws; then nothing was appended
   */
  append(batch: Buffer, header: BatchHeader, leaderEpoch: number): AppendResult {
    const verdict = this.#producers.check(header);
    if (verdict.kind !== 'append') return verdict;
    if (this.#active.size > 0 && this.#active.size + batch.length > this.#segmentBytes) {
      this.#active.seal();
      this.#roll(this.nextOffset);
    }
    const baseOffset = this.nextOffset;
    placeBatch(batch, baseOffset, leaderEpoch);
    this.#active.append(batch, { ...header, baseOffset });
    this.#producers.record(header, baseOffset);
    this.#retain();
    for (const listener of this.#appendListeners) listener();
    return { kind: 'appended', baseOffset };
  }

  /**
   * Whole batches from the one that holds `offset` on, of one segment.
   *
   * @param atLeastOne returns the first batch even when it alone exceeds maxBytes
   * @returns undefined when the offset is outside the log
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): Buffer | undefined {
    if (offset < this.#logStartOffset || offset > this.nextOffset) return undefined;
    if (offset === this.nextOffset) return Buffer.alloc(0);
    const segment = this.#segments.find((candidate) => candidate.nextOffset > offset);
    return segment?.read(offset, maxBytes, atLeastOne) ?? Buffer.alloc(0);
  }

  /** The first record of that time (epoch milliseconds) or later. In a compressed batch: the batch's first record. */
  offsetFrom(timestamp: number): FoundOffset | undefined {
    for (const segment of this.#segments) {
      for (const placed of segment.batchesFrom(timestamp)) {
        const found = recordsOf(segment, placed).find(
          (record) => record.timestamp >= timestamp && record.offset >= this.#logStartOffset,
        );
        if (found) return found;
      }
    }
    return undefined;
  }

  /** The record with the latest time. In a compressed batch: the batch's first record. */
  offsetOfMaxTimestamp(): FoundOffset | undefined {
    const latest = Math.max(...this.#segments.map((segment) => segment.maxTimestamp));
    return latest < 0 ? undefined : this.offsetFrom(latest);
  }

  /** Makes all records before `offset` unreadable and frees the segments that are not needed any more. */
  deleteRecordsBefore(offset: number): void {
    this.#logStartOffset = Math.max(this.#logStartOffset, offset);
    while (this.#segments.length > 1 && (this.#segments[0]?.nextOffset ?? 0) <= this.#logStartOffset) {
      this.#segments.shift()?.remove();
    }
    if (this.#options.directory !== undefined) {
      replaceFile(join(this.#options.directory, LOG_START_FILE), `${this.#logStartOffset}\n`);
    }
  }

  /** Calls `listener` after every append, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#appendListeners.add(listener);
    return () => this.#appendListeners.delete(listener);
  }

  close(): void {
    for (const segment of this.#segments) segment.seal();
  }

  remove(): void {
    for (const segment of this.#segments) segment.remove();
    if (this.#options.directory !== undefined)
      rmSync(this.#options.directory, { recursive: true, force: true });
    for (const listener of this.#appendListeners) listener();
  }

  get #active(): Segment {
    return this.#segments.at(-1) ?? this.#roll(this.#logStartOffset);
  }

  #roll(baseOffset: number): Segment {
    const { directory } = this.#options;
    const storage =
      directory === undefined
        ? new MemoryStorage()
        : new FileStorage(join(directory, `${String(baseOffset).padStart(20, '0')}.log`));
    const segment = new Segment(baseOffset, storage);
    this.#segments.push(segment);
    return segment;
  }

  #retain(): void {
    let size = this.size;
    while (size > this.#options.retentionBytes && this.#segments.length > 1) {
      const oldest = this.#segments.shift();
      size -= oldest?.size ?? 0;
      oldest?.remove();
      this.#logStartOffset = Math.max(this.#logStartOffset, this.#segments[0]?.baseOffset ?? 0);
      this.#producers.forgetBefore(this.#logStartOffset);
    }
  }

  #recover(directory: string): void {
    mkdirSync(directory, { recursive: true });
    const files = readdirSync(directory).filter((name) => SEGMENT_FILE.test(name));
    files.sort();
    for (const name of files) {
      const path = join(directory, name);
      const active = name === files.at(-1);
      const segment = new Segment(Number.parseInt(name, 10), new FileStorage(path));
      const tail = segment.recover(active, (header) => this.#producers.record(header, header.baseOffset));
      if (tail > 0) {
        this.#options.log.warn(`${path} ends in ${tail} bytes that are no whole record batch: cut off`, {
          path,
          bytes: tail,
          nextOffset: segment.nextOffset,
        });
        segment.dropTail();
      }
      if (!active) segment.seal();
      this.#segments.push(segment);
    }
    this.#logStartOffset = Math.min(readLogStart(directory), this.#segments.at(-1)?.nextOffset ?? 0);
  }
}

function recordsOf(segment: Segment, placed: PlacedBatch): FoundOffset[] {
  const { header } = placed;
  const records = header.compressed ? undefined : recordTimes(segment.batch(placed), header);
  if (!records) return [{ offset: header.baseOffset, timestamp: header.maxTimestamp }];
  return records.map(({ offsetDelta, timestamp }) => ({
    offset: header.baseOffset + offsetDelta,
    timestamp,
  }));
}

function readLogStart(directory: string): number {
  try {
    const offset = Number.parseInt(readFileSync(join(directory, LOG_START_FILE), 'utf8'), 10);
    return Number.isSafeInteger(offset) ? offset : 0;
  } catch {
    return 0;
  }
}
