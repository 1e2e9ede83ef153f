/** Every event type of the service: one file and one line each. */
export * from './message-posted.ts';
export * from './order-placed.ts';
export * from './order-shipped.ts';
