import { decompress } from '../reading/decompression.ts';
import { MAX_UNPACKED_BATCH_BYTES } from './limits.ts';
import { BATCH_HEADER_BYTES, type BatchHeader } from './record-batch.ts';

const MAX_VARINT_BYTES = 5;
const MAX_VARLONG_BYTES = 10;

/** A record that does not follow the format, or a batch with more or fewer than its header says. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError';
}

/**
 * Visits the records of a batch, decompressed if need be, in order, until `visit` returns true.
 *
 * @param visit gets the record's place in the batch, and its time in epoch milliseconds
 * @throws MalformedRecordError when a record is malformed, or the header does not tell their number
 * @throws ExpansionLimitError when they unpack to too much
 * @throws Error when they cannot be decompressed
 * @see {@link https://kafka.apache.org/documentation/#record Apache Kafka, "Record"}
 */
export function visitRecords(
  batch: Buffer,
  header: BatchHeader,
  visit: (offsetDelta: number, timestamp: number) => boolean,
): void {
  const cursor = new Cursor(
    decompress(header.codec, batch.subarray(BATCH_HEADER_BYTES), MAX_UNPACKED_BATCH_BYTES),
  );
  for (let index = 0; index < header.recordCount; index++) {
    const end = cursor.length() + cursor.at;
    cursor.skip(1);
    const timestamp = header.baseTimestamp + cursor.varint(MAX_VARLONG_BYTES);
    const offsetDelta = cursor.varint();
    cursor.skipNullable();
    cursor.skipNullable();
    for (let headers = cursor.length(); headers > 0; headers--) {
      cursor.skip(cursor.length());
      cursor.skipNullable();
    }
    if (cursor.at !== end)
      throw new MalformedRecordError(`Record ${index} does not have the length it claims`);
    if (visit(offsetDelta, header.appendTime ? header.maxTimestamp : timestamp)) return;
  }
  if (!cursor.atEnd) throw new MalformedRecordError('There are bytes behind the last record');
}

/** A record of a batch, with what compaction has to know of it. */
export interface KeyedRecord {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly hasValue: boolean;
  /** The whole record, as it is in the batch. */
  readonly bytes: Buffer;
}

/**
 * Reads the records of a batch that was checked when it was appended, decompressed if need be.
 *
 * @throws Error when they cannot be decompressed, or are not what the header says
 */
export function readRecords(batch: Buffer, header: BatchHeader): KeyedRecord[] {
  const bytes = decompress(header.codec, batch.subarray(BATCH_HEADER_BYTES), MAX_UNPACKED_BATCH_BYTES);
  const cursor = new Cursor(bytes);
  return Array.from({ length: header.recordCount }, () => {
    const start = cursor.at;
    const end = cursor.length() + cursor.at;
    cursor.skip(1);
    const timestamp = header.baseTimestamp + cursor.varint(MAX_VARLONG_BYTES);
    const offset = header.baseOffset + cursor.varint();
    const keyLength = cursor.varint();
    const key = keyLength < 0 ? null : bytes.subarray(cursor.at, cursor.at + keyLength);
    cursor.skip(Math.max(0, keyLength));
    const hasValue = cursor.varint() >= 0;
    cursor.at = end;
    return {
      offset,
      timestamp: header.appendTime ? header.maxTimestamp : timestamp,
      key,
      hasValue,
      bytes: bytes.subarray(start, end),
    };
  });
}

/** Walks through the records of a batch, without copying. */
export class Cursor {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  /** A zigzag number; exact up to 2^53. */
  varint(maxBytes = MAX_VARINT_BYTES): number {
    let raw = 0;
    let weight = 1;
    for (let index = 0; index < maxBytes; index++) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      raw += (byte & 0x7f) * weight;
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
      weight *= 128;
    }
    throw new MalformedRecordError('The records end too early');
  }

  length(): number {
    const length = this.varint();
    if (length < 0) throw new MalformedRecordError(`A record claims a length of ${length}`);
    return length;
  }

  skip(length: number): void {
    this.at += length;
    if (this.at > this.#bytes.length) throw new MalformedRecordError('The records end too early');
  }

  /** A view of the next bytes. */
  bytes(length: number): Buffer {
    const from = this.at;
    this.skip(length);
    return this.#bytes.subarray(from, this.at);
  }

  /** The next bytes as text in UTF-8. */
  text(length: number): string {
    const from = this.at;
    this.skip(length);
    return this.#bytes.toString('utf8', from, this.at);
  }

  /** Skips the next bytes if they are those from `from` to `to`, which came before. */
  skipSame(from: number, to: number): boolean {
    const bytes = this.#bytes;
    let at = this.at;
    // What is most likely to differ, an id or a time, does so at its end.
    if (bytes[at + to - from - 1] !== bytes[to - 1]) return false;
    for (let index = from; index < to; index++) if (bytes[index] !== bytes[at++]) return false;
    this.at = at;
    return true;
  }

  /** A view of the bytes after their length; null when that is -1. */
  nullableBytes(): Buffer | null {
    const length = this.varint();
    if (length < -1) throw new MalformedRecordError(`A record claims a length of ${length}`);
    return length === -1 ? null : this.bytes(length);
  }

  /** Bytes after their length, which is -1 when there are none. */
  skipNullable(): void {
    const length = this.varint();
    if (length < -1) throw new MalformedRecordError(`A record claims a length of ${length}`);
    if (length > 0) this.skip(length);
  }
}
