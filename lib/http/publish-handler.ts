import type { Context } from 'aws-lambda';
import { abbreviated, ServiceError, toServiceError } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Environment } from '../kafka/configuration.ts';
import { openProducerFrom } from '../kafka/producer/open-producer.ts';
import type { Delivery, Producer } from '../kafka/producer/producer.ts';
import { isTooLarge, MAX_BATCH_BYTES, type RecordHeader, type TopicRecord } from '../kafka/record.ts';
import { topicName } from '../kafka/topic-names.ts';
import { createLog, type Log, type LogFields } from '../log.ts';
import { toKafkaRecord } from '../schema/kafka-binding.ts';
import { topicOf } from '../schema/topics.ts';
import { requestTrace, traceHeaders } from '../trace-context.ts';
import { deliveryReport, type OutgoingEvent } from './delivery-report.ts';
import { eventsInRequest } from './events-in-request.ts';
import { httpRequest } from './request.ts';
import { type HttpResponse, problemResponse, responseTo } from './response.ts';

/** API Gateway gives up after 30 s: an answer must be on its way well before. */
const MAX_SEND_MS = 20_000;
/** Time of the function that is reserved for the answer. */
const MARGIN_MS = 1_000;
/** Events that one log line about a failed delivery names. */
const MAX_NAMED_EVENTS = 10;

/** What the handler needs from outside; a test passes its own. */
export interface Publishing {
  readonly producer: Producer;
  /** The name on the cluster of a topic of the catalogue. */
  readonly topicName: (logical: string) => string;
}

/** The function behind `POST /events`. */
export type PublishHandler = (
  event: unknown,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
) => Promise<HttpResponse>;

/**
 * Wires the publisher to the environment of its function: `KAFKA_*`, with `KAFKA_TOPIC_PREFIX` for the topics that the
 * event types name. Nothing is opened before the first valid request.
 *
 * @param environment - of the function
 */
export function publishHandler(environment: Environment = process.env): PublishHandler {
  return createPublishHandler((log) => {
    const { KAFKA_TOPIC_PREFIX } = environment;
    // Read once: a look into `process.env` takes long.
    const prefix = { KAFKA_TOPIC_PREFIX };
    return {
      producer: openProducerFrom(environment, log),
      topicName: (logical) => topicName(logical, prefix),
    };
  });
}

/**
 * Creates the function behind `POST /events`: reads and checks the events of a request, sends each to the topic of its
 * type and answers with a delivery report.
 *
 * @param open - called at the first request and again until it succeeds, then kept for the life of the sandbox
 * @param log - receives failures whose cause the client must not see
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
      publishing ??= open(log);
      const { producer, topicName } = publishing;
      const outgoing = events.map((each) => ({ event: each, topic: topicName(topicOf(each.type)) }));
      const trace = traceHeaders(request.headers, requestId);
      const records = outgoing.map((each, index) => recordOf(each, index, trace));
      const timeLeft = Math.min(MAX_SEND_MS, context.getRemainingTimeInMillis() - MARGIN_MS);
      const deliveries = await producer.send(records, Date.now() + timeLeft);
      logFailures(log, fields, outgoing, deliveries);
      return responseTo(event, deliveryReport(outgoing, deliveries, requestId));
    } catch (thrown) {
      const error = toServiceError(thrown);
      if (error.status >= 500) log.error('publish failed', { ...fields, code: error.code, error });
      return responseTo(event, problemResponse(error, requestId));
    }
  };
}

function recordOf(
  { event, topic }: OutgoingEvent,
  index: number,
  trace: readonly RecordHeader[],
): TopicRecord {
  const { headers, ...keyAndValue } = toKafkaRecord(event);
  const record = { topic, ...keyAndValue, headers: [...headers, ...trace] };
  if (isTooLarge(record)) {
    const { id } = event.attributes;
    const message = `Event ${index} (id ${abbreviated(id)}) is larger than the ${MAX_BATCH_BYTES} bytes a topic accepts; send less data.`;
    const issue = `Must fit into ${MAX_BATCH_BYTES} bytes with its attributes.`;
    throw new ServiceError('record_too_large', message, {
      issues: [{ index, pointer: '/data', message: issue }],
    });
  }
  return record;
}

/** One line for each topic and error, with the events that it affected. */
function logFailures(
  log: Log,
  fields: LogFields,
  events: readonly OutgoingEvent[],
  deliveries: readonly Delivery[],
): void {
  const failures = deliveries.flatMap((delivery, index) => {
    const outgoing = events[index];
    return delivery.status === 'failed' && outgoing ? [{ ...outgoing, error: delivery.error }] : [];
  });
  for (const byTopic of groupBy(failures, ({ topic }) => topic).values()) {
    for (const [first, ...more] of groupBy(byTopic, ({ error }) => error).values()) {
      if (first === undefined) continue;
      const { topic, error } = first;
      const named = [first, ...more].slice(0, MAX_NAMED_EVENTS).map(({ event: { attributes } }) => {
        const { id, source, type } = attributes;
        return { id, source, type };
      });
      const count = 1 + more.length;
      log.error('delivery failed', { ...fields, topic, code: error.code, count, events: named, error });
    }
  }
}
