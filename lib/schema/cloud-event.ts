import { type Issue, MAX_ISSUES } from '../errors.ts';
import { pointerStep } from '../json-pointer.ts';
import { type Parsed, parsed } from '../parsed.ts';
import { isDateTime, isUri, isUriReference } from './formats.ts';

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
  /** The topic of a record without `ce_` headers, whose type was assumed. */
  readonly bareRecordOf?: string | undefined;
}

/** CloudEvents 1.0.2, "Naming conventions"; `data` is reserved there. */
const attributeName = /^(?!data$)[a-z0-9]+$/;
/** CloudEvents 1.0.2, "Type system", String: no control characters, noncharacters or lone surrogates. */
const printableAscii = /^[ -~]*$/;
const FORBIDDEN = 'Must not hold control characters or broken Unicode.';
const forbiddenCharacters = /[\p{Control}\p{Noncharacter_Code_Point}\p{Surrogate}]/u;

/** What holds for an attribute. */
class Rule {
  readonly message: string;
  readonly #holds: (value: string) => boolean;
  /** Most attributes say the same in event after event, and need not be looked at again. */
  #lastValid: string | undefined;

  constructor(holds: (value: string) => boolean, message: string) {
    this.#holds = holds;
    this.message = message;
  }

  /** What is wrong with a text, as a sentence. */
  problemWith(value: string): string | undefined {
    if (value === this.#lastValid) return undefined;
    const problem = hasForbiddenCharacters(value) ? FORBIDDEN : this.#holds(value) ? undefined : this.message;
    if (problem === undefined) this.#lastValid = value;
    return problem;
  }
}

const jsonMediaType = /^[\w!#$&^.+-]+\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;.*)?$/i;

const nonEmpty = (value: string) => value !== '';

const rules: ReadonlyMap<string, Rule> = new Map([
  ['specversion', new Rule((value) => value === '1.0', 'Must be "1.0".')],
  ['id', new Rule(nonEmpty, 'Must be a non-empty string.')],
  ['source', new Rule(isUriReference, 'Must be a non-empty URI reference (RFC 3986).')],
  ['type', new Rule(nonEmpty, 'Must be a non-empty string.')],
  ['subject', new Rule(nonEmpty, 'Must be a non-empty string.')],
  ['time', new Rule(isDateTime, 'Must be a timestamp (RFC 3339), for example 2026-01-31T09:30:00Z.')],
  ['datacontenttype', new Rule(isJsonMediaType, 'Must be a JSON media type, for example application/json.')],
  ['dataschema', new Rule(isUri, 'Must be an absolute URI (RFC 3986).')],
]);

/** The attributes that the specification names. */
export const coreAttributes: readonly string[] = [...rules.keys()];

/** Whether a media type, parameters apart, is JSON: CloudEvents 1.0.2, "JSON Event Format", section 3.1.1. */
export function isJsonMediaType(mediaType: string): boolean {
  return mediaType === 'application/json' || jsonMediaType.test(mediaType);
}

/**
 * Checks the context attributes of an event.
 *
 * @param input - attribute names and values as they were received, `data` removed
 * @returns the attributes, or `invalid_cloudevent` with one issue for each wrong attribute, up to a limit
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md CloudEvents 1.0.2, "Context attributes"}
 */
export function parseAttributes(input: Readonly<Record<string, unknown>>): Parsed<CloudEventAttributes> {
  const issues: Issue[] = [];
  const { specversion, id, source, type } = input;
  if (specversion === undefined) issues.push(missing('specversion'));
  if (id === undefined) issues.push(missing('id'));
  if (source === undefined) issues.push(missing('source'));
  if (type === undefined) issues.push(missing('type'));
  for (const name in input) {
    const value = input[name];
    const message = value === undefined ? undefined : problemWith(name, value);
    if (message) issues.push({ pointer: pointerStep(name), message });
    if (issues.length >= MAX_ISSUES) break;
  }
  if (issues.length === 0 && isAttributes(input)) return parsed(input);
  return { ok: false, code: 'invalid_cloudevent', issues };
}

function missing(attribute: string): Issue {
  return { pointer: `/${attribute}`, message: 'Is missing.' };
}

function problemWith(name: string, value: unknown): string | undefined {
  const rule = rules.get(name);
  if (rule === undefined && !attributeName.test(name))
    return 'An attribute name must consist of a-z and 0-9, and must not be "data".';
  if (typeof value === 'string') {
    if (rule) return rule.problemWith(value);
    return hasForbiddenCharacters(value) ? FORBIDDEN : undefined;
  }
  if (rule) return rule.message;
  // `| 0` is what turns a number into a signed 32-bit integer.
  if (typeof value === 'boolean' || (typeof value === 'number' && value === (value | 0))) return undefined;
  return 'An extension attribute must be a string, a boolean or a 32-bit integer.';
}

function hasForbiddenCharacters(text: string): boolean {
  return !printableAscii.test(text) && forbiddenCharacters.test(text);
}

/** Tells the compiler what the rules above have established. */
function isAttributes(input: Readonly<Record<string, unknown>>): input is CloudEventAttributes {
  return (
    input.specversion === '1.0' && [input.id, input.source, input.type].every((v) => typeof v === 'string')
  );
}
