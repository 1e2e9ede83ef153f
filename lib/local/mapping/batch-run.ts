import { errorMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import type { PackedEvent } from '../function/packed-event.ts';
import type { BatchFact, ObserveMapping, Place } from '../observation.ts';
import { parseBatchResponse } from './batch-report.ts';
import type { PreparedRecord } from './batching.ts';
import { RECORD_AGE_CONDITION, RETRIES_EXHAUSTED, UNCOUNTED_ERRORS } from './choices.ts';
import { type Clock, pause, systemClock } from './clock.ts';
import { type EventEnvelope, kafkaEvent, topicPartition } from './kafka-event.ts';
import type { MappingMetrics } from './metrics.ts';
import type { Batch } from './poller.ts';
import {
  backoffMs,
  type Outcome,
  type RetryPolicy,
  type Settlement,
  settle,
  type WorkItem,
} from './retry-policy.ts';

/** Records that will not be sent (again), and why. */
export interface Discarded {
  readonly records: readonly PreparedRecord[];
  /** `requestContext.condition` of the on-failure destination. */
  readonly condition: string;
  readonly invocations: number;
  /** The last answer of the function; undefined when it was never called. */
  readonly result: InvocationResult | undefined;
}

export interface BatchRunOptions {
  readonly envelope: EventEnvelope;
  readonly policy: RetryPolicy;
  readonly reportBatchItemFailures: boolean;
  /** Infinity for no limit. */
  readonly maximumRecordAgeMs: number;
  /** Whether a batch that has succeeded is sent once more. */
  readonly duplicates: () => boolean;
  readonly metrics: MappingMetrics;
  readonly log: Log;
  /** Invokes the function. */
  readonly invoke: (event: PackedEvent) => Promise<InvocationResult>;
  /** Hands records to the on-failure destination; never rejects. */
  readonly discard: (discarded: Discarded) => Promise<void>;
  /** Called when records of the batch are done. */
  readonly progressed: () => void;
  /** Called with every judged invocation. */
  readonly judged: (outcome: Outcome['kind'], reason: string) => void;
  /** No attempt begins after this is aborted. */
  readonly stopping: AbortSignal;
  readonly observe?: ObserveMapping | undefined;
  /** Default: the time of the machine. */
  readonly clock?: Clock;
}

/**
 * Sends a batch until every record is processed or discarded, or until `stopping`. Partitions whose records are all done
 * are free before the others.
 */
export async function runBatch(batch: Batch, options: BatchRunOptions): Promise<void> {
  const { stopping, clock = systemClock } = options;
  const observe = options.observe && observingBatch(options.observe);
  let work: WorkItem[] = [{ records: [...batch.values()].flat(), failures: 0, invocations: 0 }];
  const progress = (): void => {
    const remaining = work.flatMap(({ records }) => records);
    for (const queue of batch.keys()) {
      queue.setRemaining(
        remaining.filter(({ source }) => source.partition === queue.partition),
        clock.now(),
      );
    }
    options.progressed();
  };

  for (let item = work[0]; item !== undefined && !stopping.aborted; item = work[0]) {
    const sendable = await discardUnsendable(item, batch, options);
    if (sendable.length === 0) {
      work = work.slice(1);
      progress();
      continue;
    }
    const attempt = { ...item, records: sendable };
    const { result, retry, discarded, pauseMs } = await invoke(attempt, options, observe);
    if (discarded.length > 0) {
      const invocations = item.invocations + 1;
      await options.discard({ records: discarded, condition: RETRIES_EXHAUSTED, invocations, result });
    }
    work = [...retry, ...work.slice(1)];
    progress();
    if (pauseMs !== undefined) await pauseUnlessSkipped(batch, pauseMs, stopping, clock);
  }
}

/** Reports of one batch. */
type ObserveBatch = (fact: BatchFact) => void;

/** Batches and invocations are numbered over all mappings. */
let batches = 0;
let invocations = 0;

function observingBatch(observe: ObserveMapping): ObserveBatch {
  const batch = ++batches;
  return (fact) => observe({ ...fact, batch });
}

function placesOf(records: readonly PreparedRecord[]): Place[] {
  return records.map(({ source }) => source);
}

function placeOf({ topic, source: { partition, offset } }: PreparedRecord) {
  return { topic, partition, offset };
}

/** Waits for the given time, or until the mapping stops or a record of the batch is skipped. */
async function pauseUnlessSkipped(
  batch: Batch,
  ms: number,
  stopping: AbortSignal,
  clock: Clock,
): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  for (const queue of batch.keys()) queue.onSkip = wake;
  stopping.addEventListener('abort', wake);
  if (!stopping.aborted) await pause(clock, ms, woken.signal);
  stopping.removeEventListener('abort', wake);
}

