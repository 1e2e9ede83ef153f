import { printableJson } from './unprintable.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

const INITIAL_BYTES = 16 * 1024;
/** A character of a JavaScript string takes at most three bytes in UTF-8, and two quotation marks stand around all. */
const mostBytes = (text: string): number => text.length * 3 + 2;
/** Longer texts are copied as a whole. */
const MAX_COPIED_BY_CHARACTER = 48;
const printableText = /^[ !#-[\]-~]*$/;
/** Deeper values are left to `JSON.stringify`, which tells a cycle. */
const MAX_DEPTH = 100;
/** More than stands between a text, a number or the begin of a structure and the next one: the ends of structures, a comma, a colon. */
const PUNCTUATION_BYTES = 2 * MAX_DEPTH;

/**
 * Writes JSON lines as bytes, as `JSON.stringify` would write them, in two thirds of its time: most of a log line is short names
 * and texts of printable ASCII, which need no look at what else JavaScript values can be.
 */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #at = 0;

  /** How many bytes were written. */
  get length(): number {
    return this.#at;
  }

  /** Takes out what was written, and begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  /** Forgets what was written after that many bytes. */
  truncate(length: number): void {
    this.#at = length;
  }

  /** Writes text that is JSON, or a part of it. */
  raw(json: string): void {
    this.#reserve(mostBytes(json));
    this.#at += this.#bytes.write(json, this.#at);
  }

  /**
   * Writes a comma and the members of an object.
   *
   * @returns false when there is something else in it than comes out of `JSON.parse`, such as a Date, an Error or a cycle: what
   * was written is then of no use
   */
  members(object: Readonly<Record<string, unknown>>): boolean {
    return isPlain(object) && this.#members(object, true, 0);
  }

  #members(object: Readonly<Record<string, unknown>>, isAfterMember: boolean, depth: number): boolean {
    let hasMember = isAfterMember;
    // It inherits nothing, and a list of its names would take longer than to look at them.
    for (const name in object) {
      const value = object[name];
      if (value === undefined) continue;
      if (hasMember) this.#bytes[this.#at++] = COMMA;
      hasMember = true;
      this.#text(name);
      this.#bytes[this.#at++] = COLON;
      if (typeof value === 'string') this.#text(value);
      else if (name === 'toJSON' || !this.#value(value, depth)) return false;
    }
    return true;
  }

  #value(value: unknown, depth: number): boolean {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#ascii(Number.isFinite(value) ? String(value) : 'null');
    else if (typeof value === 'boolean') this.#ascii(value ? 'true' : 'false');
    else if (value === null) this.#ascii('null');
    else return typeof value === 'object' && depth < MAX_DEPTH && this.#structure(value, depth + 1);
    return true;
  }

  #structure(value: object, depth: number): boolean {
    this.#reserve(1);
    if (Array.isArray(value)) return this.#array(value, depth);
    if (!isPlain(value)) return false;
    this.#bytes[this.#at++] = OPEN_OBJECT;
    if (!this.#members(value, false, depth)) return false;
    this.#bytes[this.#at++] = CLOSE_OBJECT;
    return true;
  }

  #array(array: readonly unknown[], depth: number): boolean {
    this.#bytes[this.#at++] = OPEN_ARRAY;
    for (let index = 0; index < array.length; index++) {
      if (index > 0) this.#bytes[this.#at++] = COMMA;
      if (!this.#value(array[index] ?? null, depth)) return false;
    }
    this.#bytes[this.#at++] = CLOSE_ARRAY;
    return true;
  }

  /** A text in quotation marks. */
  #text(text: string): void {
    this.#reserve(mostBytes(text));
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const isShort = text.length <= MAX_COPIED_BY_CHARACTER;
    if (!(isShort ? copyByCharacter(text, bytes, start) : copyWhole(text, bytes, start))) {
      this.raw(printableJson(JSON.stringify(text)));
      return;
    }
    const end = start + text.length;
    bytes[start - 1] = QUOTE;
    bytes[end] = QUOTE;
    this.#at = end + 1;
  }

  /** A short text of ASCII, as it is. */
  #ascii(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const start = this.#at;
    for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index);
    this.#at = start + text.length;
  }

  /** Makes room, and for the punctuation that follows. */
  #reserve(more: number): void {
    const needed = this.#at + more + PUNCTUATION_BYTES;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(needed * 2);
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** @returns whether the text stands in JSON, and in one line of a terminal, as it is */
function copyWhole(text: string, bytes: Buffer, at: number): boolean {
  return printableText.test(text) && bytes.write(text, at, 'latin1') === text.length;
}

/** Takes less time than a call of the runtime, as long as the text is short. */
function copyByCharacter(text: string, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE || code === QUOTE || code === BACKSLASH) return false;
    bytes[at + index] = code;
  }
  return true;
}
