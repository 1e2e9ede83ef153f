import { defineEventType } from '../../event-type.ts';

export const messagePosted = defineEventType({
  type: 'message.posted',
  bareRecords: true,
  revisions: [
    {
      type: 'object',
      properties: {
        // Larger integers change their value in JavaScript.
        id: { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        message: { type: 'string' },
        timestamp: { type: 'number', description: 'seconds since epoch' },
      },
      required: ['id', 'message', 'timestamp'],
    },
  ],
  partitionKey: ({ id }) => String(id),
});
