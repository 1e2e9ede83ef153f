import fc from 'fast-check';
import { catalogue, type EventData } from '../../../../lib/schema/catalogue.ts';
import {
  type CatalogueEvent,
  dataSchemaOf,
  partitionKeyOf,
  validateEvent,
} from '../../../../lib/schema/validation.ts';
import { catalogueEvent } from '../../../support/arbitraries.ts';
import { validData } from '../../../support/valid-data.ts';

const attributes = { specversion: '1.0', id: 'event-1', source: '/test' } as const;

const validate = (type: string, data: unknown) =>
  validateEvent({ attributes: { ...attributes, type }, data });

describe('validateEvent', () => {
  test.each(Object.entries(validData))('accepts valid data: %s', (type, data) => {
    const event = { attributes: { ...attributes, type }, data };
    expect(validateEvent(event)).toEqual({ ok: true, value: { type, ...event } });
  });

  test.each(Object.entries(validData))('refuses data without a required property: %s', (type, data) => {
    const schema = catalogue.find((eventType) => eventType.type === type)?.revisions.at(-1);
    for (const name of schema?.required ?? []) {
      expect(validate(type, { ...data, [name]: undefined })).toEqual({
        ok: false,
        code: 'schema_violation',
        issues: [{ pointer: `/data/${name}`, message: 'Is missing.' }],
      });
    }
  });

  const posted = validData['message.posted'];
  const placed = validData['order.placed'];
  const shipped = validData['order.shipped'];

  test.each<[string, string, unknown, string, string]>([
    ['no data', 'message.posted', undefined, '/data', 'Must be object.'],
    ['null', 'message.posted', null, '/data', 'Must be object.'],
    ['an array', 'message.posted', [posted], '/data', 'Must be object.'],
    ['text', 'message.posted', 'hi', '/data', 'Must be object.'],
    ['a fractional id', 'message.posted', { ...posted, id: 1.5 }, '/data/id', 'Must be integer.'],
    ['an id as text', 'message.posted', { ...posted, id: '1' }, '/data/id', 'Must be integer.'],
    [
      'an id that JavaScript would change',
      'message.posted',
      { ...posted, id: 2 ** 53 },
      '/data/id',
      'Must be <= 9007199254740991.',
    ],
    [
      'an infinite timestamp',
      'message.posted',
      { ...posted, timestamp: Infinity },
      '/data/timestamp',
      'Must be number.',
    ],
    ['a number as message', 'message.posted', { ...posted, message: 5 }, '/data/message', 'Must be string.'],
    [
      'an empty order id',
      'order.placed',
      { ...placed, orderId: '' },
      '/data/orderId',
      'Must NOT have fewer than 1 characters.',
    ],
    [
      'no lines',
      'order.placed',
      { ...placed, lines: [] },
      '/data/lines',
      'Must NOT have fewer than 1 items.',
    ],
    [
      'a line without a quantity',
      'order.placed',
      { ...placed, lines: [{ sku: 'cup', quantity: 1 }, { sku: 'cup' }] },
      '/data/lines/1/quantity',
      'Is missing.',
    ],
    [
      'a line with a quantity of none',
      'order.placed',
      { ...placed, lines: [{ sku: 'cup', quantity: 0 }] },
      '/data/lines/0/quantity',
      'Must be >= 1.',
    ],
    [
      'an address that is none',
      'order.placed',
      { ...placed, customerEmail: 'zoe' },
      '/data/customerEmail',
      'Must match format "email".',
    ],
    [
      'a currency in lower case',
      'order.placed',
      { ...placed, currency: 'eur' },
      '/data/currency',
      'Must match pattern "^[A-Z]{3}$".',
    ],
    [
      'a voucher that is no text',
      'order.placed',
      { ...placed, voucher: 5 },
      '/data/voucher',
      'Must be string.',
    ],
    [
      'a carrier that is no text',
      'order.shipped',
      { ...shipped, carrier: null },
      '/data/carrier',
      'Must be string.',
    ],
  ])('points at what is wrong: %s', (_name, type, data, pointer, message) => {
    expect(validate(type, data)).toEqual({
      ok: false,
      code: 'schema_violation',
      issues: [{ pointer, message }],
    });
  });

  test('names everything that is wrong', () => {
    const lines = [{ sku: 'cup', quantity: 0 }, { sku: 5 }];
    const result = validate('order.placed', { ...placed, lines, customerEmail: 'zoe', currency: undefined });
    expect(result.ok ? [] : result.issues.map(({ pointer }) => pointer)).toEqual([
      '/data/currency',
      '/data/customerEmail',
      '/data/lines/0/quantity',
      '/data/lines/1/quantity',
      '/data/lines/1/sku',
    ]);
  });

  test('names twenty issues at most', () => {
    const lines = Array.from({ length: 100 }, () => ({}));
    const result = validate('order.placed', { ...placed, lines });
    expect(result.ok ? 0 : result.issues.length).toBe(20);
  });

  test('names one issue of data that may have as many as it has values', () => {
    const result = validate('order.placed', { ...placed, lines: Array.from({ length: 1_000_000 }, () => 0) });
    expect(result).toMatchObject({ ok: false, issues: [{ pointer: '/data/lines/0' }] });
    expect(result.ok ? 0 : result.issues.length).toBe(1);
  });

  test('accepts properties that no schema names: a newer publisher may send them', () => {
    expect(validate('order.shipped', { ...shipped, weightGrams: 5 }).ok).toBe(true);
  });

  test.each(['order.eaten', '', '__proto__', 'constructor', 'toString'])(
    'refuses an event type that is not in the catalogue: "%s"',
    (type) => {
      expect(validate(type, {})).toEqual({
        ok: false,
        code: 'unknown_event_type',
        issues: [
          {
            pointer: '/type',
            message: `The catalogue has no event type "${type}"; it has ${catalogue.map((known) => known.type).join(', ')}.`,
          },
        ],
      });
    },
  );

  test('quotes only the start of a long event type', () => {
    const result = validate('x'.repeat(1_000_000), {});
    expect(JSON.stringify(result).length).toBeLessThan(500);
  });

  test('does not take what a value inherits for its properties', () => {
    expect(validate('order.shipped', JSON.parse('{"__proto__":{"orderId":"1","carrier":"post"}}')).ok).toBe(
      false,
    );
  });

  test('never throws, whatever the data', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...catalogue.map(({ type }) => type)),
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
        (type, data) => typeof validate(type, data).ok === 'boolean',
      ),
    );
  });
});

