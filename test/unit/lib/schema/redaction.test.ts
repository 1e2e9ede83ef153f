import fc from 'fast-check';
import { loggableData, loggableKey, redactionOf } from '../../../../lib/schema/redaction.ts';
import { type CatalogueEvent, validateEvent } from '../../../../lib/schema/validation.ts';
import { validData } from '../../../support/valid-data.ts';

function event(type: string, data: unknown): CatalogueEvent {
  const checked = validateEvent({ attributes: { specversion: '1.0', id: '1', source: '/', type }, data });
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  return checked.value;
}

describe('loggableData', () => {
  test('replaces what the schema marks as sensitive', () => {
    expect(loggableData(event('order.placed', validData['order.placed']))).toEqual({
      ...validData['order.placed'],
      customerEmail: '[redacted]',
    });
  });

  test('leaves the event itself as it was', () => {
    const placed = event('order.placed', validData['order.placed']);
    loggableData(placed);
    expect(placed.data).toEqual(validData['order.placed']);
  });

  test('adds nothing where the sensitive property is absent', () => {
    const { customerEmail, ...data } = validData['order.placed'];
    expect(customerEmail).toBeDefined();
    expect(loggableData(event('order.placed', data))).toEqual(data);
  });

  test('passes on the data of a type that has nothing to hide', () => {
    const data = validData['message.posted'];
    expect(loggableData(event('message.posted', data))).toBe(data);
  });
});

describe('loggableKey', () => {
  const placed = event('order.placed', validData['order.placed']);

  test.each<[string, CatalogueEvent, string, string]>([
    ['made from what is not sensitive', placed, 'order-1', 'order-1'],
    ['a sensitive value', placed, 'zoe@example.com', '[redacted]'],
    ['a sensitive value and more', placed, 'user:zoe@example.com:1', '[redacted]'],
    ['empty', placed, '', ''],
    ['of a type that has nothing to hide', event('message.posted', validData['message.posted']), '1', '1'],
  ])('is the key, or hidden with what it holds: %s', (_name, from, key, loggable) => {
    expect(loggableKey(from, key)).toBe(loggable);
  });
});

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
