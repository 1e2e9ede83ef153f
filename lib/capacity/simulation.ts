import { setMaxListeners } from 'node:events';
import type { ConsumedRecord } from '../kafka/reading/consumed-record.ts';
import type { InvocationResult } from '../local/function/invocation-result.ts';
import type { PackedEvent } from '../local/function/packed-event.ts';
import { runBatch } from '../local/mapping/batch-run.ts';
import { MAXIMUM_PAYLOAD_BYTES, type PreparedRecord } from '../local/mapping/batching.ts';
import { SCALING_INTERVAL_MS } from '../local/mapping/choices.ts';
import { createMetrics } from '../local/mapping/metrics.ts';
import { PartitionQueue } from '../local/mapping/partition-queue.ts';
import { type Batch, Poller } from '../local/mapping/poller.ts';
import { desiredPollers, type PollerLimits, sharePartitions } from '../local/mapping/poller-scaling.ts';
import { RecordPacker } from '../local/mapping/record-packer.ts';
import { createLog } from '../log.ts';
import { type Consumption, eventJsonBytes } from './consumption.ts';
import { POLLER_BYTES_PER_SECOND } from './limits.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface SimulationOptions extends Omit<Consumption, 'pollers'> {
  /** Where they differ, pollers are added and removed by lag. */
  readonly pollers: PollerLimits;
  readonly batchingWindowMs: number;
  /** That arrive, at random moments (a Poisson process) in random partitions. */
  readonly eventsPerSecond: number;
  /** When they stop arriving. */
  readonly arrivalSeconds: number;
  /** Events that wait at the start, all partitions together. */
  readonly backlog?: number;
  /** Ends the simulation, unless all events are processed before. Default: when no more arrive. */
  readonly seconds?: number;
  /** Begins to read so late. */
  readonly outageSeconds?: number;
  /** After which events per second are counted. */
  readonly warmUpSeconds?: number;
  /** The same seed gives the same events and failures. */
  readonly seed?: number;
}

export interface SimulationResult {
  /** Virtual time that passed. */
  readonly seconds: number;
  readonly processed: number;
  /** Processed in a second, on average since the warm-up. */
  readonly eventsPerSecond: number;
  readonly invocations: number;
  /** Milliseconds that invocations took, all together. */
  readonly invocationMs: number;
  /** Events in an invocation, on average. */
  readonly eventsPerInvocation: number;
  /** Most invocations at a time. */
  readonly peakConcurrency: number;
  /** From the arrival of an event until it is processed, in ms. */
  readonly latency: { readonly median: number; readonly p99: number };
  readonly mostLag: number;
  /** When nothing waited for the first time after the outage, in seconds since its end; undefined when it never came to that. */
  readonly caughtUpAfterSeconds: number | undefined;
  readonly pollers: number;
}

const TOPIC = 'events';
/** What one fetch of a partition returns at most: the default of `max.partition.fetch.bytes` of Apache Kafka. */
const FETCH_BYTES = 1_048_576;
const silent = createLog({ write: () => {}, level: 'error' });

