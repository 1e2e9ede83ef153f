import type { Context } from 'aws-lambda';
import { type BatchResponse, batchResponse, type UnprocessedRecord } from '../lib/consume/batch-response.ts';
import { createDeadLetterQueue, type DeadLetterQueue } from '../lib/consume/dead-letter-queue.ts';
import { deadLetterRecord } from '../lib/consume/dead-letter-record.ts';
import { coordinatesOf } from '../lib/consume/decode-record.ts';
import {
  type ConsumedEvent,
  type ProcessContext,
  type ProcessEvent,
  processBatch,
} from '../lib/consume/process-batch.ts';
import { ServiceError } from '../lib/errors.ts';
import { kafkaConfiguration } from '../lib/kafka/configuration.ts';
import { createLog, type Log } from '../lib/log.ts';
import { loggableData } from '../lib/schema/redaction.ts';
import { recordTrace } from '../lib/trace-context.ts';

/** Kept of the time left to finish the record underway and to report the rest: this much, or a quarter of a short timeout. */
const MARGIN_MS = 3_000;
const MARGIN_SHARE = 1 / 4;
/** The part of it that the answer itself may take. */
const ANSWER_MS = 300;

/**
 * The work on one event: put your own here. It is called in order within a partition, with partitions side by side. A
 * record can be delivered more than once, so the work must be idempotent.
 */
function processEvent({ event, record }: ConsumedEvent, { log }: ProcessContext): void {
  const { topic, partition, offset, key } = record;
  const data = process.env.LOG_EVENT_DATA === 'none' ? undefined : loggableData(event);
  log.info('event consumed', {
    topic,
    partition,
    offset,
    key: key?.text ?? null,
    ...recordTrace(record.headers),
    event: { ...event.attributes, data },
  });
}

/** What the handler needs from outside; a test passes its own. */
export interface Consuming {
  readonly processEvent: ProcessEvent;
  readonly deadLetterQueue: DeadLetterQueue;
  /** Whether the event source mapping has `FunctionResponseTypes: [ReportBatchItemFailures]`; without it only a thrown
   * error has records delivered again. */
  readonly reportBatchItemFailures: boolean;
  readonly log: (requestId: string) => Log;
}

type ConsumeHandler = (
  event: unknown,
  context: Pick<Context, 'awsRequestId' | 'functionName' | 'getRemainingTimeInMillis'>,
) => Promise<BatchResponse>;

/**
 * Creates the function behind a Kafka event source mapping: processes every record, dead-letters those that can never
 * be processed, and has the mapping deliver again what failed or was not reached in time.
 *
 * @param consuming - see {@link Consuming}
 */
export function createConsumeHandler(consuming: Consuming): ConsumeHandler {
  const { processEvent, deadLetterQueue, reportBatchItemFailures, log: logOf } = consuming;
  return async (event, context) => {
    const { awsRequestId: requestId, functionName } = context;
    const log = logOf(requestId);
    const timeLeft = context.getRemainingTimeInMillis();
    const deadline = Date.now() + timeLeft - ANSWER_MS;
    const margin = Math.min(MARGIN_MS, timeLeft * MARGIN_SHARE);
    const outOfTime = new AbortController();
    const timer = setTimeout(() => outOfTime.abort(), timeLeft - margin);
    try {
      const unprocessed = await processBatch(event, {
        processEvent,
        rejectRecord: async (record, rejection) => {
          const { topic: deadLetterTopic } = deadLetterQueue;
          const coordinates = coordinatesOf(record.received);
          if (coordinates?.topic === deadLetterTopic) throw ownDeadLetters(deadLetterTopic);
          await deadLetterQueue.write(
            deadLetterRecord(record, rejection, { functionName, requestId }),
            deadline,
          );
          const trace = recordTrace(record.decoded?.headers ?? []);
          log.warn('record rejected', { ...coordinates, ...trace, ...rejection, deadLetterTopic });
        },
        log,
        signal: outOfTime.signal,
        // Asked before each record, because a timer cannot fire between records that are processed synchronously.
        isOutOfTime: () => context.getRemainingTimeInMillis() < margin,
      });
      if (unprocessed.length > 0 && !reportBatchItemFailures) throw batchFailure(unprocessed);
      return batchResponse(unprocessed);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Each dead letter would be consumed, and rejected, again: the topic would fill without end. */
function ownDeadLetters(topic: string): ServiceError {
  return new ServiceError(
    'configuration_error',
    `KAFKA_DEAD_LETTER_TOPIC is ${topic}, the topic that is consumed: name another one`,
  );
}

/** Fails the whole batch, which is all that a mapping without partial batch responses understands. */
function batchFailure(unprocessed: readonly UnprocessedRecord[]): ServiceError {
  const first = new Map<string, number>();
  for (const { topicPartition, offset } of unprocessed) {
    if (!first.has(topicPartition)) first.set(topicPartition, offset);
  }
  const places = [...first].map(([topicPartition, offset]) => `${topicPartition} from offset ${offset}`);
  return new ServiceError(
    'batch_failed',
    `${unprocessed.length} records were not processed: ${places.join(', ')}`,
  );
}

const log = (requestId: string) => createLog({ fields: { requestId } });
const environment = process.env;
const deadLetterTopic = environment.KAFKA_DEAD_LETTER_TOPIC || `${environment.KAFKA_TOPIC || 'events'}.dlq`;
const deadLetterQueue = createDeadLetterQueue(
  () => kafkaConfiguration(environment),
  deadLetterTopic,
  createLog(),
);

export const handler = createConsumeHandler({
  processEvent,
  deadLetterQueue,
  reportBatchItemFailures: environment.REPORT_BATCH_ITEM_FAILURES === 'true',
  log,
});
