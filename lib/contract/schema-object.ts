import { isJsonObject } from '../json.ts';

/** The dialect of a document: OpenAPI 3.1 has JSON Schema 2020-12, AsyncAPI 3.0 has draft-07. */
export type Dialect = 'draft-07' | '2020-12';

/** Keywords that hold one schema, or a list of them. */
const schemas = [
  ...[
    'additionalItems',
    'additionalProperties',
    'allOf',
    'anyOf',
    'contains',
    'else',
    'if',
    'items',
    'not',
    'oneOf',
  ],
  ...['propertyNames', 'then'],
];
/** Keywords that hold schemas by name. */
const schemasByName = ['definitions', 'dependencies', 'patternProperties', 'properties'];

/**
 * Rewrites the schema of an event type for a document: references lead to its place there, `sensitive` marks are
 * `x-sensitive`, and 2020-12 has its own names for tuples and dependencies.
 *
 * @param schema - JSON Schema (draft-07) with local references only
 * @param place - of the schema in the document, as a URI fragment
 */
export function schemaObject(schema: unknown, place: string, dialect: Dialect): unknown {
  if (Array.isArray(schema)) return schema.map((each) => schemaObject(each, place, dialect));
  if (!isJsonObject(schema)) return schema;
  const within = (below: unknown) => schemaObject(below, place, dialect);
  const converted = Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    if (keyword === '$id' || keyword === '$schema') return [];
    if (keyword === '$ref') return [['$ref', String(value).replace(/^#/, place)]];
    if (keyword === 'sensitive') return [['x-sensitive', value]];
    if (schemasByName.includes(keyword)) {
      const byName = Object.entries(Object(value)).map(([name, below]) => [
        name,
        namesOrSchema(below, within),
      ]);
      return [[keyword, Object.fromEntries(byName)]];
    }
    return [[keyword, schemas.includes(keyword) ? within(value) : value]];
  });
  return dialect === '2020-12' ? in2020(Object.fromEntries(converted)) : Object.fromEntries(converted);
}

/** A dependency may be a list of names. */
function namesOrSchema(value: unknown, within: (schema: unknown) => unknown): unknown {
  return Array.isArray(value) ? value : within(value);
}

/**
 * @see {@link https://json-schema.org/draft/2019-09/release-notes JSON Schema, "Draft 2019-09 Release Notes"}
 * @see {@link https://json-schema.org/draft/2020-12/release-notes JSON Schema, "Draft 2020-12 Release Notes"}
 */
function in2020({
  items,
  additionalItems,
  dependencies,
  ...schema
}: Readonly<Record<string, unknown>>): object {
  const isTuple = Array.isArray(items);
  const entries = Object.entries(Object(dependencies));
  const [required, dependent] = [true, false].map((isList) =>
    Object.fromEntries(entries.filter(([, value]) => Array.isArray(value) === isList)),
  );
  return {
    ...schema,
    ...(isTuple && { prefixItems: items }),
    ...(isTuple && additionalItems !== undefined && { items: additionalItems }),
    ...(!isTuple && items !== undefined && { items }),
    ...(Object.keys(required ?? {}).length > 0 && { dependentRequired: required }),
    ...(Object.keys(dependent ?? {}).length > 0 && { dependentSchemas: dependent }),
  };
}

/** The name of an event type among the components of a document, which take letters, digits, `.`, `-` and `_`. */
export function componentName(type: string): string {
  return type.replaceAll(/[^\w.-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
}
