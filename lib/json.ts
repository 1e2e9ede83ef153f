import { type Content, isBrokenUtf8 } from './content.ts';
import { errorMessage, type Issue } from './errors.ts';
import { type Loss, lossesIn, mayLose, type ValueSurvey } from './lossy-json.ts';
import { type Parsed, parsed, rejected } from './parsed.ts';

/** Deeper values overflow the stack of recursive functions such as `JSON.stringify`. */
const MAX_DEPTH = 500;

/** Without the number, which may be sensitive. */
const lossMessages: Readonly<Record<Loss['kind'], string>> = {
  number: 'Must be a number that a double-precision float keeps (RFC 8259, section 6); send it as a string.',
  duplicate: 'Must not stand twice in one object (RFC 8259, section 4).',
};

/**
 * Parses JSON from a request or a record. It refuses text whose value JavaScript would change: numbers that a double does
 * not hold, and names that appear twice in one object. `1.0`, `1e2` and `-0` keep their value as 1, 100 and 0.
 *
 * @param json - a text; or one with the bytes it was decoded from, which must be UTF-8 (RFC 8259, section 8.1)
 * @returns the value, or `malformed` with the issues, pointers relative to the text
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259 RFC 8259, "The JavaScript Object Notation (JSON) Data Interchange Format"}
 */
export function parseJson(json: string | Content): Parsed<unknown> {
  const text = typeof json === 'string' ? json : json.text;
  if (typeof json !== 'string' && isBrokenUtf8(json)) {
    return rejected('malformed', '', 'Must be UTF-8 text.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = text.trim() === '' ? 'Must not be empty.' : `Must be JSON${reason(error)}.`;
    return rejected('malformed', '', message);
  }
  const survey = new Survey(value);
  if (survey.isTooDeep) {
    return rejected('malformed', '', `Must not be nested deeper than ${MAX_DEPTH} levels.`);
  }
  if (mayLose(text, survey)) {
    const issues = lossesIn(text).map(
      ({ pointer, kind }): Issue => ({ pointer, message: lossMessages[kind] }),
    );
    if (issues.length > 0) return { ok: false, code: 'malformed', issues };
  }
  return parsed(value);
}

/** Whether a parsed value is a JSON object, so neither an array nor null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The engine's message without its quotation of the text, which may be sensitive and end up in a log. */
function reason(error: unknown): string {
  const quotation = /(?:^|, )(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s;
  const said = errorMessage(error).replace(quotation, '');
  return said && `: ${said}`;
}

/** Numbers below have fewer digits than other doubles: IEEE 754, section 3.3. */
const MIN_NORMAL = 2 ** -1022;

/** A walk through a parsed value. */
class Survey implements ValueSurvey {
  members = 0;
  hasZero = false;
  hasExtreme = false;
  isTooDeep = false;

  constructor(value: unknown) {
    this.#see(value, 0);
  }

  #see(value: unknown, depth: number): void {
    if (typeof value === 'number') this.#seeNumber(value);
    else if (typeof value === 'object' && value !== null && !this.isTooDeep) this.#enter(value, depth);
  }

  #enter(value: object, depth: number): void {
    if (depth > MAX_DEPTH) {
      this.isTooDeep = true;
    } else if (Array.isArray(value)) {
      // A call for each text would take most of the time.
      for (const item of value) if (typeof item !== 'string') this.#see(item, depth + 1);
    } else if (isJsonObject(value)) {
      // It inherits nothing, and to list its values would take longer than to look at them.
      for (const name in value) {
        this.members++;
        const member = value[name];
        if (typeof member !== 'string') this.#see(member, depth + 1);
      }
    }
  }

  #seeNumber(number: number): void {
    const size = Math.abs(number);
    if (size === 0) this.hasZero = true;
    else if (size < MIN_NORMAL || size > Number.MAX_VALUE) this.hasExtreme = true;
  }
}
