const NEWLINE = 0x0a;

/**
 * Passes bytes on in whole lines, so that handlers that write at the same time do not cut each other's lines.
 */
export class LineWriter {
  readonly #write: (bytes: Uint8Array) => void;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Passes on the lines that are complete and keeps the rest. */
  write(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      return;
    }
    const lines = bytes.subarray(0, end);
    this.#write(this.#rest.length === 0 ? lines : Buffer.concat([this.#rest, lines]));
    this.#rest = bytes.slice(end);
  }

  /** Ends the line that was begun, if any. */
  flush(): void {
    if (this.#rest.length === 0) return;
    this.#write(Buffer.concat([this.#rest, Buffer.from('\n')]));
    this.#rest = new Uint8Array(0);
  }
}
