import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, UserError } from '../../errors.ts';
import type {
  Assignment,
  ConsumerHandler,
  GroupConsumer,
  ReceivedRecords,
} from '../../kafka/reading/consumer.ts';
import type { PartitionOffsets } from '../../kafka/reading/topic-reader.ts';
import type { Log } from '../../log.ts';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import type { PackedEvent } from '../function/packed-event.ts';
import type { ObserveMapping } from '../observation.ts';
import { AssignedPartitions } from './assigned-partitions.ts';
import { type Discarded, runBatch } from './batch-run.ts';
import { type BatchLimits, envelopeBytes, MAXIMUM_PAYLOAD_BYTES, recordCount } from './batching.ts';
import {
  MAXIMUM_QUEUED_BYTES,
  POLLERS_PER_UNIT,
  type ResendMode,
  SCALING_INTERVAL_MS,
  STOP_GRACE_MS,
} from './choices.ts';
import { createDiscarding } from './discarding.ts';
import { Intake } from './intake.ts';
import { type EventEnvelope, eventEnvelope } from './kafka-event.ts';
import type { MappingLog, Report } from './mapping-log.ts';
import { type MappingState, type MappingStatus, withLag } from './mapping-status.ts';
import { createMetrics, type MappingMetrics } from './metrics.ts';
import type { OnFailureDestination } from './on-failure-destination.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { Batch } from './poller.ts';
import { desiredPollers, type PollerLimits, pollerLimits } from './poller-scaling.ts';
import { FUNCTION_FAILED, givenUp, NOTHING_PROCESSED, OK, pollingProblem } from './processing-result.ts';
import { type Outcome, type RetryPolicy, retryPolicy } from './retry-policy.ts';
import type { SchemaReader } from './schema-reader.ts';
import type { ValueFilter } from './value-filter.ts';

export interface RunningMappingOptions {
  readonly uuid: string;
  readonly declaration: EventSourceMappingDeclaration;
  readonly functionArn: string;
  readonly brokers: readonly string[];
  /** Where partitions without a committed offset begin; those not named begin at 0. */
  readonly startOffsets: PartitionOffsets;
  readonly filter: ValueFilter;
  readonly schemas: SchemaReader | undefined;
  readonly destination: OnFailureDestination | undefined;
  readonly resend: ResendMode;
  readonly duplicateRate: number;
  /** Invokes the function. */
  readonly invoke: (event: PackedEvent) => Promise<InvocationResult>;
  readonly observe?: ObserveMapping | undefined;
  readonly log: Log;
  readonly systemLog: MappingLog;
}

