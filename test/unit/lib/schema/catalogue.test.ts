import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { catalogue, type EventData } from '../../../../lib/schema/catalogue.ts';
import { validData } from '../../../support/valid-data.ts';

const folder = path.join(process.cwd(), 'test', 'support', 'event-types');

describe('catalogue', () => {
  test('holds every event type that has a file', async () => {
    const files = await readdir(folder);
    const exported = await Promise.all(
      files.map(async (file) => Object.values(await import(path.join(folder, file)))),
    );
    expect(new Set(exported.flat())).toEqual(new Set(catalogue));
  });

  test('names each event type once', () => {
    const types = catalogue.map(({ type }) => type);
    expect(types).toEqual([...new Set(types)]);
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
