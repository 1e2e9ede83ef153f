import { defineEventType } from '../../../lib/schema/event-type.ts';

/** Larger ones change their value in JavaScript. */
const maximum = Number.MAX_SAFE_INTEGER;

const orderPlaced1 = {
  type: 'object',
  properties: {
    orderId: { type: 'string', minLength: 1 },
    customerEmail: { type: 'string', format: 'email', sensitive: true },
    lines: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          sku: { type: 'string' },
          quantity: { type: 'integer', minimum: 1, maximum },
        },
        required: ['sku', 'quantity'],
      },
    },
    totalCents: { type: 'integer', minimum: 0, maximum },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
  },
  required: ['orderId', 'lines', 'totalCents', 'currency'],
} as const;

/** Adds the voucher. */
const orderPlaced2 = {
  ...orderPlaced1,
  properties: { ...orderPlaced1.properties, voucher: { type: 'string' } },
} as const;

export const orderPlaced = defineEventType({
  type: 'order.placed',
  revisions: [orderPlaced1, orderPlaced2],
  partitionKey: ({ orderId }) => orderId,
});
