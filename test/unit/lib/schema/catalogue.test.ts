import { readdir } from 'node:fs/promises';
import path from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { isJsonObject } from '../../../../lib/json.ts';
import { catalogue, type EventData } from '../../../../lib/schema/catalogue.ts';
import { messagePosted, orderPlaced, orderShipped } from '../../../../lib/schema/event-types/index.ts';
import { valueMatching } from '../../../support/arbitraries.ts';
import { validData } from '../../../support/valid-data.ts';

const schemaFolder = path.join(process.cwd(), 'lib', 'schema');

describe('catalogue', () => {
  test('holds every event type that has a file', async () => {
    const files = await readdir(path.join(schemaFolder, 'event-types'));
    const exported = await Promise.all(
      files.map(async (file) => Object.values(await import(path.join(schemaFolder, 'event-types', file)))),
    );
    expect(new Set(exported.flat())).toEqual(new Set(catalogue));
  });

  test('names each event type once', () => {
    const types = catalogue.map(({ type }) => type);
    expect(types).toEqual([...new Set(types)]);
  });

  test('gives all events of an order the same key, so that they keep their order', () => {
    expect(orderPlaced.partitionKey({ ...validData['order.placed'], orderId: 'order-7' })).toBe('order-7');
    expect(orderShipped.partitionKey({ ...validData['order.shipped'], orderId: 'order-7' })).toBe('order-7');
    expect(messagePosted.partitionKey({ ...validData['message.posted'], id: 7 })).toBe('7');
  });
});

describe('types of event data', () => {
  test('follow from the schemas', () => {
    const posted: EventData<'message.posted'> = { id: 1, message: 'hi', timestamp: 1.5 };
    const placed: EventData<'order.placed'> = {
      orderId: 'order-1',
      lines: [{ sku: 'cup', quantity: 1 }],
      totalCents: 1,
      currency: 'EUR',
    };
    const anyOfThem: EventData[] = [posted, placed, validData['order.shipped']];
    expect(anyOfThem).toHaveLength(3);
    // The newest revision's optional property is there, and optional.
    expect(placed.voucher?.length).toBeUndefined();
  });

  test('refuse what the schemas refuse', () => {
    const wrong: EventData<'message.posted'>[] = [
      // @ts-expect-error: id is a number
      { id: '1', message: 'hi', timestamp: 1.5 },
      // @ts-expect-error: timestamp is required
      { id: 1, message: 'hi' },
    ];
    const wrongOrders: EventData<'order.placed'>[] = [
      // @ts-expect-error: a line has a quantity
      { orderId: 'order-1', lines: [{ sku: 'cup' }], totalCents: 1, currency: 'EUR' },
      // @ts-expect-error: a voucher is text
      { ...validData['order.placed'], voucher: 5 },
    ];
    // @ts-expect-error: the catalogue has no such event type
    const unknown: EventData<'order.eaten'>[] = [];
    // @ts-expect-error: no event type has a number for data
    const anyOfThem: EventData[] = [5];
    expect([wrong, wrongOrders, unknown, anyOfThem]).toHaveLength(4);
  });
});

describe('a schema revision', () => {
  const pairs = catalogue.flatMap(({ type, revisions }) =>
    revisions
      .slice(1)
      .map((newer, index) => ({ name: `${type} ${index + 2}`, older: revisions[index], newer })),
  );

  test('is shown by order.placed', () => {
    expect(pairs.map(({ name }) => name)).toContain('order.placed 2');
  });

  test.each(pairs)('only adds optional properties: $name', ({ older, newer }) => {
    expect(breaksBetween(older, newer)).toEqual([]);
  });

  test.each(pairs)('understands the data of the one before, and the other way: $name', ({ older, newer }) => {
    const [isOld, isNew] = [validatorOf(older), validatorOf(newer)];
    fc.assert(fc.property(valueMatching(older), (data) => isOld(data) && isNew(data)));
    fc.assert(fc.property(valueMatching(newer), (data) => isNew(data) && isOld(data)));
  });

  const line = { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] };
  const base = { type: 'object', properties: { a: { type: 'string' }, line }, required: ['a'] };
  const withProperties = (properties: object) => ({ ...base, properties });

  test.each<[string, object, string[]]>([
    ['adds an optional property', withProperties({ ...base.properties, b: { type: 'string' } }), []],
    [
      'adds an optional property further down',
      withProperties({
        ...base.properties,
        line: { ...line, properties: { ...line.properties, b: { type: 'string' } } },
      }),
      [],
    ],
    ['removes a property', withProperties({ a: { type: 'string' } }), ['/line is gone']],
    [
      'changes a property',
      withProperties({ ...base.properties, a: { type: 'integer' } }),
      ['/a/type has changed'],
    ],
    [
      'narrows a property',
      withProperties({ ...base.properties, a: { type: 'string', minLength: 1 } }),
      ['/a/minLength has changed'],
    ],
    ['requires another property', { ...base, required: ['a', 'line'] }, ['/required has changed']],
    ['requires a property no longer', { ...base, required: [] }, ['/required has changed']],
    [
      'forbids what it does not name',
      { ...base, additionalProperties: false },
      ['/additionalProperties has changed'],
    ],
  ])('that %s is told apart', (_name, newer, breaks) => {
    expect(breaksBetween(base, newer)).toEqual(breaks);
  });
});

function validatorOf(schema: object | undefined): (data: unknown) => boolean {
  const ajv = addFormats(new Ajv({ keywords: ['sensitive'] }));
  return ajv.compile(schema ?? false);
}

/** What a newer revision does other than add optional properties. */
function breaksBetween(older: unknown, newer: unknown, pointer = ''): string[] {
  if (!isJsonObject(older) || !isJsonObject(newer)) {
    return JSON.stringify(older) === JSON.stringify(newer) ? [] : [`${pointer} has changed`];
  }
  const keywords = new Set([...Object.keys(older), ...Object.keys(newer)]);
  return [...keywords].flatMap((keyword) => {
    const [before, after] = [older[keyword], newer[keyword]];
    if (keyword !== 'properties' || !isJsonObject(before) || !isJsonObject(after)) {
      return breaksBetween(before, after, `${pointer}/${keyword}`);
    }
    return Object.keys(before).flatMap((name) =>
      Object.hasOwn(after, name)
        ? breaksBetween(before[name], after[name], `${pointer}/${name}`)
        : [`${pointer}/${name} is gone`],
    );
  });
}
