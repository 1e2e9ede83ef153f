import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../json.ts';
import { schemaCompiler } from './schema-compiler.ts';

/** How example data is made from a schema. */
export interface ExampleStyle {
  /** As little as the schema takes: required properties only, everything as short as can be. */
  readonly smallest?: boolean;
  /** 0 and 1 give different values, where the schema leaves a choice. */
  readonly variant?: number;
}

/** Values of `format`, each twice. */
const formatExamples: Readonly<Record<string, readonly string[]>> = {
  date: ['2026-01-31', '2027-12-01'],
  'date-time': ['2026-01-31T09:30:00Z', '2027-12-01T18:05:59.5+02:00'],
  duration: ['PT1H', 'P2D'],
  email: ['zoe@example.com', 'Max.Mustermann@example.org'],
  hostname: ['example.com', 'www.example.org'],
  ipv4: ['192.0.2.1', '198.51.100.2'],
  ipv6: ['2001:db8::1', '2001:db8::2'],
  time: ['09:30:00Z', '18:05:59+02:00'],
  uri: ['https://example.com/1', 'https://example.org/2?b=B'],
  'uri-reference': ['/1', '/2?b=B'],
  uuid: ['2f1e8a53-0d2c-4c4e-9a43-6d1b1a0c7e11', 'B7C2D9E4-5F60-4718-92A3-B4C5D6E7F801'],
};
/** Deeper down only what is required is made: a schema may refer to itself. */
const MAX_OPTIONAL_DEPTH = 5;
/** A schema that requires itself has no end. */
const MAX_DEPTH = 30;
/** Texts that are looked through for one without unusual characters. */
const MATCHING_TEXTS = 40;

/**
 * Makes data from a schema, the same each time: its own `examples` where it has some, else what its keywords suggest.
 *
 * @param schema - JSON Schema (draft-07) with local references only
 * @returns undefined when the schema refuses what was made; `examples` in the schema help
 */
export function validExample(schema: object, style: ExampleStyle = {}): unknown {
  const data = new Examples(schema, style).of(schema, 'data', 0);
  return schemaCompiler(false).validate(schema, data) ? data : undefined;
}

class Examples {
  readonly #root: unknown;
  readonly #smallest: boolean;
  readonly #variant: number;

  constructor(root: unknown, { smallest = false, variant = 0 }: ExampleStyle) {
    this.#root = root;
    this.#smallest = smallest;
    this.#variant = variant;
  }

