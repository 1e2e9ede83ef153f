import { validExample } from '../../../../lib/build/example-data.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';

const object = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest });

describe('example data', () => {
  const revisions = catalogue.flatMap(({ type, revisions: all }) =>
    all.map((schema, index) => ({ name: `${type} ${index + 1}`, schema })),
  );
  test.each(revisions)('is valid for $name, with all properties', ({ schema }) => {
    for (const style of [{}, { variant: 1 }, { smallest: true }])
      expect(validExample(schema, style)).toEqual(expect.any(Object));
    expect(Object.keys(Object(validExample(schema)))).toEqual(Object.keys(schema.properties));
  });

  test.each<[string, object, unknown]>([
    ['its examples', object({ a: { type: 'string', examples: ['seen'] } }), { a: 'seen' }],
    ['a constant', object({ a: { const: 7 } }), { a: 7 }],
    ['an enum', object({ a: { enum: ['x', 'y'] } }), { a: 'x' }],
    ['a format', object({ a: { type: 'string', format: 'date' } }), { a: '2026-01-31' }],
    ['bounds', object({ a: { type: 'integer', minimum: 10 } }), { a: 10 }],
    ['exclusive bounds', object({ a: { type: 'integer', exclusiveMinimum: 10 } }), { a: 11 }],
    ['multiples', object({ a: { type: 'number', multipleOf: 0.25 } }), { a: 0.25 }],
    [
      'a tuple',
      object({ a: { type: 'array', items: [{ type: 'boolean' }, { type: 'integer' }] } }),
      { a: [true, 1] },
    ],
    [
      'a reference',
      object({ a: { $ref: '#/definitions/b' } }, { definitions: { b: { type: 'boolean' } } }),
      { a: true },
    ],
    ['all of', object({}, { allOf: [object({ a: { type: 'boolean' } })] }), { a: true }],
    ['one of', object({ a: { oneOf: [{ type: 'boolean' }, { type: 'string' }] } }), { a: true }],
    ['a length', object({ abcdef: { type: 'string', maxLength: 3 } }), { abcdef: 'abc' }],
    ['what it cannot meet', object({ a: { type: 'string', not: {} } }), undefined],
  ])('follows %s', (_what, schema, data) => {
    expect(validExample(schema)).toEqual(data);
  });

  test('matches a pattern, and is the same each time', () => {
    const schema = object({ a: { type: 'string', pattern: '^[A-Z]{3}-\\d+$' } });
    expect(validExample(schema)).toEqual({ a: expect.stringMatching(/^[A-Z]{3}-\d+$/) });
    expect(validExample(schema)).toEqual(validExample(schema));
  });

  test('ends where a schema refers to itself', () => {
    const tree = object({ below: { $ref: '#' }, name: { type: 'string' } }, { required: ['name'] });
    expect(validExample(tree)).toMatchObject({ name: 'name-1', below: { name: 'name-1' } });
  });
});