describe('partitionKeyOf', () => {
  test('is text for every valid event', () => {
    fc.assert(fc.property(catalogueEvent(), (event) => partitionKeyOf(event).length > 0));
  });
});

describe('dataSchemaOf', () => {
  test('names the newest revision of a type', () => {
    expect(dataSchemaOf('message.posted')).toBe('urn:event-schema:message.posted:1');
    expect(dataSchemaOf('order.placed')).toBe('urn:event-schema:order.placed:2');
  });
});

/** Checked by the compiler: the type of an event tells what its data is. */
function carrierOf(event: CatalogueEvent): string | undefined {
  // @ts-expect-error: not every event has a carrier
  expect(event.data.carrier).toBeDefined();
  if (event.type === 'order.shipped') return event.data.carrier;
  // @ts-expect-error: order.shipped is excluded here
  const unreachable: EventData<'order.shipped'> = event.data;
  switch (event.type) {
    case 'message.posted': {
      const { id }: { id: number } = event.data;
      return `${id}${unreachable}`;
    }
    case 'order.placed':
      return event.data.voucher;
    default: {
      const none: never = event;
      return none;
    }
  }
}

test('the type of an event narrows its data', () => {
  const checked = validateEvent({
    attributes: { specversion: '1.0', id: '1', source: '/', type: 'order.shipped' },
    data: validData['order.shipped'],
  });
  expect(checked.ok && carrierOf(checked.value)).toBe('post');
});
