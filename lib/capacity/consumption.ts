import { MAXIMUM_PAYLOAD_BYTES } from '../local/mapping/batching.ts';
import { INVOCATIONS_PER_POLLER } from '../local/mapping/choices.ts';
import { sharePartitions } from '../local/mapping/poller-scaling.ts';
import { RecordPacker } from '../local/mapping/record-packer.ts';
import { backoffMs } from '../local/mapping/retry-policy.ts';
import { POLLER_BYTES_PER_SECOND } from './limits.ts';

/** How a mapping reads a topic. */
export interface Consumption {
  readonly partitions: number;
  readonly pollers: number;
  readonly batchSize: number;
  readonly bytesPerEvent: number;
  /** See Workload. */
  readonly workMs: number;
  readonly invocationMs: number;
  readonly failureRate: number;
}

/** Attempts after which what is left is not worth counting. */
const MAX_ATTEMPTS = 40;

/** Events that fit a batch: the batch size, or what a payload holds. */
export function eventsPerBatch({ batchSize, bytesPerEvent }: Consumption): number {
  return Math.max(1, Math.min(batchSize, Math.floor(MAXIMUM_PAYLOAD_BYTES / eventJsonBytes(bytesPerEvent))));
}

/** Size of a record in the event of an invocation, as JSON: its value is base64. */
export function eventJsonBytes(bytesPerEvent: number): number {
  const value = Buffer.alloc(bytesPerEvent);
  return new RecordPacker('events').pack({
    partition: 100,
    offset: 1_000_000_000,
    timestamp: 1_760_000_000_000,
    timestampType: 'CREATE_TIME',
    key: null,
    value,
    headers: [],
  }).bytes;
}

/**
 * How long a batch of one partition keeps it busy, in ms, on average: its first attempt, and the attempts and pauses after
 * failures, each of which halves the batch (`BisectBatchOnFunctionError`, as the stack declares it).
 *
 * @param count - records
 */
export function batchMs(
  count: number,
  { workMs, invocationMs, failureRate }: Pick<Consumption, 'workMs' | 'invocationMs' | 'failureRate'>,
): number {
  const known = new Map<string, number>();
  const expected = (records: number, invocations: number): number => {
    const attempt = invocationMs + records * workMs;
    if (failureRate === 0 || invocations === MAX_ATTEMPTS) return attempt;
    const key = `${records}/${invocations}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const after = invocations + 1;
    const half = Math.ceil(records / 2);
    const again =
      records === 1 ? expected(1, after) : expected(half, after) + expected(records - half, after);
    const pause = backoffMs({ records: [], failures: 0, invocations: after });
    const total = attempt + failureRate * (pause + again);
    known.set(key, total);
    return total;
  };
  return expected(count, 0);
}

/** The most events that one partition gives in a second: it has one batch in flight at a time. */
export function partitionCapacity(consumption: Consumption): number {
  const count = eventsPerBatch(consumption);
  return (count * 1_000) / batchMs(count, consumption);
}

/**
 * The events that a mapping can process in a second. A poller keeps one batch of each of its partitions in flight, up to
 * its limit of invocations, and reads up to its limit of bytes. A poller with more partitions than invocations may process
 * more when its batches happen to hold events of several partitions; do not plan with that.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html Lambda Developer Guide, "Apache Kafka event poller scaling modes"}
 */
export function mappingCapacity(consumption: Consumption): number {
  const { partitions, pollers, bytesPerEvent } = consumption;
  const numbered = Array.from({ length: partitions }, (_, partition) => ({ partition }));
  const perPartition = partitionCapacity(consumption);
  const perPollerBytes = POLLER_BYTES_PER_SECOND / bytesPerEvent;
  return sharePartitions(numbered, Math.min(pollers, partitions)).reduce(
    (sum, share) =>
      sum + Math.min(Math.min(INVOCATIONS_PER_POLLER, share.length) * perPartition, perPollerBytes),
    0,
  );
}

/** What an outage of the consumer leaves behind. */
export interface Outage {
  /** Events that wait when it is over. */
  readonly lag: number;
  /** Seconds until they are processed; infinite when the capacity is no more than what arrives. */
  readonly catchUpSeconds: number;
}

/**
 * What an outage leaves behind, and how long it takes to catch up: what arrives meanwhile takes its part of the capacity.
 *
 * @param eventsPerSecond - that arrive, during and after it
 * @param capacity - events per second that the mapping can process
 */
export function outage(minutes: number, eventsPerSecond: number, capacity: number): Outage {
  const lag = minutes * 60 * eventsPerSecond;
  const spare = capacity - eventsPerSecond;
  return { lag, catchUpSeconds: spare > 0 ? lag / spare : Number.POSITIVE_INFINITY };
}
