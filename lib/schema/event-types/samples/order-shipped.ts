import { defineEventType } from '../../event-type.ts';

export const orderShipped = defineEventType({
  type: 'order.shipped',
  revisions: [
    {
      type: 'object',
      properties: {
        orderId: { type: 'string', minLength: 1 },
        carrier: { type: 'string' },
        trackingNumber: { type: 'string' },
      },
      required: ['orderId', 'carrier'],
    },
  ],
  // The key of order.placed too: both land on one partition, in order.
  partitionKey: ({ orderId }) => orderId,
});
