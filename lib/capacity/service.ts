import { POLLERS_PER_UNIT } from '../local/mapping/choices.ts';
import { MAX_CONCURRENCY } from '../stack/parameters.ts';
import { MAX_PARTITIONS } from '../stack/topics.ts';
import type { ClusterKind } from './clusters.ts';
import {
  batchMs,
  type Consumption,
  eventsPerBatch,
  mappingCapacity,
  partitionCapacity,
} from './consumption.ts';
import {
  MAX_MINIMUM_POLLERS,
  MAX_POLLERS,
  POLLER_BYTES_PER_SECOND,
  serverless,
  UNIT_BYTES_PER_SECOND,
} from './limits.ts';
import { peakOf, storedBytesOf, type Workload } from './workload.ts';

/** Kept free at the peak, of what consumers and publishers can do: for retries, cold starts and partitions of unequal load. */
export const HEADROOM = 0.3;
/** Brokers in three zones lead as many partitions each. */
const LEAST_PARTITIONS = 3;
/** Dead letter topic and failure topic. */
export const FURTHER_PARTITIONS = 2;

/** What one service needs: an API, a topic, and the functions that read it. */
export interface ServicePlan {
  /** That it takes in, on average and at the peak. */
  readonly eventsPerSecond: number;
  readonly peakEventsPerSecond: number;
  readonly partitions: number;
  /** Of each consumer. */
  readonly pollers: number;
  readonly pollerUnits: number;
  /** The most that a consumer can process. */
  readonly capacity: number;
  /** Of one partition. */
  readonly partitionCapacity: number;
  readonly eventsPerBatch: number;
  /** How long a full batch takes, failures included. */
  readonly batchMs: number;
  /** Invocations in flight at the peak, of all consumers. */
  readonly consumerConcurrency: number;
  /** With the headroom. */
  readonly publisherConcurrency: number;
  readonly requestsPerSecond: number;
  /** Of the capacity, at the peak. */
  readonly headroom: number;
  /** Limits of a service that it exceeds. */
  readonly exceeded: readonly string[];
  readonly consumption: Consumption;
}

/**
 * Plans one service for a workload, whether or not it stays within the limits of one.
 *
 * @param kind - of the cluster that has its topic
 */
export function planService(workload: Workload, kind: ClusterKind): ServicePlan {
  const { eventsPerSecond, bytesPerEvent, eventsPerRequest, publishMs, consumers } = workload;
  const peak = peakOf(workload);
  const wanted = peak / (1 - HEADROOM);
  const one: Consumption = { ...workload, partitions: 1, pollers: 1 };
  const perPartition = Math.min(partitionCapacity(one), POLLER_BYTES_PER_SECOND / bytesPerEvent);
  const forStorage = Math.ceil(storedBytesOf(workload) / partitionStorage(kind));
  const partitions =
    workload.partitions ?? Math.max(LEAST_PARTITIONS, Math.ceil(wanted / perPartition), forStorage);
  const pollers = leastPollers({ ...one, partitions }, wanted);
  const consumption: Consumption = { ...one, partitions, pollers };
  const capacity = mappingCapacity(consumption);
  const count = eventsPerBatch(one);
  const busyMs = batchMs(count, one);
  const requestsPerSecond = peak / eventsPerRequest;
  const service = {
    eventsPerSecond,
    peakEventsPerSecond: peak,
    partitions,
    pollers,
    pollerUnits: Math.max(
      Math.ceil(pollers / POLLERS_PER_UNIT),
      Math.ceil((peak * bytesPerEvent) / UNIT_BYTES_PER_SECOND),
    ),
    capacity,
    partitionCapacity: perPartition,
    eventsPerBatch: count,
    batchMs: busyMs,
    // Little's law: what is under way is what arrives in the time that it takes.
    consumerConcurrency: Math.ceil((Math.min(peak, capacity) / count) * (busyMs / 1_000)) * consumers,
    publisherConcurrency: Math.max(1, Math.ceil((requestsPerSecond * publishMs) / 1_000 / (1 - HEADROOM))),
    requestsPerSecond,
    headroom: 1 - peak / capacity,
    consumption,
  };
  return { ...service, exceeded: exceededBy(service, forStorage) };
}

function partitionStorage(kind: ClusterKind): number {
  return kind === 'serverless' ? serverless.partitionStorageBytes : Number.POSITIVE_INFINITY;
}

/** The fewest pollers that process what is wanted, or as many as there are partitions. */
function leastPollers(consumption: Consumption, wanted: number): number {
  const { partitions } = consumption;
  let [low, high] = [1, partitions];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (mappingCapacity({ ...consumption, pollers: middle }) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

function exceededBy(
  service: Pick<ServicePlan, 'partitions' | 'pollers' | 'publisherConcurrency' | 'headroom'>,
  partitionsForStorage: number,
): string[] {
  const limits: [used: number, limit: number, says: string][] = [
    [service.partitions, MAX_PARTITIONS, 'partitions of a topic'],
    [service.pollers, Math.min(MAX_POLLERS, MAX_PARTITIONS), 'pollers of a mapping'],
    [service.publisherConcurrency, MAX_CONCURRENCY, 'publishers at a time (publisherConcurrency)'],
  ];
  return [
    ...limits
      .filter(([used, limit]) => used > limit)
      .map(
        ([used, limit, says]) =>
          `${used.toLocaleString('en')} ${says}, ${limit.toLocaleString('en')} at most`,
      ),
    ...(service.partitions < partitionsForStorage
      ? [`its ${service.partitions.toLocaleString('en')} partitions cannot hold what is retained`]
      : []),
    ...(service.headroom < 0
      ? [`its ${service.partitions.toLocaleString('en')} partitions are too few for the peak`]
      : []),
  ];
}

/** What a mapping declares as least pollers, which are paid for all the time. */
export function minimumPollers({ pollers }: Pick<ServicePlan, 'pollers'>): number {
  return Math.min(pollers, MAX_MINIMUM_POLLERS);
}
