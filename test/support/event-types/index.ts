/** The catalogue that the tests of the framework run on, whatever event types the service has. */
export * from './message-posted.ts';
export * from './order-placed.ts';
export * from './order-shipped.ts';
