import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../errors.ts';
import { connectAdmin, type PartitionOffsets } from '../../kafka/admin.ts';
import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import { connectionOptions } from '../../kafka/connection.ts';
import {
  type Assignment,
  type ConsumerHandler,
  type GroupConsumer,
  type ReceivedRecords,
  startConsumer,
} from '../../kafka/consumer.ts';
import type { Log } from '../../log.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import { type Discarded, runBatch } from './batch-run.ts';
import { type BatchLimits, envelopeBytes, MAXIMUM_PAYLOAD_BYTES, prepareRecord } from './batching.ts';
import { DEFAULT_RESEND_MODE, type ResendMode, STOP_GRACE_MS } from './choices.ts';
import type { EventSourceMappingDeclaration } from './declaration.ts';
import { mappingUuid } from './identity.ts';
import { eventEnvelope, type KafkaEvent, type KafkaEventEnvelope, toEventRecord } from './kafka-event.ts';
import { createMetrics, type MappingMetrics } from './metrics.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { PartitionQueue } from './partition-queue.ts';
import { type Batch, Poller } from './poller.ts';
import { type RetryPolicy, retryPolicy } from './retry-policy.ts';

/** AWS Lambda API Reference, "EventSourceMappingConfiguration", State. */
export type MappingState = 'Creating' | 'Enabled' | 'Disabling' | 'Disabled';

export interface EventSourceMappingOptions {
  readonly declaration: EventSourceMappingDeclaration;
  readonly kafka: KafkaConfiguration;
  readonly invoke: (event: KafkaEvent) => Promise<InvocationResult>;
  readonly log: Log;
  /** Share of successful batches, 0 to 1, that are delivered once more, to see whether the function is idempotent. */
  readonly duplicateRate?: number;
  readonly resend?: ResendMode;
}

/** A running event source mapping. */
export interface EventSourceMapping {
  readonly uuid: string;
  readonly consumerGroupId: string;
  state(): MappingState;
  /** Lets invocations in flight end within a bound, commits what is done and leaves the consumer group. */
  stop(): Promise<void>;
}

/**
 * Starts an event source mapping: reads a topic as AWS Lambda does and invokes the function with batches of records.
 *
 * @param options - `duplicateRate` defaults to 0, `resend` to the choice in choices.ts
 * @throws Error when the cluster cannot be reached or the topic does not exist
 * @see Lambda Developer Guide, "How Lambda processes records from Kafka event sources"
 */
export async function startEventSourceMapping(
  options: EventSourceMappingOptions,
): Promise<EventSourceMapping> {
  const connection = await connectionOptions(options.kafka);
  const startOffsets = await startingOffsets(options);
  const mapping = new RunningMapping(options, connection.brokers, startOffsets);
  if (options.declaration.enabled) {
    mapping.start(
      startConsumer({
        connection,
        groupId: mapping.consumerGroupId,
        topic: options.declaration.topic,
        handler: mapping,
        log: options.log,
      }),
    );
  }
  return mapping;
}

/** Where partitions begin that have no committed offset. */
async function startingOffsets({ kafka, declaration }: EventSourceMappingOptions): Promise<PartitionOffsets> {
  const { topic, startingPosition, startingPositionTimestampMs } = declaration;
  const admin = await connectAdmin(kafka);
  try {
    if ((await admin.partitionCount(topic)) === 0)
      throw new Error(`The topic ${topic} does not exist: create it first`);
    if (startingPosition === 'TRIM_HORIZON') return new Map();
    if (startingPosition === 'LATEST') return await admin.offsets(topic, 'latest');
    return await admin.offsets(topic, { timestampMs: startingPositionTimestampMs ?? 0 });
  } finally {
    await admin.disconnect();
  }
}

/** What belongs to one assignment of partitions. */
interface AssignedPartitions {
  readonly queues: PartitionQueue[];
  readonly committer: OffsetCommitter;
  /** Aborted when no further attempt may begin. */
  readonly ending: AbortController;
  pollers: Poller[];
}

class RunningMapping implements EventSourceMapping, ConsumerHandler {
  readonly uuid: string;
  readonly consumerGroupId: string;
  readonly #options: EventSourceMappingOptions;
  readonly #declaration: EventSourceMappingDeclaration;
  readonly #startOffsets: PartitionOffsets;
  readonly #envelope: KafkaEventEnvelope;
  readonly #limits: BatchLimits;
  readonly #policy: RetryPolicy;
  readonly #metrics: MappingMetrics = createMetrics();
  /** By partition: the batch in flight, also one of an assignment that has ended. */
  readonly #runs = new Map<number, Promise<void>>();
  #consumer: GroupConsumer | undefined;
  #assigned: AssignedPartitions | undefined;
  #state: MappingState;
  #stopped: Promise<void> | undefined;

  constructor(
    options: EventSourceMappingOptions,
    brokers: readonly string[],
    startOffsets: PartitionOffsets,
  ) {
    const { declaration } = options;
    this.uuid = mappingUuid(declaration);
    this.consumerGroupId = declaration.consumerGroupId ?? this.uuid;
    this.#options = options;
    this.#declaration = declaration;
    this.#startOffsets = startOffsets;
    this.#envelope = eventEnvelope(declaration, brokers);
    this.#limits = {
      batchSize: declaration.batchSize,
      payloadBytes: MAXIMUM_PAYLOAD_BYTES,
      envelopeBytes: envelopeBytes(this.#envelope),
    };
    this.#policy = retryPolicy(declaration, options.resend ?? DEFAULT_RESEND_MODE);
    this.#state = declaration.enabled ? 'Creating' : 'Disabled';
  }