/** A record that was given up by hand. */
export interface SkippedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The event source mapping at work: takes what the consumer reads, hands batches to the function, commits. */
export class RunningMapping implements ConsumerHandler {
  readonly uuid: string;
  readonly consumerGroupId: string;
  readonly #options: RunningMappingOptions;
  readonly #declaration: EventSourceMappingDeclaration;
  readonly #envelope: EventEnvelope;
  readonly #limits: BatchLimits;
  readonly #policy: RetryPolicy;
  readonly #pollerLimits: PollerLimits;
  readonly #metrics: MappingMetrics = createMetrics();
  readonly #intake: Intake;
  readonly #discard: (discarded: Discarded) => Promise<void>;
  /** By partition: its queue of the last assignment it was part of. */
  readonly #latest = new Map<number, PartitionQueue>();
  /** By partition: the batch in flight, also one of an assignment that has ended. */
  readonly #runs = new Map<number, Promise<void>>();
  #pollerCount: number;
  #duplicatesAhead = 0;
  #connect: ((handler: ConsumerHandler) => GroupConsumer) | undefined;
  #consumer: GroupConsumer | undefined;
  #assigned: AssignedPartitions | undefined;
  #scaling: NodeJS.Timeout | undefined;
  #state: MappingState;
  /** While the mapping is being disabled. */
  #disabling: Promise<void> | undefined;
  #lastProcessingResult: string = NOTHING_PROCESSED;
  /** Until the group is joined again or a batch is processed. */
  #pollingProblem: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: RunningMappingOptions) {
    const { declaration } = options;
    this.uuid = options.uuid;
    this.consumerGroupId = declaration.consumerGroupId ?? options.uuid;
    this.#options = options;
    this.#declaration = declaration;
    this.#envelope = eventEnvelope(declaration, options.brokers);
    this.#limits = {
      batchSize: declaration.batchSize,
      payloadBytes: MAXIMUM_PAYLOAD_BYTES,
      envelopeBytes: envelopeBytes(this.#envelope),
    };
    this.#policy = retryPolicy(declaration, options.resend);
    this.#pollerLimits = pollerLimits(declaration.pollers);
    this.#pollerCount = this.#pollerLimits.minimum;
    this.#state = declaration.enabled ? 'Creating' : 'Disabled';
    const { topic } = declaration;
    const { filter, schemas, destination, functionArn, log, observe } = options;
    const report: Report = (message, error, fields) => this.#report(message, error, fields);
    this.#intake = new Intake({
      topic,
      limits: this.#limits,
      filter,
      schemas,
      metrics: this.#metrics,
      report,
      observe,
    });
    const discard = createDiscarding({
      destination,
      functionArn,
      envelope: this.#envelope,
      metrics: this.#metrics,
      log,
      report,
      observe,
      names: this.#names(),
    });
    this.#discard = (discarded) => {
      if (discarded.result === undefined) this.#lastProcessingResult = givenUp(discarded.condition);
      return discard(discarded);
    };
  }

  /** Batches that are still to be delivered twice on purpose, besides the share that `duplicateRate` says. */
  get duplicatesAhead(): number {
    return this.#duplicatesAhead;
  }

  /** @param batches - that succeed: each is delivered once more */
  deliverTwice(batches: number): void {
    this.#duplicatesAhead = batches;
  }

  #duplicates(): boolean {
    if (this.#duplicatesAhead === 0) return Math.random() < this.#options.duplicateRate;
    this.#duplicatesAhead--;
    return true;
  }

  /** Begins to read if the mapping is enabled, with the consumer that follows this mapping. */
  start(connect: (handler: ConsumerHandler) => GroupConsumer): void {
    this.#connect = connect;
    if (this.#state !== 'Disabled') this.#read();
  }

  #read(): void {
    this.#consumer = this.#connect?.(this);
    this.#scaling = setInterval(() => this.#scale(), SCALING_INTERVAL_MS);
    this.#scaling.unref();
  }

  /**
   * Begins to read, or lets invocations in flight end and leaves the group. The state tells when that is over.
   *
   * @returns false while an earlier change is not over
   */
  setEnabled(enabled: boolean): boolean {
    if (this.#disabling !== undefined || this.#stopped !== undefined || this.#state === 'Creating')
      return false;
    const isEnabled = this.#state !== 'Disabled';
    if (enabled && !isEnabled) {
      this.#state = 'Enabling';
      this.#read();
    } else if (!enabled && isEnabled) {
      this.#disabling = this.#disable();
    }
    return true;
  }

  async #disable(): Promise<void> {
    this.#state = 'Disabling';
    clearInterval(this.#scaling);
    await this.#consumer?.stop();
    this.#consumer = undefined;
    this.#assigned = undefined;
    // The group's offsets may be moved before it is enabled again.
    this.#latest.clear();
    this.#state = 'Disabled';
    this.#disabling = undefined;
  }

  /**
   * Gives up the first record of a partition that is not done. It goes nowhere but into the log; one that is being invoked
   * is given up when the invocation is over, unless that succeeds.
   *
   * @returns the record; undefined when the partition is done or not read here
   */
  skip(partition: number): SkippedRecord | undefined {
    const current = this.#assigned;
    const record = current?.queue(partition)?.skip();
    if (current === undefined || record === undefined) return undefined;
    const skipped = { topic: record.topic, partition, offset: record.source.offset };
    this.#options.observe?.({ kind: 'skipped', partition, offset: record.source.offset });
    this.#metrics.DroppedEventCount += recordCount([record]);
    this.#options.log.warn('a record was skipped by hand', { ...this.#names(), ...skipped });
    this.#advance(current);
    return skipped;
  }

  /**
   * Leaves the group, and joins it again when `moved` has resolved: what it has committed by then counts.
   *
   * @throws Error when the mapping is not running, or what `moved` threw
   */
  async restart(moved: () => Promise<void>): Promise<void> {
    const connect = this.#connect;
    const consumer = this.#consumer;
    if (connect === undefined || consumer === undefined || this.#disabling || this.#stopped) {
      throw new UserError([`The mapping of ${this.#declaration.topic} is not running: start it first`]);
    }
    await consumer.stop();
    this.#options.observe?.({ kind: 'reset' });
    this.#latest.clear();
    try {
      await moved();
    } finally {
      // Meanwhile it may be disabled, or restarted by another call.
      const isUnchanged = this.#consumer === consumer && this.#disabling === undefined;
      if (isUnchanged && this.#stopped === undefined) this.#consumer = connect(this);
    }
  }

  state(): MappingState {
    return this.#state;
  }

  async status(): Promise<MappingStatus> {
    const { uuid, functionArn, declaration, log } = this.#options;
    await this.#assigned?.refreshEndOffsets().catch((error) => {
      log.debug('the end of the partitions could not be asked for', { error });
    });
    const pollers = this.#assigned?.pollerCount ?? 0;
    const queues = this.#assigned?.queues ?? [];
    const partitions = queues.map(({ progress, lag }) => ({ ...progress, lag }));
    return {
      UUID: uuid,
      FunctionArn: functionArn,
      EventSourceArn: declaration.eventSourceArn,
      Topics: [declaration.topic],
      ConsumerGroupId: this.consumerGroupId,
      State: this.#state,
      StateTransitionReason: 'USER_INITIATED',
      LastProcessingResult: this.#pollingProblem ?? this.#lastProcessingResult,
      Pollers: pollers,
      Partitions: partitions,
      Metrics: {
        ...withLag(this.#metrics, partitions),
        ...(declaration.pollers && {
          ProvisionedPollers: pollers,
          EventPollerUnit: Math.ceil(pollers / POLLERS_PER_UNIT),
        }),
      },
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = 'Disabling';
    clearInterval(this.#scaling);
    const grace = sleep(STOP_GRACE_MS, undefined, { ref: false });
    if (this.#disabling === undefined) await this.#consumer?.stop();
    else await Promise.race([this.#disabling, grace]);
    await this.#options.destination?.close();
    this.#state = 'Disabled';
  }

  assigned(assignment: Assignment): void {
    const current: AssignedPartitions = new AssignedPartitions({
      assignment,
      limits: this.#limits,
      batchingWindowMs: this.#declaration.batchingWindowMs,
      run: (batch) => this.#run(batch, current),
      onCommitted: (offsets, partition, offset) => {
        this.#metrics.CommittedEventCount += offsets;
        this.#options.observe?.({ kind: 'committed', partition, offset });
      },
      onCommitFailed: (error) => {
        this.#metrics.CommitErrorCount++;
        this.#report('offsets could not be committed', error);
      },
    });
    this.#assigned = current;
    this.#pollingProblem = undefined;
    if (this.#state === 'Creating' || this.#state === 'Enabling') this.#state = 'Enabled';
    const { generation } = assignment;
    this.#options.observe?.({ kind: 'assigned', generation, partitions: [...assignment.committed.keys()] });
    this.#options.systemLog.pollerStatus({
      consumerGroupId: this.consumerGroupId,
      generation,
      totalPartitionCount: assignment.partitionCount,
      partitions: [...assignment.committed.keys()],
    });
    for (const [partition, committed] of assignment.committed) void this.#open(current, partition, committed);
  }

  /** Begins to read a partition, once a batch of its former assignment is over. */
  async #open(current: AssignedPartitions, partition: number, committed: number | undefined): Promise<void> {
    await this.#runs.get(partition);
    if (current.ending.aborted) return;
    const old = this.#latest.get(partition);
    // What was done but not committed counts as long as nobody else has moved the group's offset since.
    const carriesOver = old !== undefined && old.committedOffset === committed;
    const offset = carriesOver
      ? old.doneOffset
      : (committed ?? this.#options.startOffsets.get(partition) ?? 0);
    const startOffset = carriesOver ? old.startOffset : offset;
    const queue = new PartitionQueue(partition, { startOffset, offset, committed });
    this.#latest.set(partition, queue);
    current.add(queue, Math.max(this.#pollerCount, this.#pollerLimits.minimum));
  }

  /** Goes on where something is done or has arrived. */
  #advance(current: AssignedPartitions): void {
    void current.commit();
    current.poll();
    this.#consumer?.wake();
  }

  #scale(): void {
    const current = this.#assigned;
    if (current === undefined || current.ending.aborted) return;
    for (const { progress } of current.queues) this.#options.systemLog.partitionStatus(progress);
    this.#pollerCount = desiredPollers(this.#pollerLimits, {
      pollers: current.pollerCount,
      partitions: current.queues.length,
      lag: current.lag,
      batchSize: this.#declaration.batchSize,
    });
    if (this.#pollerCount === current.pollerCount) return;
    current.share(this.#pollerCount);
    this.#options.observe?.({ kind: 'scaled', pollers: current.pollerCount });
  }

  wants(partition: number): boolean {
    const current = this.#assigned;
    const queue = current?.queue(partition);
    if (current === undefined || queue === undefined) return false;
    // A partition without anything is fetched all the same: it must not wait for others that are held up.
    if (current.bytes >= MAXIMUM_QUEUED_BYTES && queue.bytes > 0) return false;
    return queue.wants(this.#declaration.batchSize);
  }

  received(partition: number, received: ReceivedRecords): void {
    const current = this.#assigned;
    const queue = current?.queue(partition);
    if (current === undefined || queue === undefined) return;
    queue.endOffset = received.endOffset;
    if (received.nextOffset === queue.fetchedOffset) return;
    // Records that are not for the function are done as soon as everything before them is.
    this.#intake.take(queue, received, current.ending, () => this.#advance(current));
  }

  async #run(batch: Batch, current: AssignedPartitions): Promise<void> {
    const { maximumRecordAgeSeconds, reportBatchItemFailures } = this.#declaration;
    const run = runBatch(batch, {
      envelope: this.#envelope,
      policy: this.#policy,
      reportBatchItemFailures,
      maximumRecordAgeMs:
        maximumRecordAgeSeconds < 0 ? Number.POSITIVE_INFINITY : maximumRecordAgeSeconds * 1_000,
      duplicates: () => this.#duplicates(),
      metrics: this.#metrics,
      log: this.#options.log,
      invoke: this.#options.invoke,
      discard: (discarded) => this.#discard(discarded),
      progressed: () => this.#advance(current),
      judged: (outcome, reason) => this.#judged(outcome, reason),
      stopping: current.ending,
      observe: this.#options.observe,
    });
    for (const { partition } of batch.keys()) this.#runs.set(partition, run);
    try {
      await run;
    } finally {
      for (const { partition } of batch.keys()) {
        if (this.#runs.get(partition) === run) this.#runs.delete(partition);
      }
    }
  }

  #judged(outcome: Outcome['kind'], reason: string): void {
    this.#pollingProblem = undefined;
    this.#lastProcessingResult = outcome === 'success' ? OK : FUNCTION_FAILED;
    if (outcome !== 'success') this.#options.systemLog.problem(reason, 'FunctionError');
  }

  async revoked(): Promise<void> {
    const current = this.#assigned;
    if (current === undefined) return;
    current.end();
    const runs = Promise.allSettled(this.#runs.values());
    const isStopping = this.#stopped !== undefined;
    await (isStopping ? Promise.race([runs, sleep(STOP_GRACE_MS, undefined, { ref: false })]) : runs);
    await current.commit();
  }

  failed(error: unknown): void {
    this.#metrics.PollingErrorCount++;
    this.#pollingProblem = pollingProblem(error);
    this.#report('polling failed, it goes on', error);
  }

  #report(message: string, error: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
    const reason = errorMessage(error);
    this.#options.log.warn(message, { ...this.#names(), ...fields, reason });
    this.#options.observe?.({ kind: 'problem', message, reason });
    this.#options.systemLog.problem(`${message}: ${reason}`, error instanceof Error ? error.name : 'Error');
  }

  #names() {
    return { function: this.#declaration.functionName, topic: this.#declaration.topic };
  }
}
