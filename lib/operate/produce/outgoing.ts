import { ServiceError } from '../../errors.ts';
import { eventsInRequest } from '../../http/events-in-request.ts';
import { parseJson } from '../../json.ts';
import type { Environment } from '../../kafka/configuration.ts';
import { isTooLarge, MAX_BATCH_BYTES, type RecordHeader, type TopicRecord } from '../../kafka/record.ts';
import { topicName } from '../../kafka/topic-names.ts';
import { catalogue } from '../../schema/catalogue.ts';
import { toKafkaRecord } from '../../schema/kafka-binding.ts';
import { topicOf } from '../../schema/topics.ts';
import type { CatalogueEvent } from '../../schema/validation.ts';
import { unknownEventType } from '../unknown-event-type.ts';

/** A record on its way, and what a delivery report calls it. */
export interface Outgoing {
  readonly record: TopicRecord;
  /** Undefined for a raw record. */
  readonly event: { readonly id: string; readonly type: string } | undefined;
}

/** How a text becomes records. */
export type Reading = (text: string) => Outgoing[];

const contentType = 'application/json';

/**
 * Reads events of the catalogue, as `POST /events` does: missing attributes are filled in, and data must match the schema.
 *
 * @param type - when the text is data alone; undefined when it is an event `{"type": …, "data": …}`
 * @param attributes - of every event
 * @returns a reader that throws a ServiceError, which says what is wrong and where
 */
export function readingEvents(
  type: string | undefined,
  attributes: Readonly<Record<string, string>>,
  environment: Environment,
): Reading {
  if (type !== undefined && catalogue.every((each) => each.type !== type)) {
    throw new ServiceError('unknown_event_type', unknownEventType(type));
  }
  return (text) => {
    const body =
      type === undefined && Object.keys(attributes).length === 0 ? text : completed(text, type, attributes);
    const bodyBytes = Buffer.from(body);
    const request = { headers: new Map(), mediaType: contentType, contentType, body, bodyBytes };
    return eventsInRequest(request).map((event) => outgoingEvent(event, environment));
  };
}

/** Reads records of any topic: the text is the value. */
export function readingRaw(
  { topic, key, headers }: { topic: string; key: string | undefined; headers: readonly RecordHeader[] },
  toValue: (text: string) => Buffer | null,
): Reading {
  return (text) => {
    const record = { topic, key: key === undefined ? null : Buffer.from(key), value: toValue(text), headers };
    refuseTooLarge(record);
    return [{ record, event: undefined }];
  };
}

/** What is wrong with events, in one sentence. */
export function problemOf({ message, issues }: ServiceError): string {
  if (issues.length === 0) return message;
  return issues.map((issue) => `${issue.pointer} ${issue.message}`.trim()).join(' ');
}

/** The event around data, or with further attributes. */
function completed(
  text: string,
  type: string | undefined,
  attributes: Readonly<Record<string, string>>,
): string {
  const json = parseJson(text);
  if (!json.ok) {
    const issues = json.issues.map((issue) => ({
      index: 0,
      ...issue,
      pointer: type ? `/data${issue.pointer}` : issue.pointer,
    }));
    throw new ServiceError(json.code, 'It cannot be read.', { issues });
  }
  const event = type === undefined ? Object(json.value) : { type, data: json.value };
  return JSON.stringify({ ...event, ...attributes });
}

function outgoingEvent(event: CatalogueEvent, environment: Environment): Outgoing {
  const record = { topic: topicName(topicOf(event.type), environment), ...toKafkaRecord(event) };
  refuseTooLarge(record);
  return { record, event: { id: event.attributes.id, type: event.type } };
}

function refuseTooLarge(record: TopicRecord): void {
  if (!isTooLarge(record)) return;
  throw new ServiceError(
    'record_too_large',
    `It is larger than the ${MAX_BATCH_BYTES} bytes a topic accepts.`,
  );
}
