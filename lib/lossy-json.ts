import { MAX_ISSUES } from './errors.ts';
import { pointerStep } from './json-pointer.ts';
import { scratchFor } from './scratch.ts';

/** What `JSON.parse` changes silently. */
export interface Loss {
  /** RFC 6901 JSON pointer. */
  readonly pointer: string;
  /** A number that a double does not hold, or a name that one object has twice. */
  readonly kind: 'number' | 'duplicate';
}

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const BACKSLASH = 0x5c;

/** A double keeps any decimal with this many digits: IEEE 754, section 5.12.2. */
const SAFE_DIGITS = 15;

interface Level {
  index: number;
  name: string | undefined;
  readonly names: Set<string> | undefined;
}

/** Where in a text a scan is: in arrays at an index, and in objects that had names so far. */
class Place {
  readonly #levels: Level[] = [];

  get pointer(): string {
    return this.#levels.map(({ index, name }) => pointerStep(name ?? index)).join('');
  }

  /** Whether a string that begins here is the name of a member. */
  get isBeforeName(): boolean {
    const level = this.#levels.at(-1);
    return level?.names !== undefined && level.name === undefined;
  }

  /** @returns whether the object has a member of that name already */
  enter(name: string): boolean {
    const level = this.#levels.at(-1);
    if (level === undefined) return false;
    const isRepeated = level.names?.has(name) ?? false;
    level.name = name;
    level.names?.add(name);
    return isRepeated;
  }

  /** Moves behind a character that is not part of a string or number. */
  pass(code: number): void {
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const names = code === OPEN_OBJECT ? new Set<string>() : undefined;
      this.#levels.push({ index: 0, name: undefined, names });
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      this.#levels.pop();
    } else if (code === COMMA) {
      const level = this.#levels.at(-1);
      if (level === undefined) return;
      level.index++;
      level.name = undefined;
    }
  }
}

/** A character of a JavaScript string takes at most three bytes in UTF-8. */
const BYTES_PER_CHARACTER = 3;

/**
 * Whether a text needs a closer look: it has more members than its value, or a number that is long or has an exponent.
 * One pass over its bytes, which are read in half of the time that the characters of a string take.
 *
 * @param text - valid JSON
 * @param members - how many members the objects of its value have together
 */
export function mayLose(text: string, members: number): boolean {
  const bytes = scratchFor(text.length * BYTES_PER_CHARACTER);
  const length = bytes.write(text, 0);
  let colons = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfStringIn(bytes, at);
    } else if (byte === COLON) {
      colons++;
    } else if (isInNumber(byte)) {
      const end = endOfDecimalIn(bytes, at, length);
      if (end - at > SAFE_DIGITS || (end < length && isExponent(bytes[end] ?? 0))) return true;
      at = end - 1;
    }
  }
  return colons !== members;
}

/** Index of the quotation mark that ends a string. */
function endOfStringIn(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end;
}

/** Index behind a number, or its exponent. */
function endOfDecimalIn(bytes: Uint8Array, start: number, length: number): number {
  let end = start + 1;
  for (; end < length; end++) {
    const byte = bytes[end] ?? 0;
    if (!isInNumber(byte) && byte !== POINT) break;
  }
  return end;
}

/**
 * Finds what `JSON.parse` changes in a text.
 *
 * @param text - valid JSON
 * @returns at most {@link MAX_ISSUES} losses, in the order of the text
 */
export function lossesIn(text: string): Loss[] {
  const losses: Loss[] = [];
  const place = new Place();
  for (let at = 0; at < text.length && losses.length < MAX_ISSUES; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const start = at;
      at = endOfString(text, start);
      const isRepeated = place.isBeforeName && place.enter(String(JSON.parse(text.slice(start, at + 1))));
      if (isRepeated) losses.push({ pointer: place.pointer, kind: 'duplicate' });
    } else if (isInNumber(code)) {
      const end = endOfNumber(text, at);
      if (!keepsValue(text.slice(at, end))) losses.push({ pointer: place.pointer, kind: 'number' });
      at = end - 1;
    } else {
      place.pass(code);
    }
  }
  return losses;
}

function isInNumber(code: number): boolean {
  return (code >= ZERO && code <= NINE) || code === MINUS;
}

function isExponent(code: number): boolean {
  return (code | 0x20) === 0x65;
}

function endOfNumber(text: string, start: number): number {
  for (let end = start + 1; ; end++) {
    const code = text.charCodeAt(end);
    if (!(isInNumber(code) || code === POINT || code === PLUS || isExponent(code))) return end;
  }
}

/** Index of the quotation mark that ends a string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/** Whether a number literal, read as a double and written again, stands for the same decimal. */
function keepsValue(literal: string): boolean {
  const value = Number(literal);
  return Number.isFinite(value) && decimalOf(literal) === decimalOf(String(value));
}

/** The one form of a decimal: its sign, its significant digits, and the power of ten of the last one. */
function decimalOf(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let first = 0;
  while (digits[first] === '0') first++;
  if (first === digits.length) return '0';
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  const power = Number(exponent) - fraction.length + (digits.length - end);
  return `${literal.startsWith('-') ? '-' : ''}${digits.slice(first, end)}e${power}`;
}
