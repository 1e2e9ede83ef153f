/** Every event type of the service: one file and one line each. */
export * from './samples/index.ts';
