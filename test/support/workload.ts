import type { Workload } from '../../lib/capacity/workload.ts';

/** A workload with what a test does not care about filled in. */
export function workload(changes: Partial<Workload> = {}): Workload {
  return {
    eventsPerSecond: 100,
    bytesPerEvent: 1_000,
    peakFactor: 2,
    workMs: 10,
    invocationMs: 5,
    failureRate: 0,
    batchSize: 100,
    batchingWindowMs: 500,
    partitions: undefined,
    retentionHours: 168,
    outageMinutes: 60,
    consumers: 1,
    eventsPerRequest: 1,
    publishMs: 20,
    memoryMb: 512,
    logBytesPerEvent: 1_900,
    idempotency: false,
    cluster: undefined,
    ...changes,
  };
}
