import type { Context } from 'aws-lambda';
import { createLog, type Log } from '../lib/log.ts';
import { type BatchResponse, batchResponse } from '../lib/msk/batch-response.ts';
import { coordinatesOf } from '../lib/msk/decode-record.ts';
import {
  type ConsumedEvent,
  type ProcessContext,
  type ProcessEvent,
  processBatch,
} from '../lib/msk/process-batch.ts';
import { loggableData } from '../lib/schema/redaction.ts';

/** Kept of the function's timeout to report what was not processed. */
const MARGIN_MS = 1_000;

/**
 * The work on one event: put your own here. It is called in order within a partition, with partitions side by side, and
 * must be idempotent, because a record can be delivered more than once.
 */
function processEvent({ event, record }: ConsumedEvent, { log }: ProcessContext): void {
  const { topic, partition, offset, key } = record;
  const data = process.env.LOG_EVENT_DATA === 'none' ? undefined : loggableData(event);
  log.info('event consumed', {
    topic,
    partition,
    offset,
    key: key?.text ?? null,
    event: { ...event.attributes, data },
  });
}

type ConsumeHandler = (
  event: unknown,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
) => Promise<BatchResponse | undefined>;

/**
 * Creates the function behind a Kafka event source mapping.
 *
 * @param process - the work on one event
 * @param createBatchLog - where lines go; `requestId` is among the fields of each
 */
export function createConsumeHandler(
  process: ProcessEvent,
  createBatchLog: (requestId: string) => Log,
): ConsumeHandler {
  return async (event, context) => {
    const log = createBatchLog(context.awsRequestId);
    const outOfTime = new AbortController();
    const timer = setTimeout(
      () => outOfTime.abort(),
      Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS),
    );
    try {
      const unprocessed = await processBatch(event, {
        processEvent: process,
        rejectRecord: (record, { reason, issues }) =>
          log.warn('record rejected', { ...coordinatesOf(record), reason, issues }),
        log,
        signal: outOfTime.signal,
      });
      return batchResponse(unprocessed);
    } finally {
      clearTimeout(timer);
    }
  };
}

export const handler = createConsumeHandler(processEvent, (requestId) =>
  createLog({ fields: { requestId } }),
);
