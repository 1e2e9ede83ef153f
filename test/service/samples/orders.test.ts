import { orderPlaced, orderShipped } from '../../../lib/schema/event-types/index.ts';
import { validateEvent } from '../../../lib/schema/validation.ts';

const placed = { orderId: 'order-7', lines: [{ sku: 'cup', quantity: 1 }], totalCents: 1, currency: 'EUR' };
const shipped = { orderId: 'order-7', carrier: 'post' };

test('all events of an order have the same key, so that they keep their order', () => {
  expect(orderPlaced.partitionKey(placed)).toBe('order-7');
  expect(orderShipped.partitionKey(shipped)).toBe('order-7');
});

test('a shipped order has a carrier', () => {
  const attributes = { specversion: '1.0', id: '1', source: '/test', type: 'order.shipped' } as const;
  const checked = validateEvent({ attributes, data: shipped });
  expect(checked.ok && checked.value.type === 'order.shipped' && checked.value.data.carrier).toBe('post');
  expect(validateEvent({ attributes, data: { orderId: 'order-7' } })).toMatchObject({
    code: 'schema_violation',
    issues: [{ pointer: '/data/carrier', message: 'Is missing.' }],
  });
});
