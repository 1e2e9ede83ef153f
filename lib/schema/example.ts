import fc from 'fast-check';
import { isJsonObject } from '../json.ts';

/** A text, readable and valid, for each `format`. */
const textByFormat: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T09:30:00Z',
  duration: 'PT15M',
  email: 'user@example.com',
  hostname: 'www.example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  time: '09:30:00Z',
  uri: 'https://www.example.com/',
  'uri-reference': '/example',
  uuid: '0190a5b6-7c00-7000-8000-000000000001',
};

/** Texts that are made of a pattern until one has the right length. */
const PATTERN_SAMPLES = 100;
/** The same texts each time. */
const PATTERN_SEED = 1;
/** How deep optional properties are filled in: a schema may refer to itself. */
const OPTIONAL_DEPTH = 5;

type Schema = Readonly<Record<string, unknown>>;

/** Where the value is that an example is made for. */
interface Place {
  readonly root: unknown;
  readonly name: string;
  readonly depth: number;
}

/**
 * Makes an example of the data that a JSON Schema (draft-07) describes, the same each time. `examples`, `default`, `const` and
 * `enum` of the schema come first; optional properties are filled in; of `anyOf` and `oneOf` it takes the first branch. It
 * does not follow `not`, `contains`, `dependencies` and `propertyNames`: check the result, and give such a schema `examples`.
 *
 * @param schema - for example the newest of `revisions` of an event type
 */
export function exampleData(schema: unknown): unknown {
  return example(schema, { root: schema, name: 'value', depth: 0 });
}

function example(given: unknown, place: Place): unknown {
  const schema = flattened(given, place.root);
  const { examples, enum: allowed } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (Array.isArray(allowed)) return allowed[0];
  switch (typeOf(schema)) {
    case 'object':
      return objectExample(schema, place);
    case 'array':
      return arrayExample(schema, place);
    case 'integer':
      return numberExample(schema, 1);
    case 'number':
      return numberExample(schema, undefined);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textExample(schema, place.name);
  }
}

/** The schema with what it refers to and what it combines, as one. */
function flattened(given: unknown, root: unknown): Schema {
  if (!isJsonObject(given)) return {};
  const { $ref, allOf, anyOf, oneOf, if: condition, then, ...own } = given;
  const parts = [
    ...(typeof $ref === 'string' ? [target($ref, root)] : []),
    ...(Array.isArray(allOf) ? allOf : []),
    ...[anyOf, oneOf].flatMap((branches) => (Array.isArray(branches) ? branches.slice(0, 1) : [])),
    condition,
    then,
  ];
  return parts.map((part) => flattened(part, root)).reduce(merged, own);
}

function merged(one: Schema, other: Schema): Schema {
  const properties: Record<string, unknown> = { ...Object(one.properties) };
  for (const [name, schema] of Object.entries(Object(other.properties))) {
    properties[name] = name in properties ? { allOf: [properties[name], schema] } : schema;
  }
  const required = [one.required, other.required].flatMap((names) => (Array.isArray(names) ? names : []));
  return {
    ...one,
    ...other,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function target(reference: string, root: unknown): unknown {
  let below: unknown = root;
  for (const step of decodeURIComponent(reference).split('/').slice(1)) {
    below = Object(below)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return below;
}

function typeOf({ type, properties, items, minimum, maximum }: Schema): unknown {
  if (Array.isArray(type)) return type.find((each) => each !== 'null');
  if (type !== undefined) return type;
  if (properties !== undefined) return 'object';
  if (items !== undefined) return 'array';
  return minimum !== undefined || maximum !== undefined ? 'number' : 'string';
}

function objectExample(schema: Schema, place: Place): Record<string, unknown> {
  const properties: Schema = Object(schema.properties);
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const optional = place.depth < OPTIONAL_DEPTH ? Object.keys(properties) : [];
  const names = new Set([...optional, ...required.map(String)]);
  for (let index = 1; names.size < numberOr(0, schema.minProperties); index++) names.add(`property${index}`);
  const patterns = Object.entries(Object(schema.patternProperties));
  const schemaOf = (name: string) =>
    properties[name] ??
    patterns.find(([pattern]) => new RegExp(pattern, 'u').test(name))?.[1] ??
    schema.additionalProperties;
  return Object.fromEntries(
    [...names].map((name) => [name, example(schemaOf(name), { ...place, name, depth: place.depth + 1 })]),
  );
}

function arrayExample(schema: Schema, place: Place): unknown[] {
  const { items, additionalItems, minItems, maxItems, uniqueItems } = schema;
  const first: unknown[] = Array.isArray(items) ? items : [];
  const rest = Array.isArray(items) ? additionalItems : items;
  const wanted = place.depth < OPTIONAL_DEPTH ? 1 : 0;
  const length = Math.min(
    Math.max(numberOr(0, minItems), first.length, wanted),
    numberOr(Infinity, maxItems),
  );
  return Array.from({ length }, (_, index) => {
    const schemaOfItem = flattened(index < first.length ? first[index] : rest, place.root);
    const item = example(schemaOfItem, { ...place, depth: place.depth + 1 });
    return uniqueItems === true && index > 0 ? another(item, index, schemaOfItem) : item;
  });
}

/** A value that differs from the first one. */
function another(item: unknown, index: number, { enum: allowed, multipleOf }: Schema): unknown {
  if (Array.isArray(allowed)) return allowed[index];
  if (typeof item === 'number') return item + index * numberOr(1, multipleOf);
  return typeof item === 'string' ? `${item}${index + 1}` : item;
}

/** 1, or the number nearest to it. */
function numberExample(schema: Schema, wholeStep: number | undefined): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = numberOr(wholeStep ?? 0, multipleOf);
  const margin = step || 0.5;
  const lowest = Math.max(numberOr(-Infinity, minimum), numberOr(-Infinity, exclusiveMinimum) + margin);
  const highest = Math.min(numberOr(Infinity, maximum), numberOr(Infinity, exclusiveMaximum) - margin);
  const nearest = Math.min(Math.max(1, lowest), highest);
  if (step === 0) return nearest;
  const steps = nearest === highest ? Math.floor(nearest / step) : Math.ceil(nearest / step);
  // As decimals: 0.1 * 3 is not 0.3.
  return Number((steps * step).toPrecision(15));
}

function textExample({ format, pattern, minLength, maxLength }: Schema, name: string): string {
  const shortest = numberOr(0, minLength);
  const longest = numberOr(Infinity, maxLength);
  if (typeof pattern === 'string') {
    const texts = fc.sample(fc.stringMatching(new RegExp(pattern, 'u')), {
      seed: PATTERN_SEED,
      numRuns: PATTERN_SAMPLES,
    });
    const fits = texts.filter(({ length }) => length >= shortest && length <= longest);
    return fits.sort((one, other) => one.length - other.length)[0] ?? '';
  }
  if (typeof format === 'string') return textByFormat[format] ?? name;
  return name.padEnd(shortest, '.').slice(0, longest);
}

function numberOr(otherwise: number, value: unknown): number {
  return typeof value === 'number' ? value : otherwise;
}