/** Discards what is undeliverable or too old, and returns the rest. */
async function discardUnsendable(
  { records: all, invocations }: WorkItem,
  batch: Batch,
  { discard, maximumRecordAgeMs, clock = systemClock }: BatchRunOptions,
): Promise<readonly PreparedRecord[]> {
  const skipped = [...batch.keys()].map((queue) => queue.skipped);
  const records = all.filter((record) => !skipped.some((records) => records.has(record)));
  const undeliverable = records[0]?.undeliverable;
  if (undeliverable !== undefined) {
    await discard({ records, condition: undeliverable, invocations, result: undefined });
    return [];
  }
  const oldest = clock.now() - maximumRecordAgeMs;
  // A record without a timestamp, -1, has no age.
  const isExpired = ({ source }: PreparedRecord): boolean =>
    source.timestamp >= 0 && source.timestamp < oldest;
  const expired = records.filter(isExpired);
  if (expired.length === 0) return records;
  await discard({ records: expired, condition: RECORD_AGE_CONDITION, invocations, result: undefined });
  return records.filter((record) => !isExpired(record));
}

/** How an attempt went. */
interface Attempt extends Settlement {
  readonly result: InvocationResult | undefined;
  /** Milliseconds until the next one; undefined when there is none. */
  readonly pauseMs: number | undefined;
}

async function invoke(
  item: WorkItem,
  options: BatchRunOptions,
  observe: ObserveBatch | undefined,
): Promise<Attempt> {
  const { metrics, log, policy } = options;
  const { records, failures } = item;
  const event = kafkaEvent(options.envelope, records);
  metrics.InvokedEventCount += records.length;
  const invocation = ++invocations;
  observe?.({ kind: 'invoking', invocation, attempt: failures + 1, records: placesOf(records) });
  let result: InvocationResult | undefined;
  let judgement: Judgement;
  try {
    result = await options.invoke(event);
    judgement = judge(result, records, options.reportBatchItemFailures);
  } catch (error) {
    judgement = {
      outcome: { kind: 'uncounted' },
      reason: errorMessage(error),
    };
  }

  const { outcome, reason } = judgement;
  const settlement = settle(item, outcome, policy);
  const [next] = settlement.retry;
  const pauseMs = next && backoffMs(next);
  options.judged(outcome.kind, reason);
  observe?.({
    kind: 'invoked',
    invocation,
    outcome: outcome.kind,
    reason,
    requestId: result?.requestId,
    retry: settlement.retry.map((again) => placesOf(again.records)),
    pauseMs,
  });
  if (outcome.kind === 'success') {
    if (options.duplicates()) {
      log.info('a successful batch is sent once more on purpose', { requestId: result?.requestId });
      observe?.({ kind: 'duplicated', records: placesOf(records) });
      await options.invoke(event).catch(() => {});
    }
    return { ...settlement, result, pauseMs };
  }
  metrics.FailedInvokeEventCount +=
    outcome.kind === 'partial' ? records.filter(outcome.isFailed).length : records.length;
  metrics.InvokeErrorCount++;
  log.warn('the function did not process its batch', {
    requestId: result?.requestId,
    reason,
    attempt: failures + 1,
    nextAttemptInMs: pauseMs,
    records: offsetRanges(records),
  });
  return { ...settlement, result, pauseMs };
}

/** For example `{ 'orders-0': '15-114' }`. */
function offsetRanges(records: readonly PreparedRecord[]): Record<string, string> {
  const first = new Map<string, number>();
  const ranges: Record<string, string> = {};
  for (const { topic, source } of records) {
    const key = topicPartition(topic, source.partition);
    if (!first.has(key)) first.set(key, source.offset);
    ranges[key] = `${first.get(key)}-${source.offset}`;
  }
  return ranges;
}

interface Judgement {
  readonly outcome: Outcome;
  readonly reason: string;
}

function judge(
  result: InvocationResult,
  records: readonly PreparedRecord[],
  reportBatchItemFailures: boolean,
): Judgement {
  if (!result.ok) {
    const { errorType, errorMessage } = result.error;
    return {
      outcome: { kind: UNCOUNTED_ERRORS.has(errorType) ? 'uncounted' : 'failure' },
      reason: `${errorType}: ${errorMessage}`,
    };
  }
  if (!reportBatchItemFailures) return { outcome: { kind: 'success' }, reason: '' };
  const response = parseBatchResponse(result.payload, records.map(placeOf));
  switch (response.kind) {
    case 'success':
      return { outcome: { kind: 'success' }, reason: '' };
    case 'invalid':
      return { outcome: { kind: 'failure' }, reason: `its batch response is invalid: ${response.reason}` };
    case 'partial':
      return {
        outcome: { kind: 'partial', isFailed: (record) => response.isFailed(placeOf(record)) },
        reason: 'it reported batchItemFailures',
      };
  }
}
