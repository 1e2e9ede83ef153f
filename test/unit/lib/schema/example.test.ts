import { schemaCompiler } from '../../../../lib/build/schema-compiler.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';
import { exampleData } from '../../../../lib/schema/example.ts';

const ajv = schemaCompiler(true);

test.each(catalogue.map(({ type, revisions }) => [type, revisions] as const))(
  'the example of each revision of %s is valid',
  (_type, revisions) => {
    for (const revision of revisions) {
      const validate = ajv.compile(revision);
      validate(exampleData(revision));
      expect(validate.errors).toBeNull();
    }
  },
);

test.each([
  [
    'a text takes the name of its property',
    { type: 'object', properties: { carrier: { type: 'string' } } },
    { carrier: 'carrier' },
  ],
  [
    'optional properties are filled in',
    { type: 'object', properties: { a: { type: 'boolean' } }, required: [] },
    { a: true },
  ],
  ['examples come first', { type: 'string', examples: ['cup'], default: 'pot' }, 'cup'],
  ['then the default', { type: 'string', default: 'pot', minLength: 1 }, 'pot'],
  ['a constant', { const: 7 }, 7],
  ['the first of an enum', { enum: ['EUR', 'USD'] }, 'EUR'],
  ['a number within its limits', { type: 'number', minimum: 18, maximum: 99 }, 18],
  ['a number below an exclusive maximum', { type: 'integer', exclusiveMaximum: 0 }, -1],
  ['a multiple as a decimal', { type: 'number', minimum: 0.25, multipleOf: 0.1, maximum: 0.35 }, 0.3],
  ['a text as long as it must be', { type: 'array', items: { type: 'string', minLength: 7 } }, ['value..']],
  ['no longer than it may be', { type: 'string', maxLength: 3 }, 'val'],
  [
    'as many items as there must be, each different',
    { type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true },
    [1, 2, 3],
  ],
  [
    'a tuple',
    { type: 'array', items: [{ type: 'integer' }, { type: 'null' }], minItems: 2, additionalItems: false },
    [1, null],
  ],
  ['the first type that is not null', { type: ['null', 'integer'] }, 1],
  [
    'a reference',
    { definitions: { 'a/b': { type: 'integer' } }, allOf: [{ $ref: '#/definitions/a~1b' }] },
    1,
  ],
  [
    'all of allOf and the first of anyOf',
    {
      type: 'object',
      properties: { a: { type: 'integer', minimum: 1 } },
      allOf: [{ properties: { a: { minimum: 5 } } }],
      anyOf: [{ properties: { b: { type: 'boolean' } }, required: ['b'] }, { required: ['c'] }],
      required: ['a'],
    },
    { a: 5, b: true },
  ],
  [
    'the condition and what it asks for',
    {
      type: 'object',
      properties: { kind: { type: 'string' } },
      if: { properties: { kind: { const: 'card' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { number: { type: 'integer' } }, required: ['number'] },
    },
    { kind: 'card', number: 1 },
  ],
  [
    'names that no property has',
    {
      type: 'object',
      patternProperties: { '^x-': { type: 'integer' } },
      additionalProperties: { type: 'boolean' },
      required: ['x-a'],
      minProperties: 2,
    },
    { 'x-a': 1, property1: true },
  ],
])('%s', (_rule, schema, expected) => {
  const data = exampleData(schema);
  expect(data).toEqual(expected);
  const validate = ajv.compile(schema);
  validate(data);
  expect(validate.errors).toBeNull();
});

test.each([
  'date',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'time',
  'uri',
  'uri-reference',
  'uuid',
])('a text of the format %s', (format) => {
  const schema = { type: 'string', format };
  expect(ajv.validate(schema, exampleData(schema))).toBe(true);
});

test('a text of a pattern and a length, the same each time', () => {
  const schema = { type: 'string', pattern: '^[A-Z]{2,9}-\\d+$', minLength: 6 };
  expect(ajv.validate(schema, exampleData(schema))).toBe(true);
  expect(exampleData(schema)).toBe(exampleData(schema));
});

test('a schema that refers to itself comes to an end', () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, below: { type: 'array', items: { $ref: '#' } } },
    required: ['name'],
  };
  expect(ajv.validate(schema, exampleData(schema))).toBe(true);
});
