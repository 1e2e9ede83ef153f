import type { Context } from 'aws-lambda';
import { RECORD_REJECTED } from '../counted-messages.ts';
import { ServiceError } from '../errors.ts';
import type { Environment } from '../kafka/configuration.ts';
import { deadLetterTopicOf, logicalTopic } from '../kafka/topic-names.ts';
import { createLog, type Log, logLevel } from '../log.ts';
import { type BatchResponse, batchResponse, type UnprocessedRecord } from './batch-response.ts';
import { createDeadLetterQueue, type DeadLetterQueue } from './dead-letter-queue.ts';
import { deadLetterRecord } from './dead-letter-record.ts';
import { deduplicated, type ProcessedEvents } from './deduplication.ts';
import { processBatch, type RejectRecord } from './process-batch.ts';
import type { ProcessEvent } from './process-event.ts';
import { RetryPace } from './retry-pace.ts';

/** Time reserved to finish the current record and report the rest: 3 s, or a quarter of the timeout if that is less. */
const MARGIN_MS = 3_000;
const MARGIN_SHARE = 1 / 4;
/** The part of it that the answer itself may take. */
const ANSWER_MS = 300;

/** What the handler needs from outside; a test passes its own. */
export interface Consuming {
  readonly processEvent: ProcessEvent;
  readonly deadLetterQueue: DeadLetterQueue;
  /** Whether the event source mapping has `FunctionResponseTypes: [ReportBatchItemFailures]`; without it only a thrown
   * error has records delivered again. */
  readonly reportBatchItemFailures: boolean;
  /** The name of a topic without the prefix of the deployment. */
  readonly logicalTopic: (topic: string) => string;
  readonly log: (requestId: string) => Log;
}

/** The function behind a Kafka event source mapping. */
export type ConsumeHandler = (
  event: unknown,
  context: Pick<Context, 'awsRequestId' | 'functionName' | 'getRemainingTimeInMillis'>,
) => Promise<BatchResponse>;

/**
 * Wires the work of a consumer to the environment of its function: `KAFKA_*` for dead letters,
 * `KAFKA_DEAD_LETTER_TOPIC` for a separate dead letter topic, `REPORT_BATCH_ITEM_FAILURES`, `LOG_LEVEL`, and
 * `IDEMPOTENCY_TABLE` for the DynamoDB table with which each event is processed once. Nothing is opened before it is
 * needed.
 *
 * @param consumer - its work: for every event, or by type with `processByType`
 * @param environment - of the function
 */
export function consumeHandler(
  { processEvent }: Pick<Consuming, 'processEvent'>,
  environment: Environment = process.env,
): ConsumeHandler {
  // Read once: a look into `process.env` takes longer than a header does to decode.
  const { KAFKA_DEAD_LETTER_TOPIC, REPORT_BATCH_ITEM_FAILURES, KAFKA_TOPIC_PREFIX, LOG_LEVEL } = environment;
  const prefix = { KAFKA_TOPIC_PREFIX };
  const level = logLevel(LOG_LEVEL);
  const ownDeadLetterTopic = KAFKA_DEAD_LETTER_TOPIC?.trim();
  return createConsumeHandler({
    processEvent: processedOnce(processEvent, environment),
    // Loads and connects the Kafka client with the first dead letter, so that healthy batches cost nothing extra.
    deadLetterQueue: createDeadLetterQueue(
      async () => {
        const { openProducerFrom } = await import('../kafka/producer/open-producer.ts');
        return openProducerFrom(environment, createLog());
      },
      (topic) => ownDeadLetterTopic || deadLetterTopicOf(topic, prefix),
    ),
    reportBatchItemFailures: REPORT_BATCH_ITEM_FAILURES === 'true',
    logicalTopic: (topic) => logicalTopic(topic, prefix),
    log: (requestId) => createLog({ level, fields: { requestId } }),
  });
}

function processedOnce(processEvent: ProcessEvent, environment: Environment): ProcessEvent {
  const { IDEMPOTENCY_TABLE, IDEMPOTENCY_ENDPOINT, AWS_LAMBDA_FUNCTION_NAME } = environment;
  if (!IDEMPOTENCY_TABLE) return processEvent;
  const functionName = AWS_LAMBDA_FUNCTION_NAME ?? 'function';
  let table: Promise<ProcessedEvents> | undefined;
  const open = async (): Promise<ProcessedEvents> => {
    const { idempotencyTable } = await import('./idempotency-table.ts');
    return idempotencyTable({ tableName: IDEMPOTENCY_TABLE, functionName, endpoint: IDEMPOTENCY_ENDPOINT });
  };
  // Loaded with the first event: most consumers have no table, and `node:crypto` is half of what a consumer loads.
  const processed: ProcessedEvents = {
    claim: async (eventKey, time) => {
      table ??= open();
      return (await table).claim(eventKey, time);
    },
  };
  return deduplicated(processed, processEvent);
}

/**
 * Creates the function behind a Kafka event source mapping: processes every record, dead-letters those that can never
 * be processed, and has the mapping deliver again what failed or was not reached in time.
 *
 * @param consuming - see {@link Consuming}
 */
export function createConsumeHandler(consuming: Consuming): ConsumeHandler {
  const { processEvent, deadLetterQueue, reportBatchItemFailures, logicalTopic, log: logOf } = consuming;
  const pace = new RetryPace();
  return async (event, context) => {
    const { awsRequestId: requestId, functionName } = context;
    const log = logOf(requestId);
    const timeLeft = context.getRemainingTimeInMillis();
    const deadline = Date.now() + timeLeft - ANSWER_MS;
    const margin = Math.min(MARGIN_MS, timeLeft * MARGIN_SHARE);
    const outOfTime = new AbortController();
    const timer = setTimeout(() => outOfTime.abort(), timeLeft - margin);
    const passedOver = new Map<string, number>();
    const rejectRecord: RejectRecord = async (record, rejection, fields) => {
      const deadLetterTopic = deadLetterQueue.topicFor(record.topic);
      const letter = deadLetterRecord(record, rejection, { functionName, requestId });
      await deadLetterQueue.write(deadLetterTopic, letter, deadline);
      // The alarm counts these lines, whatever `LOG_LEVEL` says.
      log.error(RECORD_REJECTED, { ...fields, deadLetterTopic });
    };
    try {
      const unprocessed = await processBatch(event, {
        processEvent,
        rejectRecord,
        logicalTopic,
        onPassedOver: (type) => passedOver.set(type, (passedOver.get(type) ?? 0) + 1),
        log,
        signal: outOfTime.signal,
        deadline,
        // Asked before each record, because a timer cannot fire between records that are processed synchronously.
        isOutOfTime: () => context.getRemainingTimeInMillis() < margin,
      });
      if (passedOver.size > 0) log.info('events passed over', { types: Object.fromEntries(passedOver) });
      await heldBack(pace.pauseMs(unprocessed), outOfTime.signal);
      if (unprocessed.length > 0 && !reportBatchItemFailures) throw batchFailure(unprocessed);
      return batchResponse(unprocessed);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** @param signal - ends the pause, while there is time to answer */
async function heldBack(pauseMs: number, signal: AbortSignal): Promise<void> {
  if (pauseMs === 0) return;
  // Not imported at the top: few batches need it, and every cold start would load it.
  const { setTimeout: sleep } = await import('node:timers/promises');
  await sleep(pauseMs, undefined, { signal }).catch(() => {});
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
