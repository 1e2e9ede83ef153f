import { isJsonObject } from '../../json.ts';

/** Deeper schemas, such as those that refer to themselves, are cut off. */
const MAX_DEPTH = 8;

/** Texts of the formats of JSON Schema that event types may use. */
const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  time: '12:30:00Z',
  'date-time': '2026-01-31T12:30:00Z',
  duration: 'P1D',
  email: 'zoe@example.com',
  'idn-email': 'zoe@example.com',
  hostname: 'example.com',
  'idn-hostname': 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/1',
  'uri-reference': '/1',
  iri: 'https://example.com/1',
  'iri-reference': '/1',
  uuid: '3f2b6c1e-8f0a-4d3b-9a57-0c1d2e3f4a5b',
  'json-pointer': '/a',
  'relative-json-pointer': '0',
  regex: '.*',
};

/**
 * Makes data that a JSON Schema (draft-07) describes: `default`, `const`, `enum` and `examples` where it has them, else the
 * simplest value of its type. It is a proposal for a form; whether it is valid, the publisher says.
 */
export function exampleOf(root: unknown): unknown {
  const make: Make = (schema, name, depth) => {
    if (!isJsonObject(schema) || depth > MAX_DEPTH) return null;
    const declared = [...('const' in schema ? [schema.const] : []), ...choicesOf(schema)];
    if (declared.length > 0) return declared[0];
    const next = composed(root, schema);
    return next === undefined
      ? simplest(schema, name, (part, of) => make(part, of, depth + 1))
      : make(next, name, depth + 1);
  };
  return make(root, 'event', 0);
}

type Make = (schema: unknown, name: string, depth: number) => unknown;

function choicesOf(schema: Readonly<Record<string, unknown>>): unknown[] {
  if ('default' in schema) return [schema.default];
  return [schema.examples, schema.enum].flatMap((choices) => (Array.isArray(choices) ? choices : []));
}

/** The schema that a reference or a composition comes to; undefined when it is neither. */
function composed(root: unknown, schema: Readonly<Record<string, unknown>>): unknown {
  if (typeof schema.$ref === 'string') return resolve(root, schema.$ref);
  const branches = [schema.oneOf, schema.anyOf].find(Array.isArray);
  if (branches !== undefined) return { ...withoutBranches(schema), ...Object(branches[0]) };
  return Array.isArray(schema.allOf) ? merged(schema, schema.allOf) : undefined;
}

