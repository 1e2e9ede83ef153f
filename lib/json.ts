import { isUtf8 } from 'node:buffer';
import { errorMessage } from './errors.ts';
import { type Parsed, parsed, rejected } from './parsed.ts';

/** Deeper values overflow the stack of whoever walks them recursively, `JSON.stringify` first. */
const MAX_DEPTH = 500;

/**
 * Parses JSON from a request or a record.
 *
 * @param text - what to parse
 * @param bytes - the bytes that the text was decoded from; given, they must be UTF-8 (RFC 8259, section 8.1)
 * @returns the value, or `malformed` with a sentence
 */
export function parseJson(text: string, bytes?: Uint8Array): Parsed<unknown> {
  if (bytes && isBrokenUtf8(text, bytes)) return rejected('malformed', '', 'Must be UTF-8 text.');
  if (text.trim() === '') return rejected('malformed', '', 'Must not be empty.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return rejected('malformed', '', `Must be JSON${reason(error)}.`);
  }
  // A value nested that deep takes two characters a level, so most texts need no walk.
  if (text.length > 2 * MAX_DEPTH && isTooDeep(value)) {
    return rejected('malformed', '', `Must not be nested deeper than ${MAX_DEPTH} levels.`);
  }
  return parsed(value);
}

/** Whether a text stands for bytes that were not UTF-8: decoding puts U+FFFD where they were not. */
export function isBrokenUtf8(text: string, bytes: Uint8Array): boolean {
  return text.includes('\ufffd') && !isUtf8(bytes);
}

/** Whether a parsed value is a JSON object, so neither an array nor null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the engine says, without its quotation of the text: that may be sensitive, and end in a log. */
function reason(error: unknown): string {
  const quotation = /(?:^|, )(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s;
  const said = errorMessage(error).replace(quotation, '');
  return said && `: ${said}`;
}

function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}