/**
 * Simulates an event source mapping on a virtual clock: partitions that fill, pollers that batch, a function that takes its
 * time and fails now and then. Batching, retries and the scaling of pollers are those of the local mapping; what is
 * simulated is Kafka, the function, and the limit of bytes that AWS sets each poller.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #clock = new VirtualClock();
  readonly #random: () => number;
  /** By partition: when each event arrives, in ms. */
  readonly #arrivals: number[][];
  readonly #queues: PartitionQueue[];
  /** By partition: records of it differ in their offset only. */
  readonly #templates: PreparedRecord[];
  readonly #fetching = new Set<PartitionQueue>();
  readonly #stopping = new AbortController();
  readonly #metrics = createMetrics();
  readonly #latencies: number[] = [];
  /** By partition: events whose latency is known. */
  readonly #done: number[];
  readonly #total: number;
  #pollers: readonly Poller[] = [];
  /** By partition: its poller. */
  readonly #pollerOf = new Map<PartitionQueue, number>();
  /** By poller: when what it has asked for will have been read. */
  #readUntil: number[] = [];
  #processed = 0;
  #invocations = 0;
  #invocationMs = 0;
  #inFlight = 0;
  #peakConcurrency = 0;
  #mostLag = 0;
  #caughtUpAt: number | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
    // Each batch that pauses listens.
    setMaxListeners(0, this.#stopping.signal);
    this.#random = randomNumbers(options.seed ?? 1);
    this.#arrivals = this.#drawArrivals();
    this.#total = this.#arrivals.reduce((sum, { length }) => sum + length, 0);
    this.#queues = this.#arrivals.map(
      (_, partition) => new PartitionQueue(partition, { startOffset: 0, offset: 0, committed: undefined }),
    );
    this.#done = this.#arrivals.map(() => 0);
    const bytes = eventJsonBytes(options.bytesPerEvent);
    this.#templates = this.#queues.map(({ partition }) => template(partition, bytes));
  }

  async run(): Promise<SimulationResult> {
    const { arrivalSeconds, seconds = arrivalSeconds, outageSeconds = 0, pollers } = this.#options;
    const { warmUpSeconds = 0 } = this.#options;
    let processedBefore = 0;
    this.#clock.after(warmUpSeconds * 1_000, () => {
      processedBefore = this.#processed;
    });
    this.#clock.after(outageSeconds * 1_000, () => {
      this.#share(pollers.minimum);
      this.#scaleLater();
    });
    await this.#clock.run(seconds * 1_000, () => this.#processed === this.#total);
    this.#stopping.abort();
    for (const poller of this.#pollers) poller.close();
    const latencies = this.#latencies.toSorted((a, b) => a - b);
    const percentile = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
    return {
      seconds: this.#clock.now() / 1_000,
      processed: this.#processed,
      eventsPerSecond: (this.#processed - processedBefore) / (this.#clock.now() / 1_000 - warmUpSeconds),
      invocations: this.#invocations,
      invocationMs: this.#invocationMs,
      eventsPerInvocation: this.#invocations === 0 ? 0 : this.#metrics.InvokedEventCount / this.#invocations,
      peakConcurrency: this.#peakConcurrency,
      latency: { median: percentile(0.5), p99: percentile(0.99) },
      mostLag: this.#mostLag,
      caughtUpAfterSeconds:
        this.#caughtUpAt === undefined ? undefined : this.#caughtUpAt / 1_000 - outageSeconds,
      pollers: this.#pollers.length,
    };
  }

  #drawArrivals(): number[][] {
    const { partitions, backlog = 0, eventsPerSecond, arrivalSeconds } = this.#options;
    const arrivals: number[][] = Array.from({ length: partitions }, () => []);
    const put = (at: number): void => void arrivals[Math.floor(this.#random() * partitions)]?.push(at);
    for (let waiting = 0; waiting < backlog; waiting++) arrivals[waiting % partitions]?.push(0);
    if (eventsPerSecond === 0) return arrivals;
    const gap = (): number => (-Math.log(1 - this.#random()) * 1_000) / eventsPerSecond;
    for (let at = gap(); at < arrivalSeconds * 1_000; at += gap()) put(at);
    return arrivals;
  }

  /** Events that have arrived in a partition. */
  #arrived(partition: number): number {
    const times = this.#arrivals[partition] ?? [];
    const now = this.#clock.now();
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) <= now) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #share(count: number): void {
    const { batchSize, batchingWindowMs, partitions } = this.#options;
    for (const poller of this.#pollers) poller.close();
    const limits = { batchSize, payloadBytes: MAXIMUM_PAYLOAD_BYTES, envelopeBytes: 300 };
    const shares = sharePartitions(this.#queues, Math.min(count, partitions));
    this.#pollers = shares.map(
      (queues) =>
        new Poller({
          partitions: queues,
          limits,
          batchingWindowMs,
          clock: this.#clock,
          run: (batch) => this.#run(batch),
        }),
    );
    this.#readUntil = shares.map(() => 0);
    for (const [index, queues] of shares.entries())
      for (const queue of queues) this.#pollerOf.set(queue, index);
    this.#advance();
  }

  #scaleLater(): void {
    const { pollers: limits, partitions, batchSize } = this.#options;
    if (limits.minimum === limits.maximum) return;
    this.#clock.after(SCALING_INTERVAL_MS, () => {
      const now = { pollers: this.#pollers.length, partitions, lag: this.#lag(), batchSize };
      const wanted = desiredPollers(limits, now);
      if (wanted !== now.pollers) this.#share(wanted);
      this.#scaleLater();
    });
  }

  #lag(): number {
    return this.#queues.reduce((sum, queue) => sum + this.#arrived(queue.partition) - queue.doneOffset, 0);
  }

  /** Goes on where something is done or has arrived. */
  #advance(): void {
    for (const poller of this.#pollers) poller.poll();
    for (const queue of this.#queues) this.#fetch(queue);
  }

  #fetch(queue: PartitionQueue): void {
    const { bytesPerEvent, batchSize } = this.#options;
    if (this.#fetching.has(queue) || !queue.wants(batchSize)) return;
    const now = this.#clock.now();
    const next = this.#arrivals[queue.partition]?.[queue.fetchedOffset];
    if (next === undefined) return;
    this.#fetching.add(queue);
    const again = (): void => {
      this.#fetching.delete(queue);
      this.#fetch(queue);
    };
    if (next > now) return void this.#clock.after(next - now, again);
    const available = this.#arrived(queue.partition) - queue.fetchedOffset;
    const count = Math.min(available, Math.max(1, Math.floor(FETCH_BYTES / bytesPerEvent)));
    const poller = this.#pollerOf.get(queue) ?? 0;
    const until =
      Math.max(now, this.#readUntil[poller] ?? 0) + (count * bytesPerEvent * 1_000) / POLLER_BYTES_PER_SECOND;
    this.#readUntil[poller] = until;
    this.#clock.after(until - now, () => {
      const first = queue.fetchedOffset;
      const records = Array.from({ length: count }, (_, index) =>
        this.#record(queue.partition, first + index),
      );
      queue.add(records, first + count, this.#clock.now());
      this.#mostLag = Math.max(this.#mostLag, this.#lag());
      this.#pollers[this.#pollerOf.get(queue) ?? 0]?.poll();
      again();
    });
  }

  #record(partition: number, offset: number): PreparedRecord {
    const { source, ...rest } = this.#templates[partition] ?? template(partition, 0);
    return { ...rest, source: { ...source, offset } };
  }

  #run(batch: Batch): Promise<void> {
    return runBatch(batch, {
      envelope: { eventSource: 'aws:kafka', bootstrapServers: '' },
      policy: { maximumRetries: Number.POSITIVE_INFINITY, bisect: true, resend: 'reported' },
      reportBatchItemFailures: false,
      maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      duplicates: () => false,
      metrics: this.#metrics,
      log: silent,
      invoke: (event) => this.#invoke(event),
      discard: async () => {},
      progressed: () => this.#progressed(),
      judged: () => {},
      stopping: this.#stopping.signal,
      clock: this.#clock,
    });
  }

  async #invoke(event: PackedEvent): Promise<InvocationResult> {
    const { workMs, invocationMs, failureRate } = this.#options;
    const counts = Object.values(event.unpack().records).map(({ length }) => length);
    const ms = invocationMs + Math.max(...counts) * workMs;
    this.#invocations++;
    this.#invocationMs += ms;
    this.#peakConcurrency = Math.max(this.#peakConcurrency, ++this.#inFlight);
    await this.#clock.sleep(ms);
    this.#inFlight--;
    const requestId = '';
    if (this.#random() < failureRate) {
      return { ok: false, error: { errorType: 'Error', errorMessage: 'simulated' }, requestId };
    }
    return { ok: true, payload: null, requestId };
  }

  #progressed(): void {
    const now = this.#clock.now();
    for (const { partition, doneOffset } of this.#queues) {
      const times = this.#arrivals[partition] ?? [];
      for (let offset = this.#done[partition] ?? 0; offset < doneOffset; offset++) {
        this.#latencies.push(now - (times[offset] ?? now));
        this.#processed++;
      }
      this.#done[partition] = doneOffset;
    }
    this.#advance();
    if (this.#caughtUpAt === undefined && this.#hasCaughtUp()) this.#caughtUpAt = now;
  }

  /** Nothing waits but what has arrived since the batches in flight began. */
  #hasCaughtUp(): boolean {
    const { batchSize } = this.#options;
    return this.#queues.every(
      (queue) => this.#arrived(queue.partition) === queue.fetchedOffset && queue.waiting.length < batchSize,
    );
  }
}

function template(partition: number, bytes: number): PreparedRecord {
  const source: ConsumedRecord = {
    partition,
    offset: 0,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key: null,
    value: null,
    headers: [],
  };
  const { packed } = new RecordPacker(TOPIC).pack(source);
  return { source, topic: TOPIC, packed, bytes, undeliverable: undefined };
}

/** Numbers from 0 to below 1 that a seed determines (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