  /** @param name - of the property, for texts */
  of(schema: unknown, name: string, depth: number): unknown {
    if (!isJsonObject(schema) || depth > MAX_DEPTH) return null;
    const { $ref: reference, const: constant, enum: values, examples, allOf } = schema;
    if (typeof reference === 'string') {
      const target = referenced(reference, this.#root);
      return isDeepStrictEqual(target, schema) ? null : this.of(target, name, depth + 1);
    }
    if (constant !== undefined) return constant;
    if (Array.isArray(values)) return this.#choice(values);
    if (Array.isArray(examples) && examples.length > 0 && !this.#smallest) return this.#choice(examples);
    const alternative: unknown = [schema.anyOf ?? schema.oneOf ?? []].flat()[0];
    const parts = [allOf ?? [], alternative ?? []].flat().map((part) => this.of(part, name, depth + 1));
    const whole = this.#ofType([schema.type].flat()[0], schema, name, depth);
    if (parts.length === 0) return whole;
    const objects = [whole, ...parts].filter(isJsonObject);
    return objects.length > 0 ? Object.assign({}, ...objects) : parts[0];
  }

  #ofType(type: unknown, schema: Readonly<Record<string, unknown>>, name: string, depth: number): unknown {
    switch (type ?? (isJsonObject(schema.properties) ? 'object' : undefined)) {
      case 'string':
        return this.#text(schema, name);
      case 'number':
      case 'integer':
        return this.#number(schema);
      case 'boolean':
        return !this.#smallest && this.#variant === 0;
      case 'array':
        return this.#array(schema, name, depth);
      case 'object':
        return this.#object(schema, depth);
      default:
        return null;
    }
  }

  #text({ minLength, maxLength, pattern, format }: Readonly<Record<string, unknown>>, name: string): string {
    const least = typeof minLength === 'number' ? minLength : 0;
    if (typeof format === 'string') return String(this.#choice(formatExamples[format] ?? ['']));
    if (typeof pattern === 'string') return matching(pattern, this.#variant);
    if (this.#smallest) return 'x'.repeat(least);
    // Upper and lower case, blanks and length show what a partition key does with them.
    const text = this.#variant === 0 ? `${name}-1` : ` ${name.toUpperCase()}-2 ${'long '.repeat(10)}`;
    return text.padEnd(least, 'x').slice(0, typeof maxLength === 'number' ? maxLength : text.length + least);
  }

  #number({
    minimum,
    exclusiveMinimum,
    maximum,
    exclusiveMaximum,
    multipleOf,
    type,
  }: Record<string, unknown>) {
    const step = typeof multipleOf === 'number' ? multipleOf : 1;
    const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + step : -Infinity;
    const below = typeof exclusiveMaximum === 'number' ? exclusiveMaximum - step : Infinity;
    const least = Math.max(typeof minimum === 'number' ? minimum : -Infinity, above);
    const most = Math.min(typeof maximum === 'number' ? maximum : Infinity, below);
    if (this.#smallest) return Number.isFinite(least) ? least : Math.min(0, most);
    const wanted = (this.#variant + 1) * step + (type === 'number' && step === 1 ? 0.5 : 0);
    return Math.max(least, Math.min(wanted, most));
  }

  #array({ items, minItems, maxItems }: Readonly<Record<string, unknown>>, name: string, depth: number) {
    const least = typeof minItems === 'number' ? minItems : 0;
    const most = typeof maxItems === 'number' ? maxItems : Infinity;
    const tuple = Array.isArray(items) ? items : undefined;
    const wanted = this.#smallest || depth > MAX_OPTIONAL_DEPTH ? 0 : (tuple?.length ?? 1);
    return Array.from({ length: Math.min(Math.max(least, wanted), most) }, (_, index) =>
      this.of(tuple === undefined ? items : tuple[index], name, depth + 1),
    );
  }

  #object({ required, properties }: Readonly<Record<string, unknown>>, depth: number) {
    const names: readonly unknown[] = Array.isArray(required) ? required : [];
    const all = !this.#smallest && depth <= MAX_OPTIONAL_DEPTH;
    return Object.fromEntries(
      Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([name, below]) =>
        below !== false && (all || names.includes(name)) ? [[name, this.of(below, name, depth + 1)]] : [],
      ),
    );
  }

  #choice(values: readonly unknown[]): unknown {
    return values[this.#smallest ? 0 : this.#variant % values.length];
  }
}

/** @param reference - RFC 6901, as a URI fragment */
function referenced(reference: string, root: unknown): unknown {
  const steps = decodeURIComponent(reference).split('/').slice(1);
  return steps.reduce<unknown>(
    (part, step) => Object(part)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
}

/** The shortest of some texts that match, preferably of letters and digits. */
function matching(pattern: string, variant: number): string {
  // Loaded only for a schema with a pattern and no examples.
  const fc: typeof import('fast-check') = require('fast-check');
  const texts = fc.sample(fc.stringMatching(new RegExp(pattern, 'u')), {
    numRuns: MATCHING_TEXTS,
    seed: variant + 1,
  });
  const plain = texts.filter((text) => /^[\w.@:/-]*$/.test(text) && text !== '');
  const [shortest = ''] = (plain.length > 0 ? plain : texts).sort((a, b) => a.length - b.length);
  return shortest;
}
