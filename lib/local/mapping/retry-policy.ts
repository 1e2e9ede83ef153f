import { UNLIMITED } from '../../mapping/property.ts';
import type { PreparedRecord } from './batching.ts';
import { RETRY_BACKOFF_MS, type ResendMode } from './choices.ts';

/** With an on-failure destination an unlimited number of retries is this one: Lambda Developer Guide, "Configuring error
 * handling controls for Kafka event sources". */
const RETRIES_WITH_DESTINATION = 10;

/** Records that are sent together, and their attempts so far. */
export interface WorkItem {
  readonly records: readonly PreparedRecord[];
  /** Failed attempts that count. */
  readonly failures: number;
  /** All invocations with these records. */
  readonly invocations: number;
}

/** How an invocation ended, as far as retrying is concerned. */
export type Outcome =
  | { readonly kind: 'success' }
  /** Some records failed, the rest are done. */
  | { readonly kind: 'partial'; readonly isFailed: (record: PreparedRecord) => boolean }
  | { readonly kind: 'failure' }
  /** The service, not the function, failed: it does not count as an attempt. */
  | { readonly kind: 'uncounted' };

export interface RetryPolicy {
  /** Retries after the first attempt; Infinity when there is no limit. */
  readonly maximumRetries: number;
  readonly bisect: boolean;
  readonly resend: ResendMode;
}

/** What happens after an invocation. */
export interface Settlement {
  /** Sent again, in this order, before anything else of their partitions. */
  readonly retry: readonly WorkItem[];
  /** Out of attempts. */
  readonly discarded: readonly PreparedRecord[];
}

/** The policy that a mapping declares. */
export function retryPolicy(
  declaration: {
    maximumRetryAttempts: number;
    bisectBatchOnFunctionError: boolean;
    onFailureDestination: string | undefined;
  },
  resend: ResendMode,
): RetryPolicy {
  const { maximumRetryAttempts, onFailureDestination } = declaration;
  const unlimited = onFailureDestination === undefined ? Number.POSITIVE_INFINITY : RETRIES_WITH_DESTINATION;
  return {
    maximumRetries: maximumRetryAttempts === UNLIMITED ? unlimited : maximumRetryAttempts,
    bisect: declaration.bisectBatchOnFunctionError,
    resend,
  };
}

/**
 * Decides what happens to the records of one invocation. Splitting a batch does not use up an attempt; a record that fails
 * alone does. Records that are neither retried nor discarded are done.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html Lambda Developer Guide, "Configuring error handling controls for Kafka event sources"}
 */
export function settle(item: WorkItem, outcome: Outcome, policy: RetryPolicy): Settlement {
  const invocations = item.invocations + 1;
  switch (outcome.kind) {
    case 'success':
      return { retry: [], discarded: [] };
    case 'uncounted':
      return { retry: [{ ...item, invocations }], discarded: [] };
    case 'partial': {
      const records = resent(item.records, outcome.isFailed, policy.resend);
      return attemptAgain({ records, failures: item.failures + 1, invocations }, policy);
    }
    case 'failure': {
      const { records, failures } = item;
      if (policy.bisect && records.length > 1) {
        const middle = Math.ceil(records.length / 2);
        const halves = [records.slice(0, middle), records.slice(middle)];
        return { retry: halves.map((half) => ({ records: half, failures, invocations })), discarded: [] };
      }
      return attemptAgain({ records, failures: failures + 1, invocations }, policy);
    }
  }
}

/** Milliseconds to wait before an item is sent again. */
export function backoffMs({ invocations }: WorkItem): number {
  return Math.min(RETRY_BACKOFF_MS.first * 2 ** (invocations - 1), RETRY_BACKOFF_MS.longest);
}

function attemptAgain(item: WorkItem, policy: RetryPolicy): Settlement {
  return item.failures > policy.maximumRetries
    ? { retry: [], discarded: item.records }
    : { retry: [item], discarded: [] };
}

function resent(
  records: readonly PreparedRecord[],
  isFailed: (record: PreparedRecord) => boolean,
  mode: ResendMode,
): PreparedRecord[] {
  const failed = records.filter(isFailed);
  if (mode === 'reported') return failed;
  const lowest = new Map<number, number>();
  for (const { source } of failed) {
    lowest.set(source.partition, Math.min(source.offset, lowest.get(source.partition) ?? source.offset));
  }
  return records.filter(
    ({ source }) => source.offset >= (lowest.get(source.partition) ?? Number.POSITIVE_INFINITY),
  );
}
