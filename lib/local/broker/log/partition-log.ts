import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorName } from '../../../kafka/error-codes.ts';
import { type BatchHeader, placeBatch, readBatchHeader } from '../../../kafka/wire/record-batch.ts';
import { visitRecords } from '../../../kafka/wire/records.ts';
import type { Log } from '../../../log.ts';
import { replaceFile } from '../../../replace-file.ts';
import { compact } from './compaction.ts';
import { keepCopy } from './keep-copy.ts';
import type { LogSettings } from './log-settings.ts';
import { ProducerStates } from './producer-states.ts';
import { type Damage, type PlacedBatch, Segment } from './segment.ts';
import { FileStorage, MemoryStorage } from './segment-storage.ts';

const SEGMENT_FILE = /^(\d{20})\.log$/;
const LOG_START_FILE = 'log-start-offset';
/** Of a file that holds something else than it should. */
const MAX_QUOTED = 40;

export interface PartitionLogOptions {
  /** Absent: in memory. */
  readonly directory?: string | undefined;
  /** The current configuration of the topic. */
  readonly settings: () => LogSettings;
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
 * segments. The oldest are dropped when they exceed the retention of the topic, and compacted if the topic says so.
 */
export class PartitionLog {
  readonly #options: PartitionLogOptions;
  readonly #producers = new ProducerStates();
  readonly #appendListeners = new Set<() => void>();
  #segments: Segment[] = [];
  #logStartOffset = 0;
  #compactedUpTo = 0;
  #oldestTombstone = Number.POSITIVE_INFINITY;

  /**
   * Opens the log, with everything valid that the directory already holds. What is not a record batch is reported; at the
   * end of the log it is cut off, after a copy is made.
   */
  constructor(options: PartitionLogOptions) {
    this.#options = options;
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
    if (this.#isFull(batch.length, header.maxTimestamp)) this.#rollOn();
    const baseOffset = this.nextOffset;
    placeBatch(batch, baseOffset, leaderEpoch);
    this.#active.append(batch, { ...header, baseOffset });
    this.#producers.record(header, baseOffset);
    this.#retainSize();
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
    for (const segment of this.#segments) {
      const bytes = segment.nextOffset > offset && segment.read(offset, maxBytes, atLeastOne);
      if (bytes) return bytes;
    }
    return Buffer.alloc(0);
  }

  /** The first record of that time (epoch milliseconds) or later. */
  offsetFrom(timestamp: number): FoundOffset | undefined {
    for (const segment of this.#segments) {
      for (const placed of segment.batchesFrom(timestamp)) {
        let found: FoundOffset | undefined;
        this.#visit(segment, placed, (record) => {
          if (record.timestamp < timestamp) return false;
          found = record;
          return true;
        });
        if (found) return found;
      }
    }
    return undefined;
  }

  /** The first of the records with the latest time. */
  offsetOfMaxTimestamp(): FoundOffset | undefined {
    const latest = Math.max(...this.#segments.map((segment) => this.#latestTime(segment)));
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

  /**
   * Removes the segments that exceed the retention of the topic, by time or by size.
   *
   * @param now in epoch milliseconds
   */
  retain(now: number): void {
    const { deletes, retentionMs } = this.#options.settings();
    const isOld = ({ maxTimestamp }: Segment) => maxTimestamp >= 0 && now - maxTimestamp > retentionMs;
    while (deletes && isOld(this.#segments[0] ?? this.#active)) {
      if (this.#segments.length === 1) this.#startEmpty();
      this.#removeOldest();
    }
    this.#retainSize();
  }

  /**
   * Keeps the last record of each key, if the topic is compacted. The active segment does not change.
   *
   * @param now in epoch milliseconds
   */
  compact(now: number): void {
    const { compacts, minCompactionLagMs, deleteRetentionMs } = this.#options.settings();
    if (!compacts) return;
    const tooYoung = this.#segments.findIndex(
      (segment) => segment === this.#active || now - segment.maxTimestamp < minCompactionLagMs,
    );
    const segments = this.#segments.slice(0, tooYoung);
    const end = segments.at(-1)?.nextOffset ?? 0;
    const tombstonesFrom = now - deleteRetentionMs;
    if (end <= this.#compactedUpTo && tombstonesFrom < this.#oldestTombstone) return;
    const compaction = compact(segments, tombstonesFrom);
    for (const { segment, batches } of compaction.segments) if (batches) this.#replace(segment, batches);
    this.#compactedUpTo = end;
    this.#oldestTombstone = compaction.oldestTombstone;
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

  #isFull(bytes: number, timestamp: number): boolean {
    const { segmentBytes, segmentMs } = this.#options.settings();
    const { size, firstTimestamp } = this.#active;
    return size > 0 && (size + bytes > segmentBytes || timestamp - firstTimestamp > segmentMs);
  }

  #rollOn(): void {
    this.#active.seal();
    this.#roll(this.nextOffset);
  }

  /** Begins a segment whose file is there without a record in it, because its name says at which offset the log continues. */
  #startEmpty(): void {
    const path = this.#path(this.nextOffset);
    if (path !== undefined) replaceFile(path, '');
    this.#rollOn();
  }

  #roll(baseOffset: number): Segment {
    const segment = this.#segment(baseOffset, this.#path(baseOffset));
    this.#segments.push(segment);
    return segment;
  }

  #path(baseOffset: number): string | undefined {
    const { directory } = this.#options;
    return directory && join(directory, `${String(baseOffset).padStart(20, '0')}.log`);
  }

