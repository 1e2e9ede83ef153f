import { isJsonObject } from '../json.ts';
import { escapeName } from '../json-pointer.ts';

/** Replaces a sensitive value in a log. */
export const REDACTED = '[redacted]';

/** Returns a value without its sensitive parts, and adds these to `hidden`. */
export type Redact = (value: unknown, hidden: unknown[]) => unknown;

/** What a schema has redacted. */
export interface Redaction {
  /** Undefined when nothing is sensitive. */
  readonly redact: Redact | undefined;
  /** JSON pointers to the `sensitive: true` marks that the redaction follows. */
  readonly marks: ReadonlySet<string>;
}

const hide: Redact = (value, hidden) => {
  hidden.push(value);
  return REDACTED;
};

/**
 * Compiles the redaction of a schema. It follows marks wherever it can tell which values they cover. A value is replaced
 * when any branch of `anyOf`, `oneOf`, `if` and so on marks it, even if the data did not take that branch.
 *
 * @param root - a JSON Schema (draft-07) with local references only
 */
export function redactionOf(root: unknown): Redaction {
  const marks = new Set<string>();
  const references = new Map<string, Redact>();

  const follow = (schema: unknown, pointer: string): Redact | undefined => {
    if (!isJsonObject(schema)) return undefined;
    if (schema.sensitive === true) {
      marks.add(pointer);
      return hide;
    }
    const at = (...steps: readonly string[]): Redact | undefined => {
      let below: unknown = schema;
      for (const step of steps) below = Object(below)[step];
      return follow(below, pointer + steps.map((step) => `/${escapeName(step)}`).join(''));
    };
    const each = (keyword: string) =>
      Object.keys(Object(schema[keyword])).map((name) => [name, at(keyword, name)] as const);
    const inPlace = ['allOf', 'anyOf', 'oneOf', 'dependencies'].flatMap(each).map(([, redact]) => redact);
    return all([
      ...inPlace,
      at('if'),
      at('then'),
      at('else'),
      reference(schema.$ref),
      ofItems(at('contains')),
      Array.isArray(schema.items)
        ? ofTuple(
            each('items').map(([, redact]) => redact),
            at('additionalItems'),
          )
        : ofItems(at('items')),
      ofMembers(each('properties'), each('patternProperties'), at('additionalProperties')),
    ]);
  };

  /** What is referred to is compiled once, and may refer to itself. */
  const reference = (ref: unknown): Redact | undefined => {
    if (typeof ref !== 'string' || !/^#(?:\/|$)/.test(ref)) return undefined;
    const known = references.get(ref);
    if (known) return known;
    let compiled: Redact | undefined;
    const redact: Redact = (value, hidden) => (compiled ? compiled(value, hidden) : value);
    references.set(ref, redact);
    const pointer = decodeURIComponent(ref.slice(1));
    let target: unknown = root;
    for (const step of pointer.split('/').slice(1)) {
      target = Object(target)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    compiled = follow(target, pointer);
    return redact;
  };

  const redact = follow(root, '');
  return { redact: marks.size > 0 ? redact : undefined, marks };
}

function all(redactions: readonly (Redact | undefined)[]): Redact | undefined {
  const steps = redactions.filter((redact) => redact !== undefined);
  if (steps.length < 2) return steps[0];
  return (value, hidden) => steps.reduce((result, redact) => redact(result, hidden), value);
}

function ofItems(redact: Redact | undefined): Redact | undefined {
  return redact && ofTuple([], redact);
}

function ofTuple(first: readonly (Redact | undefined)[], rest: Redact | undefined): Redact | undefined {
  if (rest === undefined && first.every((redact) => redact === undefined)) return undefined;
  return (value, hidden) => {
    if (!Array.isArray(value)) return value;
    return value.map((item: unknown, index) => {
      const redact = index < first.length ? first[index] : rest;
      return redact ? redact(item, hidden) : item;
    });
  };
}

type Named = readonly (readonly [name: string, redact: Redact | undefined])[];

function ofMembers(properties: Named, patterns: Named, rest: Redact | undefined): Redact | undefined {
  if (rest === undefined && [...properties, ...patterns].every(([, redact]) => redact === undefined)) {
    return undefined;
  }
  const byName = new Map(properties);
  const byPattern = patterns.map(([pattern, redact]) => ({ pattern: new RegExp(pattern, 'u'), redact }));
  const redactionOfMember = (name: string): Redact | undefined => {
    const matching = byPattern.filter(({ pattern }) => pattern.test(name)).map(({ redact }) => redact);
    return all(byName.has(name) || matching.length > 0 ? [byName.get(name), ...matching] : [rest]);
  };
  // Only patterns and `additionalProperties` need a look at each member.
  const names = byPattern.length === 0 && rest === undefined ? [...byName.keys()] : undefined;
  return (value, hidden) => {
    if (!isJsonObject(value)) return value;
    const copy = { ...value };
    for (const name of names ?? Object.keys(copy)) {
      const redact = Object.hasOwn(copy, name) ? redactionOfMember(name) : undefined;
      if (redact) copy[name] = redact(copy[name], hidden);
    }
    return copy;
  };
}
