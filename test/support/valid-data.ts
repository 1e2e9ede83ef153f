import type { EventData, EventTypeName } from '../../lib/schema/catalogue.ts';

/** Valid data by event type, for the types that tests are about. */
export const validData = {
  'message.posted': { id: 1, message: 'hi', timestamp: 1_760_000_000.5 },
  'order.placed': {
    orderId: 'order-1',
    customerEmail: 'zoe@example.com',
    lines: [{ sku: 'cup', quantity: 2 }],
    totalCents: 1990,
    currency: 'EUR',
    voucher: 'SPRING',
  },
  'order.shipped': { orderId: 'order-1', carrier: 'post', trackingNumber: 'T-1' },
} satisfies { readonly [Type in EventTypeName]?: EventData<Type> };
