import { type Scratch, scratchWithBinary, WORD_BYTES } from './scratch.ts';

/** What `Buffer.from` takes for digits too: the URL alphabet, and characters of which it sees the lower byte only. */
const otherDigits = /[-_\u0100-\uffff]/;

/**
 * Decodes base64 strictly. `Buffer.from` alone skips invalid characters and accepts the URL alphabet.
 *
 * @param text - standard alphabet; padding may be missing
 * @returns the bytes; undefined when the text is not base64
 * @see {@link https://www.rfc-editor.org/rfc/rfc4648 RFC 4648, section 4}
 */
export function decodeBase64(text: string): Buffer | undefined {
  if (otherDigits.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === byteLengthOf(text) ? bytes : undefined;
}

/**
 * Decodes base64 of UTF-8 as strictly. Most texts are ASCII: then their bytes, which `atob` returns as characters, are the text,
 * and no buffer is needed.
 *
 * @returns the text, with U+FFFD for what is not UTF-8; undefined when it is not base64
 */
export function decodeBase64Text(text: string): string | undefined {
  const binary = binaryOf(text);
  if (binary === undefined || isShortAscii(binary)) return binary;
  const scratch = scratchWithBinary(binary);
  if (!isAscii(scratch)) scratch.text = scratch.bytes.toString('utf8', 0, scratch.length);
  return scratch.text;
}

/** A character for each byte. `atob` itself skips white space, so that there are fewer. */
function binaryOf(text: string): string | undefined {
  try {
    const binary = atob(text);
    return binary.length === byteLengthOf(text) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** Shorter texts are looked at one by one character, which takes less time than to copy them. */
const SHORT = 32;

function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

function isAscii({ view, length }: Scratch): boolean {
  let bits = 0;
  for (let at = 0; at < length; at += WORD_BYTES) bits |= view.getInt32(at, true);
  return (bits & 0x80808080) === 0;
}

const PADDING = '='.charCodeAt(0);

/** How many bytes the text stands for if it is base64; NaN when it cannot be. */
function byteLengthOf(text: string): number {
  const { length } = text;
  const padding =
    text.charCodeAt(length - 1) !== PADDING ? 0 : text.charCodeAt(length - 2) !== PADDING ? 1 : 2;
  const digits = length - padding;
  if ((padding > 0 && length % 4 !== 0) || digits % 4 === 1) return Number.NaN;
  return (digits * 3) >> 2;
}
