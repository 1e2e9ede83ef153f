import { MAX_ISSUES } from './errors.ts';
import { pointerStep } from './json-pointer.ts';
import { type Scratch, scratchWith, WORD_BYTES } from './scratch.ts';

/** What `JSON.parse` changes silently. */
export interface Loss {
  /** RFC 6901 JSON pointer. */
  readonly pointer: string;
  /** A number that a double does not hold, or a name that one object has twice. */
  readonly kind: 'number' | 'duplicate';
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
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

/** What a walk through a parsed value tells of the text that it was parsed from. */
export interface ValueSurvey {
  /** How many members its objects have together. */
  readonly members: number;
  readonly hasZero: boolean;
  /** Whether it has a number that is infinite, or that is too close to zero to have all its digits. */
  readonly hasExtreme: boolean;
}

/**
 * Whether a text needs a closer look: it has more names than its value, or a number that is long or out of range.
 *
 * @param text - valid JSON
 * @param survey - of its value
 */
export function mayLose(text: string, { members, hasZero, hasExtreme }: ValueSurvey): boolean {
  if (hasExtreme || (hasZero && (text.includes('e-') || text.includes('E-')))) return true;
  return countNames(scratchWith(text)) !== members;
}

/**
 * How many names are in JSON; NaN when there may be a long number. This is one pass over the bytes, four at a time: a single one
 * is looked at only where there are digits or a colon. Inside a text it may find what is none, which asks for a closer look
 * for nothing; it never misses one.
 */
function countNames({ bytes, view, length }: Scratch): number {
  let names = 0;
  for (let at = 0; at < length; at += WORD_BYTES) {
    const word = view.getInt32(at, true);
    const colons = colonsIn(word);
    if (colons !== 0) {
      names += namesEndingIn(bytes, at, colons);
    } else if (isDigits(word)) {
      const end = endOfDecimal(bytes, at);
      if (isLongNumber(bytes, at, end)) return Number.NaN;
      at = end - (end % WORD_BYTES) - WORD_BYTES;
    }
  }
  return names;
}

/** Whether each of four bytes is a digit. A number of more than {@link SAFE_DIGITS} characters has four such, wherever it begins. */
function isDigits(word: number): boolean {
  return (word & 0xf0f0f0f0) === 0x30303030 && ((word + 0x06060606) & 0xf0f0f0f0) === 0x30303030;
}

/** Marks the colons among four bytes: their highest bit is set. A byte after a colon can be marked without being one. */
function colonsIn(word: number): number {
  const difference = word ^ 0x3a3a3a3a;
  return (difference - 0x01010101) & ~difference & 0x80808080;
}

/** How many of the marked bytes are the colon behind a name. */
function namesEndingIn(bytes: Uint8Array, start: number, marks: number): number {
  let names = 0;
  for (let left = marks; left !== 0; left &= left - 1) {
    const place = (31 - Math.clz32(left & -left)) >> 3;
    if (endsName(bytes, start + place)) names++;
  }
  return names;
}

/** Whether a byte is the colon behind a name, as far as the bytes before it tell: a text can begin with a colon. */
function endsName(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== COLON) return false;
  let before = at - 1;
  while (isSpace(bytes[before] ?? 0)) before--;
  return bytes[before] === QUOTE && !isEscaped(bytes, before);
}

function isEscaped(bytes: Uint8Array, at: number): boolean {
  let backslashes = 0;
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/**
 * Whether a number with more than {@link SAFE_DIGITS} characters stands where four digits were found, as far as the byte
 * before it tells.
 */
function isLongNumber(bytes: Uint8Array, at: number, end: number): boolean {
  let start = at;
  while (start > 0 && isInDecimal(bytes[start - 1] ?? 0)) start--;
  if (end - start <= SAFE_DIGITS) return false;
  const before = bytes[start - 1] ?? COLON;
  return before === COLON || before === COMMA || before === OPEN_ARRAY || isSpace(before);
}

function endOfDecimal(bytes: Uint8Array, start: number): number {
  let end = start + WORD_BYTES;
  while (isInDecimal(bytes[end] ?? 0)) end++;
  return end;
}

function isInDecimal(byte: number): boolean {
  return isInNumber(byte) || byte === POINT;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;
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