  start(consumer: GroupConsumer): void {
    this.#consumer = consumer;
  }

  state(): MappingState {
    return this.#state;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = 'Disabling';
    await this.#consumer?.stop();
    this.#state = 'Disabled';
  }

  assigned(assignment: Assignment): void {
    const previous = this.#assigned;
    const queues: PartitionQueue[] = [];
    const current: AssignedPartitions = {
      queues,
      committer: new OffsetCommitter({
        assignment,
        queues,
        onCommitted: (offsets) => {
          this.#metrics.CommittedEventCount += offsets;
        },
        onFailed: (error) => {
          this.#metrics.CommitErrorCount++;
          this.#options.log.warn('offsets could not be committed', {
            ...this.#names(),
            reason: errorMessage(error),
          });
        },
      }),
      ending: new AbortController(),
      pollers: [],
    };
    this.#assigned = current;
    this.#state = 'Enabled';
    this.#options.log.debug('partitions assigned', {
      ...this.#names(),
      partitions: [...assignment.committed.keys()],
    });
    for (const [partition, committed] of assignment.committed) {
      const old = previous?.queues.find((queue) => queue.partition === partition);
      void this.#open(current, assignment, partition, committed, old);
    }
  }

  /** Begins to read a partition, once a batch of its former assignment is over. */
  async #open(
    current: AssignedPartitions,
    assignment: Assignment,
    partition: number,
    committed: number | undefined,
    old: PartitionQueue | undefined,
  ): Promise<void> {
    await this.#runs.get(partition);
    if (current.ending.signal.aborted) return;
    // What was done but not committed counts as long as nobody else has moved the group's offset since.
    const carriesOver = old !== undefined && old.committedOffset === committed;
    const offset = carriesOver ? old.doneOffset : (committed ?? this.#startOffsets.get(partition) ?? 0);
    current.queues.push(new PartitionQueue(partition, offset, committed));
    this.#sharePartitions(current);
    assignment.readFrom(partition, offset);
    if (carriesOver && offset !== committed) void current.committer.commit();
  }

  #sharePartitions(current: AssignedPartitions): void {
    for (const poller of current.pollers) poller.close();
    current.pollers = [
      new Poller({
        partitions: [...current.queues],
        limits: this.#limits,
        batchingWindowMs: this.#declaration.batchingWindowMs,
        run: (batch) => this.#run(batch, current),
      }),
    ];
    this.#poll(current);
  }

  #poll({ pollers }: AssignedPartitions): void {
    for (const poller of pollers) poller.poll();
  }

  wants(partition: number): boolean {
    return this.#queue(partition)?.wants(this.#declaration.batchSize) ?? false;
  }

  received(partition: number, { records, nextOffset, endOffset }: ReceivedRecords): void {
    const queue = this.#queue(partition);
    const current = this.#assigned;
    if (queue === undefined || current === undefined) return;
    queue.endOffset = endOffset;
    if (nextOffset === queue.fetchedOffset) return;
    this.#metrics.PolledEventCount += records.length;
    const { topic } = this.#declaration;
    const prepared = records.map((record) =>
      prepareRecord(record, toEventRecord(topic, record), this.#limits),
    );
    queue.add(prepared, nextOffset, Date.now());
    this.#poll(current);
  }

  #queue(partition: number): PartitionQueue | undefined {
    return this.#assigned?.queues.find((queue) => queue.partition === partition);
  }

  async #run(batch: Batch, current: AssignedPartitions): Promise<void> {
    const run = runBatch(batch, {
      envelope: this.#envelope,
      policy: this.#policy,
      reportBatchItemFailures: this.#declaration.reportBatchItemFailures,
      maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      duplicateRate: this.#options.duplicateRate ?? 0,
      metrics: this.#metrics,
      log: this.#options.log,
      invoke: this.#options.invoke,
      discard: (discarded) => this.#discard(discarded),
      progressed: () => {
        void current.committer.commit();
        this.#consumer?.wake();
        this.#poll(current);
      },
      judged: () => {},
      stopping: current.ending.signal,
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

  async #discard({ records }: Discarded): Promise<void> {
    this.#metrics.DroppedEventCount += records.length;
  }

  async revoked(): Promise<void> {
    const current = this.#assigned;
    if (current === undefined) return;
    for (const poller of current.pollers) poller.close();
    current.ending.abort();
    const runs = Promise.allSettled(this.#runs.values());
    const stopping = this.#stopped !== undefined;
    await (stopping ? Promise.race([runs, sleep(STOP_GRACE_MS, undefined, { ref: false })]) : runs);
    await current.committer.commit();
  }

  failed(error: unknown): void {
    this.#metrics.PollingErrorCount++;
    this.#options.log.warn('polling failed, it goes on', { ...this.#names(), reason: errorMessage(error) });
  }

  #names() {
    return { function: this.#declaration.functionName, topic: this.#declaration.topic };
  }
}
