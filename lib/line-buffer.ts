import { printableJson } from './unprintable.ts';

/** A little more than is written at once. */
const INITIAL_BYTES = 72 * 1024;
const WORD_BYTES = 4;
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const CLOSE_OBJECT = 0x7d;
/** Of a character of a JavaScript string, in UTF-8. */
const MAX_CHARACTER_BYTES = 3;

/**
 * Bytes of log lines that wait to be written. `JSON.stringify` writes a line except its start, and its text is copied once.
 * Most text is ASCII. A look at four bytes at a time shows that, and then no regular expression has to search for characters
 * that a terminal would act on.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  /** Takes out the waiting lines and starts a new buffer, because the taken one may be written later. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#moveTo(INITIAL_BYTES);
    return taken;
  }

  /** Takes out the same as text. */
  takeText(): string {
    const text = this.#bytes.toString('utf8', 0, this.#length);
    this.#length = 0;
    return text;
  }

  /**
   * Adds a line.
   *
   * @param start - printable JSON of an object that is not empty, without the brace that ends it
   * @param rest - JSON of an object with the other members
   */
  add(start: string, rest: string): void {
    this.#write(start);
    const at = this.#length;
    this.#write(rest);
    if (!this.#isPrintable(at)) {
      this.#length = at;
      this.#write(printableJson(rest));
    }
    // The members go on where the rest begins, unless there are none.
    this.#bytes[at] = rest === '{}' ? CLOSE_OBJECT : COMMA;
    this.#bytes[rest === '{}' ? at + 1 : this.#length] = LINE_FEED;
    this.#length = rest === '{}' ? at + 2 : this.#length + 1;
  }

  /** Adds a line that is printable JSON. */
  addWhole(json: string): void {
    this.#write(`${json}\n`);
  }

  #write(text: string): void {
    const needed = this.#length + text.length * MAX_CHARACTER_BYTES + WORD_BYTES;
    if (needed > this.#bytes.length) this.#moveTo(needed * 2);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Whether all from there on is ASCII without DEL. (What else is not printable, JSON does not hold.) */
  #isPrintable(start: number): boolean {
    const view = this.#view;
    view.setInt32(this.#length, 0);
    let bits = 0;
    for (let at = start; at < this.#length; at += WORD_BYTES) {
      const word = view.getInt32(at);
      bits |= word | (word + 0x01010101);
    }
    return (bits & 0x80808080) === 0;
  }

  #moveTo(byteLength: number): void {
    const larger = Buffer.allocUnsafeSlow(byteLength);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
