import { closeSync, ftruncateSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';

/** The bytes of one segment: appended at the end, read anywhere. */
export interface SegmentStorage {
  readonly size: number;
  append(bytes: Buffer): void;
  /** Up to `length` bytes from `position`; fewer only at the end. The result must not be modified. */
  read(position: number, length: number): Buffer;
  truncate(size: number): void;
  /** Says that nothing will be appended any more. */
  seal(): void;
  remove(): void;
}

const INITIAL_MEMORY_BYTES = 16 * 1024;

/** A segment in memory: one buffer that doubles as it fills. */
export class MemoryStorage implements SegmentStorage {
  #buffer = Buffer.alloc(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    if (this.#size + bytes.length > this.#buffer.length) {
      // Views handed out by read() keep the old buffer, whose bytes never change.
      const larger = Buffer.allocUnsafeSlow(
        Math.max(INITIAL_MEMORY_BYTES, this.#buffer.length * 2, this.#size + bytes.length),
      );
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#size);
    this.#size += bytes.length;
  }

  read(position: number, length: number): Buffer {
    return this.#buffer.subarray(position, Math.min(position + length, this.#size));
  }

  truncate(size: number): void {
    this.#size = size;
  }

  seal(): void {}

  remove(): void {
    this.#buffer = Buffer.alloc(0);
    this.#size = 0;
  }
}

/**
 * A segment in a file. What append() wrote is with the operating system when it returns, so it survives the death of
 * the process (kill -9); there is no fsync, so it may not survive the death of the machine.
 */
export class FileStorage implements SegmentStorage {
  readonly #path: string;
  #file: number | undefined;
  #size: number;

  /** The file is created with the first bytes: a partition without records costs no descriptor. */
  constructor(path: string) {
    this.#path = path;
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    const file = this.#writable();
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(file, bytes, written);
    } catch (error) {
      // Half a batch must not stay in front of the next one (disk full).
      ftruncateSync(file, this.#size);
      throw error;
    }
    this.#size += written;
  }

  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.#size - position));
    if (wanted === 0) return Buffer.alloc(0);
    const bytes = Buffer.allocUnsafe(wanted);
    // Only the segment that is written to keeps its file open: many partitions must not use up the descriptors.
    const file = this.#file ?? openSync(this.#path, 'r');
    try {
      let read = 0;
      while (read < wanted) {
        const count = readSync(file, bytes, read, wanted - read, position + read);
        if (count === 0) break;
        read += count;
      }
      return bytes.subarray(0, read);
    } finally {
      if (file !== this.#file) closeSync(file);
    }
  }

  truncate(size: number): void {
    ftruncateSync(this.#writable(), size);
    this.#size = size;
  }

  seal(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  remove(): void {
    this.seal();
    rmSync(this.#path, { force: true });
    this.#size = 0;
  }

  #writable(): number {
    this.#file ??= openSync(this.#path, 'a+');
    return this.#file;
  }
}
