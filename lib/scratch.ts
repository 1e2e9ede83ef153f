/** More than almost every key, value and header has, and little beside the heap of a function. */
const SCRATCH_BYTES = 64 * 1024;

export const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** Of a character of a JavaScript string, in UTF-8. */
const MAX_CHARACTER_BYTES = 3;

/** A buffer for bytes that are needed only until the caller returns. */
export interface Scratch {
  readonly bytes: Buffer;
  /** The same bytes, to be read four at a time. */
  readonly view: DataView;
  /** The text whose bytes come first, if there is one. */
  text: string | undefined;
  /** How many bytes that text has. */
  length: number;
}

const shared = scratchOf(SCRATCH_BYTES);

/**
 * Lends out a buffer, the same one again and again: what is written there is lost with the next call. A buffer of its own for
 * each key, value and header would take as long as decoding it.
 *
 * @returns a word more than asked for at least, with anything in it
 */
export function scratchFor(byteLength: number): Scratch {
  if (byteLength > SCRATCH_BYTES - WORD_BYTES) return scratchOf(byteLength + WORD_BYTES);
  shared.text = undefined;
  return shared;
}

/**
 * Lends out the same buffer with the bytes of a text; those from which a text was decoded last are there already.
 *
 * @returns the bytes; zeros follow up to the end of the word
 */
export function scratchWith(text: string): Scratch {
  if (shared.text === text) return shared;
  return written(scratchFor(text.length * MAX_CHARACTER_BYTES), text, 'utf8');
}

/**
 * Lends out the same buffer with the characters of a text, one byte each.
 *
 * @param binary - with characters up to U+00FF
 */
export function scratchWithBinary(binary: string): Scratch {
  return written(scratchFor(binary.length), binary, 'latin1');
}

function written(scratch: Scratch, text: string, encoding: 'utf8' | 'latin1'): Scratch {
  scratch.length = scratch.bytes.write(text, encoding);
  scratch.view.setInt32(scratch.length, 0);
  scratch.text = text;
  return scratch;
}

function scratchOf(byteLength: number): Scratch {
  const bytes = Buffer.allocUnsafeSlow(byteLength);
  return { bytes, view: new DataView(bytes.buffer), text: undefined, length: 0 };
}