function simplest(
  schema: Readonly<Record<string, unknown>>,
  name: string,
  make: (schema: unknown, name: string) => unknown,
): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : (schema.type ?? typeBy(schema));
  switch (type) {
    case 'object':
      return objectOf(schema, make);
    case 'array':
      return arrayOf(schema, (item) => make(item, name));
    case 'string':
      return stringOf(schema, name);
    case 'integer':
    case 'number':
      return numberOf(schema, type === 'integer', name);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function resolve(root: unknown, ref: string): unknown {
  let target: unknown = root;
  for (const step of decodeURIComponent(ref.replace(/^#/, '')).split('/').slice(1)) {
    target = Object(target)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return target;
}

function withoutBranches(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { oneOf: _one, anyOf: _any, ...rest } = schema;
  return rest;
}

function merged(
  schema: Readonly<Record<string, unknown>>,
  parts: readonly unknown[],
): Record<string, unknown> {
  const objects = [schema, ...parts].map((part): Record<string, unknown> => Object(part));
  return {
    ...Object.fromEntries(objects.flatMap((part) => Object.entries(part))),
    allOf: undefined,
    properties: Object.fromEntries(objects.flatMap((part) => Object.entries(Object(part.properties)))),
    required: objects.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  };
}

function typeBy(schema: Readonly<Record<string, unknown>>): string | undefined {
  if ('properties' in schema) return 'object';
  if ('items' in schema) return 'array';
  if ('pattern' in schema || 'format' in schema || 'minLength' in schema) return 'string';
  if ('minimum' in schema || 'maximum' in schema || 'multipleOf' in schema) return 'number';
  return undefined;
}

function objectOf(
  { properties, required }: Readonly<Record<string, unknown>>,
  make: (schema: unknown, name: string) => unknown,
): Record<string, unknown> {
  const wanted = new Set<unknown>(Array.isArray(required) ? required : []);
  const declared = Object.entries(isJsonObject(properties) ? properties : {});
  return Object.fromEntries(
    declared.flatMap(([name, schema]) => (wanted.has(name) ? [[name, make(schema, name)]] : [])),
  );
}

function arrayOf(
  { items, minItems }: Readonly<Record<string, unknown>>,
  make: (schema: unknown) => unknown,
): unknown[] {
  if (Array.isArray(items)) return items.map(make);
  const length = typeof minItems === 'number' ? minItems : 1;
  return Array.from({ length }, () => make(items ?? { type: 'string' }));
}

function stringOf(schema: Readonly<Record<string, unknown>>, name: string): string {
  const { format, pattern, minLength, maxLength } = schema;
  if (typeof format === 'string' && formats[format] !== undefined) return formats[format];
  if (typeof pattern === 'string') return textOfPattern(pattern);
  const least = typeof minLength === 'number' ? minLength : 0;
  const most = typeof maxLength === 'number' ? maxLength : Number.POSITIVE_INFINITY;
  return `${name}-1`.padEnd(least, 'x').slice(0, most);
}

/** A text of simple patterns: literals, classes, and counts behind them. */
function textOfPattern(pattern: string): string {
  const body = pattern.replace(/^\^|\$$/g, '');
  const parts = /\[(\^?)([^\]]*)\]|\\([dwsDWS])|\\(.)|\(\?:|[()]|(\.)|([^\\[\](){}*+?|.])/gy;
  const count = /\{(\d+)(?:,\d*)?\}|[*+?]/y;
  let text = '';
  for (let match = parts.exec(body); match !== null; match = parts.exec(body)) {
    const [whole, negated, members, shorthand, escaped, any, literal] = match;
    const character = characterOf({ negated, members, shorthand, escaped, any, literal });
    count.lastIndex = parts.lastIndex;
    const counted = count.exec(body);
    const times = counted === null ? 1 : Number(counted[1] ?? (counted[0] === '+' ? 1 : 0));
    if (counted !== null) parts.lastIndex = count.lastIndex;
    if (!/^\(|\)$/.test(whole)) text += character.repeat(times);
    if (body[parts.lastIndex] === '|') break;
  }
  return text;
}

function characterOf(part: {
  readonly negated: string | undefined;
  readonly members: string | undefined;
  readonly shorthand: string | undefined;
  readonly escaped: string | undefined;
  readonly any: string | undefined;
  readonly literal: string | undefined;
}): string {
  if (part.members !== undefined) return part.negated ? 'x' : firstOfClass(part.members);
  if (part.shorthand !== undefined) return { d: '1', w: 'a', s: ' ' }[part.shorthand] ?? 'x';
  return part.escaped ?? part.literal ?? (part.any === undefined ? '' : 'x');
}

function firstOfClass(members: string): string {
  if (members.startsWith('\\')) return characterOf({ ...nothing, shorthand: members[1] });
  return members[0] ?? '';
}

const nothing = {
  negated: undefined,
  members: undefined,
  shorthand: undefined,
  escaped: undefined,
  any: undefined,
  literal: undefined,
};

function numberOf(schema: Readonly<Record<string, unknown>>, isInteger: boolean, name: string): number {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = schema;
  // Names that nearly always hold a time.
  if (minimum === undefined && multipleOf === undefined && /^(timestamp|time)$/i.test(name))
    return 1_760_000_000;
  const step = typeof multipleOf === 'number' ? multipleOf : isInteger ? 1 : 0.5;
  const least = bound(exclusiveMinimum, step) ?? bound(minimum, 0) ?? Number.NEGATIVE_INFINITY;
  const most = bound(exclusiveMaximum, -step) ?? bound(maximum, 0) ?? Number.POSITIVE_INFINITY;
  const wanted = Math.min(Math.max(step, least), most);
  return typeof multipleOf === 'number' ? Math.ceil(wanted / step) * step : wanted;
}

function bound(limit: unknown, by: number): number | undefined {
  return typeof limit === 'number' ? limit + by : undefined;
}
