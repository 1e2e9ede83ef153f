import type { Issue } from '../errors.ts';
import { type Parsed, parsed } from './parsed.ts';

/** An attribute value in JSON; on the wire all of them are strings. */
export type AttributeValue = string | number | boolean;

/** The context attributes of a CloudEvents 1.0 event; extension attributes stand beside the known ones. */
export interface CloudEventAttributes {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly [extension: string]: AttributeValue | undefined;
}

/** An event: its attributes, and its data as parsed JSON. */
export interface CloudEvent<Data = unknown> {
  readonly attributes: CloudEventAttributes;
  readonly data: Data;
}

/** CloudEvents 1.0.2, "Naming conventions". */
const attributeName = /^[a-z0-9]{1,64}$/;
/** CloudEvents 1.0.2, "Type system", String: no control characters, noncharacters or lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbiddenCharacters = /[\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\p{Cs}]|[\u{fffe}\u{ffff}]/u;
/** RFC 3339, "Internet date/time format". */
const timestamp = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
/** RFC 3986: characters that a URI may hold, and a scheme in front where it must be absolute. */
const uriReference = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\da-fA-F]{2})+$/;
const absoluteUri = /^[a-zA-Z][a-zA-Z\d+\-.]*:/;

const isTimestamp = (value: string) => timestamp.test(value) && !Number.isNaN(Date.parse(value));

const rules: Readonly<
  Record<string, { readonly holds: (value: string) => boolean; readonly message: string }>
> = {
  specversion: { holds: (value) => value === '1.0', message: 'Must be "1.0".' },
  id: { holds: (value) => value !== '', message: 'Must be a non-empty string.' },
  source: {
    holds: (value) => uriReference.test(value),
    message: 'Must be a non-empty URI reference (RFC 3986).',
  },
  type: { holds: (value) => value !== '', message: 'Must be a non-empty string.' },
  subject: { holds: (value) => value !== '', message: 'Must be a non-empty string.' },
  time: { holds: isTimestamp, message: 'Must be a timestamp (RFC 3339), for example 2026-01-31T09:30:00Z.' },
  datacontenttype: {
    holds: isJsonMediaType,
    message: 'Must be a JSON media type, for example application/json.',
  },
  dataschema: {
    holds: (value) => uriReference.test(value) && absoluteUri.test(value),
    message: 'Must be an absolute URI (RFC 3986).',
  },
};

/** Whether a media type, parameters apart, is JSON: RFC 6839, "The +json structured syntax suffix". */
export function isJsonMediaType(mediaType: string): boolean {
  return /^(?:application|text)\/(?:[\w!#$&^.\-+]+\+)?json\s*(?:;.*)?$/i.test(mediaType);
}

/**
 * Checks the context attributes of an event.
 *
 * @param input - attribute names and values as they were received, `data` removed
 * @returns the attributes, or `invalid_cloudevent` with one issue per attribute
 * @see CloudEvents 1.0.2, "Context attributes"
 */
export function parseAttributes(input: Readonly<Record<string, unknown>>): Parsed<CloudEventAttributes> {
  const issues: Issue[] = [];
  for (const required of ['specversion', 'id', 'source', 'type']) {
    if (input[required] === undefined) issues.push({ pointer: `/${required}`, message: 'Is missing.' });
  }
  for (const [name, value] of Object.entries(input)) {
    const message = value === undefined ? undefined : problemWith(name, value);
    if (message) issues.push({ pointer: `/${escapePointer(name)}`, message });
  }
  if (issues.length === 0 && isAttributes(input)) return parsed(input);
  return { ok: false, code: 'invalid_cloudevent', issues };
}

/** Escapes a name for use in a JSON pointer: RFC 6901, section 3. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function problemWith(name: string, value: unknown): string | undefined {
  if (!attributeName.test(name)) return 'An attribute name must consist of a-z and 0-9.';
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (typeof value === 'string') {
    if (forbiddenCharacters.test(value)) return 'Must not hold control characters or broken Unicode.';
    return rule && !rule.holds(value) ? rule.message : undefined;
  }
  if (rule) return rule.message;
  if (typeof value === 'boolean' || (Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31))
    return undefined;
  return 'An extension attribute must be a string, a boolean or a 32-bit integer.';
}

/** What the rules above have just established, told to the compiler. */
function isAttributes(input: Readonly<Record<string, unknown>>): input is CloudEventAttributes {
  return (
    input.specversion === '1.0' && [input.id, input.source, input.type].every((v) => typeof v === 'string')
  );
}