  /** Puts other batches in the place of a sealed segment, which goes when there are none, unless it is the first. */
  #replace(segment: Segment, batches: readonly Buffer[]): void {
    const at = this.#segments.indexOf(segment);
    // The first one stays even empty, because its name says where the log starts.
    if (batches.length === 0 && at > 0) {
      this.#segments.splice(at, 1);
      segment.remove();
      return;
    }
    const path = this.#path(segment.baseOffset);
    if (path !== undefined) replaceFile(path, Buffer.concat(batches));
    const replacement = this.#segment(segment.baseOffset, path);
    if (path !== undefined) replacement.recover(() => {});
    else {
      for (const batch of batches) {
        const header = readBatchHeader(batch);
        if (header) replacement.append(batch, header);
      }
    }
    replacement.seal();
    this.#segments[at] = replacement;
  }

  #retainSize(): void {
    const { deletes, retentionBytes } = this.#options.settings();
    let size = this.size;
    while (deletes && size > retentionBytes && this.#segments.length > 1) size -= this.#removeOldest();
  }

  /** @returns the size of what was removed, in bytes */
  #removeOldest(): number {
    const oldest = this.#segments.shift();
    const size = oldest?.size ?? 0;
    oldest?.remove();
    this.#logStartOffset = Math.max(this.#logStartOffset, this.#segments[0]?.baseOffset ?? 0);
    this.#producers.forgetBefore(this.#logStartOffset);
    return size;
  }

  /** The latest time of the records that are not deleted. */
  #latestTime(segment: Segment): number {
    if (segment.baseOffset >= this.#logStartOffset) return segment.maxTimestamp;
    let latest = -1;
    for (const placed of segment.batchesFrom(0)) {
      const { baseOffset, lastOffsetDelta, maxTimestamp } = placed.header;
      if (baseOffset >= this.#logStartOffset) latest = Math.max(latest, maxTimestamp);
      else if (baseOffset + lastOffsetDelta >= this.#logStartOffset) {
        this.#visit(segment, placed, ({ timestamp }) => {
          latest = Math.max(latest, timestamp);
          return false;
        });
      }
    }
    return latest;
  }

  /** Visits the records of a batch that are not deleted, in order, until `visit` returns true. */
  #visit(segment: Segment, placed: PlacedBatch, visit: (record: FoundOffset) => boolean): void {
    const { baseOffset, lastOffsetDelta, maxTimestamp } = placed.header;
    const start = this.#logStartOffset;
    if (baseOffset + lastOffsetDelta < start) return;
    try {
      visitRecords(segment.batch(placed), placed.header, (offsetDelta, timestamp) => {
        const offset = baseOffset + offsetDelta;
        return offset >= start && visit({ offset, timestamp });
      });
    } catch {
      // E.g. zstd where Node.js has none: the start of the batch, so that no record is passed over.
      visit({ offset: Math.max(baseOffset, start), timestamp: maxTimestamp });
    }
  }

  #recover(directory: string): void {
    mkdirSync(directory, { recursive: true });
    const files = readdirSync(directory).filter((name) => SEGMENT_FILE.test(name));
    files.sort();
    for (const name of files) {
      const path = join(directory, name);
      const active = name === files.at(-1);
      const segment = this.#segment(Number.parseInt(name, 10), path);
      const tail = segment.recover((header) => this.#producers.record(header, header.baseOffset));
      if (tail.length > 0 && active) this.#cutOff(segment, path, tail);
      else if (tail.length > 0) {
        this.#reportDamage(path, { position: segment.size, end: segment.size + tail.length });
      }
      if (!active) segment.seal();
      this.#segments.push(segment);
    }
    this.#logStartOffset = this.#recoverLogStart(directory);
  }

  #segment(baseOffset: number, path?: string): Segment {
    if (path === undefined) return new Segment(baseOffset, new MemoryStorage(), () => {});
    return new Segment(baseOffset, new FileStorage(path), (damage) => this.#reportDamage(path, damage));
  }

  #reportDamage(path: string, { position, end }: Damage): void {
    this.#options.log.error(
      `${path} is damaged: bytes ${position} to ${end - 1} are not a valid record batch. Consumers skip them`,
      { path, position, end },
    );
  }

  #cutOff(segment: Segment, path: string, tail: Buffer): void {
    const copy = keepCopy(`${path}.damaged-${segment.nextOffset}`, tail);
    segment.dropTail();
    this.#options.log.warn(
      `${path} ends in ${tail.length} bytes that are not a valid record batch: they were cut off and saved as ${copy}`,
      { path, bytes: tail.length, nextOffset: segment.nextOffset, copy },
    );
  }

  /** The stored log start, if it is within the log. */
  #recoverLogStart(directory: string): number {
    const path = join(directory, LOG_START_FILE);
    const first = this.#segments[0]?.baseOffset ?? 0;
    if (!existsSync(path)) return first;
    const text = readFileSync(path, 'utf8').trim();
    const stored = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    const end = this.#segments.at(-1)?.nextOffset ?? 0;
    if (stored <= end) return stored;
    this.#options.log.warn(
      `${path} says that the log starts at offset ${text.slice(0, MAX_QUOTED)}, but it ends at ${end}: the start was set to ${first}`,
      { path, logStartOffset: first, nextOffset: end },
    );
    replaceFile(path, `${first}\n`);
    return first;
  }
}
