import type { Context } from 'aws-lambda';
import { abbreviated, ServiceError, toServiceError } from '../lib/errors.ts';
import { deliveryReport } from '../lib/http/delivery-report.ts';
import { eventsInRequest } from '../lib/http/events-in-request.ts';
import { httpRequest } from '../lib/http/request.ts';
import { type HttpResponse, problemResponse, responseTo } from '../lib/http/response.ts';
import { kafkaConfiguration } from '../lib/kafka/configuration.ts';
import { openProducer } from '../lib/kafka/producer/open-producer.ts';
import type { Delivery, Producer } from '../lib/kafka/producer/producer.ts';
import { isTooLarge, type KafkaRecord, MAX_BATCH_BYTES, type RecordHeader } from '../lib/kafka/record.ts';
import { createLog, type Log, type LogFields } from '../lib/log.ts';
import { toKafkaRecord } from '../lib/schema/kafka-binding.ts';
import type { CatalogueEvent } from '../lib/schema/validation.ts';
import { requestTrace, traceHeaders } from '../lib/trace-context.ts';

/** API Gateway gives up after 30 s: an answer must be on its way well before. */
const MAX_SEND_MS = 20_000;
/** Kept of the function's own timeout for the answer. */
const MARGIN_MS = 1_000;

/** What the handler needs from outside; a test passes its own. */
export interface Publishing {
  readonly topic: string;
  readonly producer: Producer;
}

type PublishHandler = (
  event: unknown,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
) => Promise<HttpResponse>;

/**
 * Creates the function behind `POST /events`: reads and checks the events of a request, sends them to Kafka and answers
 * with a delivery report.
 *
 * @param open - called at the first request and again until it succeeds, then kept for the life of the sandbox
 * @param log - receives failures that the client is not told
 */
export function createPublishHandler(open: (log: Log) => Publishing, log: Log = createLog()): PublishHandler {
  let publishing: Publishing | undefined;
  return async (event, context) => {
    const requestId = context.awsRequestId;
    let fields: LogFields = { requestId };
    try {
      const request = httpRequest(event);
      fields = { requestId, ...requestTrace(request.headers, requestId) };
      const events = eventsInRequest(request);
      const trace = traceHeaders(request.headers, requestId);
      const records = events.map((each, index) => recordOf(each, index, trace));
      publishing ??= open(log);
      const { topic, producer } = publishing;
      const timeLeft = Math.min(MAX_SEND_MS, context.getRemainingTimeInMillis() - MARGIN_MS);
      const deliveries = await producer.send(
        records.map((record) => ({ ...record, topic })),
        Date.now() + timeLeft,
      );
      logFailures(log, { ...fields, topic }, deliveries);
      return responseTo(event, deliveryReport(topic, events, deliveries, requestId));
    } catch (thrown) {
      const error = toServiceError(thrown);
      if (error.status >= 500) log.error('publish failed', { ...fields, code: error.code, error });
      return responseTo(event, problemResponse(error, requestId));
    }
  };
}

function recordOf(event: CatalogueEvent, index: number, trace: readonly RecordHeader[]): KafkaRecord {
  const { headers, ...keyAndValue } = toKafkaRecord(event);
  const record = { ...keyAndValue, headers: [...headers, ...trace] };
  if (isTooLarge(record)) {
    throw new ServiceError(
      'record_too_large',
      `Event ${index} (id ${abbreviated(event.attributes.id)}) is larger than the ${MAX_BATCH_BYTES} bytes a topic accepts; send less data.`,
      {
        issues: [
          { index, pointer: '/data', message: `Must fit into ${MAX_BATCH_BYTES} bytes with its attributes.` },
        ],
      },
    );
  }
  return record;
}

function logFailures(log: Log, fields: LogFields, deliveries: readonly Delivery[]): void {
  const errors = new Set(
    deliveries.flatMap((delivery) => (delivery.status === 'failed' ? [delivery.error] : [])),
  );
  for (const error of errors) log.error('delivery failed', { ...fields, code: error.code, error });
}

export const handler = createPublishHandler((log) => {
  const topic = process.env.KAFKA_TOPIC?.trim() || 'events';
  return { topic, producer: openProducer(kafkaConfiguration(process.env), log) };
});
