import type { ClusterKind } from './clusters.ts';

/** What a service is planned for. */
export interface Workload {
  /** On average over a month. */
  readonly eventsPerSecond: number;
  /** Key, value and headers of a record. */
  readonly bytesPerEvent: number;
  /** Peak over average. */
  readonly peakFactor: number;
  /**
   * What the function waits for with each event, in ms. The records of a partition are processed one after the other,
   * the partitions of a batch side by side.
   */
  readonly workMs: number;
  /** What an invocation takes besides its events, in ms. */
  readonly invocationMs: number;
  /** Share of the invocations that fail as a whole, 0 to below 1. */
  readonly failureRate: number;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  /** Of the topic; absent: as many as it takes. */
  readonly partitions: number | undefined;
  readonly retentionHours: number;
  /** How long the consumer stands still. */
  readonly outageMinutes: number;
  /** Functions that read the topic, each all of it. */
  readonly consumers: number;
  /** That a client posts together. */
  readonly eventsPerRequest: number;
  /** What a request takes in the publisher, in ms. */
  readonly publishMs: number;
  /** Of each function. */
  readonly memoryMb: number;
  /** That the functions log for each event, all together. */
  readonly logBytesPerEvent: number;
  /** Whether consumers process each event once, with the table. */
  readonly idempotency: boolean;
  /** The kind of cluster to plan with; absent: the cheapest. */
  readonly cluster: ClusterKind | undefined;
}

/** Events per second at the peak. */
export function peakOf({ eventsPerSecond, peakFactor }: Workload): number {
  return eventsPerSecond * peakFactor;
}

/** One copy of what the topic retains, in bytes. */
export function storedBytesOf({ eventsPerSecond, bytesPerEvent, retentionHours }: Workload): number {
  return eventsPerSecond * bytesPerEvent * retentionHours * 3_600;
}
