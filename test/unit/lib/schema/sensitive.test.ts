import fc from 'fast-check';
import { redactionOf } from '../../../../lib/schema/sensitive.ts';

describe('redactionOf', () => {
  const hide = { sensitive: true };
  const properties = { a: hide };

  test.each<[string, object, unknown, unknown]>([
    [
      'anyOf',
      { properties: { a: { anyOf: [{ type: 'string', ...hide }, { type: 'null' }] } } },
      { a: 's' },
      { a: '#' },
    ],
    ['oneOf', { oneOf: [{ properties: { b: {} } }, { properties }] }, { a: 's', b: 1 }, { a: '#', b: 1 }],
    ['allOf', { allOf: [{ properties }] }, { a: 's' }, { a: '#' }],
    ['if', { if: { properties } }, { a: 's' }, { a: '#' }],
    [
      'then and else',
      JSON.parse(
        '{"if":{},"then":{"items":{"sensitive":true}},"else":{"properties":{"b":{"sensitive":true}}}}',
      ),
      [{ b: 2 }, { b: 2 }],
      ['#', '#'],
    ],
    ['a dependency', { dependencies: { b: { properties }, c: ['d'] } }, { a: 's' }, { a: '#' }],
    ['items', { items: hide }, ['s', 1], ['#', '#']],
    ['items of items', { items: { items: { properties } } }, [[{ a: 's' }, 5]], [[{ a: '#' }, 5]]],
    ['a tuple', { items: [{}, hide] }, [1, 's', 3], [1, '#', 3]],
    ['additionalItems', { items: [{}], additionalItems: hide }, [1, 's', 3], [1, '#', '#']],
    ['contains', { contains: { properties } }, [{ a: 's' }, 2], [{ a: '#' }, 2]],
    ['patternProperties', { patternProperties: { '^x-': hide } }, { 'x-a': 's', a: 1 }, { 'x-a': '#', a: 1 }],
    [
      'additionalProperties',
      { properties: { b: {} }, additionalProperties: hide },
      { a: 's', b: 1 },
      { a: '#', b: 1 },
    ],
    [
      '$ref',
      { properties: { a: { $ref: '#/definitions/a~1b' } }, definitions: { 'a/b': hide } },
      { a: 's' },
      { a: '#' },
    ],
    [
      'a $ref to another property',
      { properties: { a: hide, b: { $ref: '#/properties/a' } } },
      { b: 's' },
      { b: '#' },
    ],
    [
      'a $ref to itself',
      { properties: { a: hide, b: { $ref: '#' } } },
      { b: { b: { a: 's' } } },
      { b: { b: { a: '#' } } },
    ],
    ['the whole data', hide, { a: 1 }, '#'],
    [
      'a whole object',
      { properties: { a: { properties: { b: hide }, ...hide } } },
      { a: { b: 1 } },
      { a: '#' },
    ],
    [
      'a property named __proto__',
      JSON.parse('{"properties":{"__proto__":{"sensitive":true}}}'),
      JSON.parse('{"__proto__":"s"}'),
      JSON.parse('{"__proto__":"#"}'),
    ],
  ])('hides what is marked in %s', (_name, schema, value, redacted) => {
    const { redact } = redactionOf(schema);
    const text = JSON.stringify(redact?.(value, [])).replaceAll('[redacted]', '#');
    expect(text).toBe(JSON.stringify(redacted));
  });

  test.each<[string, object]>([
    ['no mark', { properties: { a: { $ref: '#/definitions/a' } }, definitions: { a: {} } }],
    ['a mark that says no', { properties: { a: { sensitive: false } } }],
    ['a property with the name of the mark', { properties: { sensitive: { type: 'boolean' } } }],
  ])('is not needed for %s', (_name, schema) => {
    expect(redactionOf(schema).redact).toBeUndefined();
  });

  test('hides every value below a mark, wherever in the schema it is', () => {
    const wrapped = fc.letrec<{ schema: object }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 6 },
        fc.constant(hide),
        tie('schema').map((schema) => ({ properties: { p: schema } })),
        tie('schema').map((schema) => ({ additionalProperties: schema })),
        tie('schema').map((schema) => ({ items: schema })),
        tie('schema').map((schema) => ({ anyOf: [{ type: 'null' }, schema] })),
        tie('schema').map((schema) => ({ if: {}, else: { allOf: [schema] } })),
      ),
    }));
    fc.assert(
      fc.property(wrapped.schema, (schema) => {
        const { redact } = redactionOf(schema);
        expect(JSON.stringify(redact?.(dataOf(schema), []))).not.toContain('secret');
      }),
    );
  });
});

/** Data that has a secret where a schema of the test above has its mark. */
function dataOf(schema: unknown): unknown {
  const { properties, additionalProperties, items, anyOf, else: otherwise } = Object(schema);
  if (properties) return { p: dataOf(properties.p) };
  if (additionalProperties) return { any: dataOf(additionalProperties) };
  if (items) return [dataOf(items)];
  if (anyOf) return dataOf(anyOf[1]);
  return otherwise ? dataOf(otherwise.allOf[0]) : 'secret';
}
