/**
 * What an event goes through in a local run, from the barest form on: each step puts a part of the real local run in the place
 * of a bare one, and keeps those before it.
 */
export const latencySteps = ['bare', 'publisher', 'consumer', 'sandboxes', 'HTTP API', 'mapping'] as const;

export type LatencyStep = (typeof latencySteps)[number];
