/** Three event types to try the service with. */
export * from './message-posted.ts';
export * from './order-placed.ts';
export * from './order-shipped.ts';
