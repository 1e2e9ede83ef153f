import { isUtf8 } from 'node:buffer';
import { contentOf } from '../../content.ts';
import type { Issue } from '../../errors.ts';
import type { Environment } from '../../kafka/configuration.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { deadLetterTopicOf, failureTopicOf, logicalTopic, topicName } from '../../kafka/topic-names.ts';
import type { CloudEventAttributes } from '../../schema/cloud-event.ts';
import { claimedType, fromKafkaRecord, type ReceivedRecord } from '../../schema/kafka-binding.ts';
import { isOpenType, loggableData, loggableKey } from '../../schema/redaction.ts';
import { REDACTED } from '../../schema/sensitive.ts';
import { topics } from '../../schema/topics.ts';
import { type CatalogueEvent, validateEvent } from '../../schema/validation.ts';
import { oneLine } from '../../unprintable.ts';
import { formatCoordinates } from '../coordinates.ts';
import { isoTime } from '../dead-letters/dead-letter.ts';
import { printable } from '../printable.ts';

/** A record, decoded as a consumer of the service does. */
export interface TailedRecord {
  readonly topic: string;
  readonly record: ConsumedRecord;
  /** That it claims to be, also when it is not valid. */
  readonly type: string | undefined;
  /** Attributes and data as far as they can be read. */
  readonly attributes: CloudEventAttributes | undefined;
  readonly data: unknown;
  /** Checked by the catalogue; undefined when it is not a valid event. */
  readonly event: CatalogueEvent | undefined;
  /** Why not. */
  readonly issues: readonly Issue[];
}

/** Decodes the record of a topic, and checks its event with the catalogue. */
export function tailedRecord(topic: string, record: ConsumedRecord, environment: Environment): TailedRecord {
  const logical = originalTopic(topic, environment);
  const received = receivedRecord(topic, record);
  const read = fromKafkaRecord(received, logical);
  const about = { topic, record, type: claimedType(received, logical) };
  if (!read.ok) {
    return { ...about, attributes: undefined, data: undefined, event: undefined, issues: read.issues };
  }
  const { attributes, data } = read.value;
  const event = validateEvent(read.value);
  return event.ok
    ? { ...about, type: attributes.type, attributes, data, event: event.value, issues: [] }
    : { ...about, type: attributes.type, attributes, data, event: undefined, issues: event.issues };
}

/** What may be shown of records. */
export interface Visibility {
  /** Whether sensitive data is shown too. */
  readonly sensitive: boolean;
  /** Whether the topic belongs to the service, so that only its catalogue says what is not sensitive. */
  readonly own: boolean;
}

/** Whether a topic is one of the catalogue, or a dead letter or failure topic of one. */
export function isOwnTopic(topic: string, environment: Environment): boolean {
  const names = topics.map((logical) => topicName(logical, environment));
  return names.some((name) => [name, deadLetterTopicOf(name), failureTopicOf(name)].includes(topic));
}

/** The topic of the catalogue that records of a topic came to first: a dead letter is an event of another topic. */
function originalTopic(topic: string, environment: Environment): string {
  const dead = topics.find((logical) => deadLetterTopicOf(topicName(logical, environment)) === topic);
  return dead ?? logicalTopic(topic, environment);
}

/** A record for programs. Sensitive values are replaced as in the log, unless they are asked for. */
export function tailedJson(tailed: TailedRecord, visibility: Visibility) {
  const { topic, record, event, attributes, issues } = tailed;
  const { partition, offset } = record;
  const place = {
    topic,
    partition,
    offset,
    time: isoTime(record.timestamp) ?? null,
    ...keyOf(tailed, visibility),
  };
  const headers = record.headers
    .filter(([name]) => event === undefined || !/^(?:ce_|content-type$)/i.test(name))
    .map(([name, value]) => ({ name, ...(value && printable(value)) }));
  const others = headers.length > 0 ? { headers } : {};
  if (event !== undefined) {
    const data = visibility.sensitive ? event.data : loggableData(event);
    return { ...place, event: attributes, data, ...others };
  }
  const value = record.value === null ? null : visibleValue(tailed, visibility);
  return { ...place, issues, value, ...others };
}

/** A record as a line of text. */
export function tailedLine(tailed: TailedRecord, visibility: Visibility): string {
  const { topic, record, event, issues } = tailed;
  const { key, keyBase64 } = keyOf(tailed, visibility);
  const start = [
    (isoTime(record.timestamp) ?? '').padEnd(24),
    formatCoordinates({ topic, ...record }),
    key ?? (keyBase64 === undefined ? '(no key)' : `base64:${keyBase64}`),
  ];
  if (event !== undefined) {
    const data = visibility.sensitive ? event.data : loggableData(event);
    return oneLine([...start, event.type, event.attributes.id, JSON.stringify(data)].join('  '));
  }
  const [issue] = issues;
  const why = `no valid event: ${`${issue?.pointer ?? ''} ${issue?.message ?? ''}`.trim()}`;
  return oneLine([...start, why, valueText(tailed, visibility)].join('  '));
}

function valueText(tailed: TailedRecord, visibility: Visibility): string {
  if (tailed.record.value === null) return '(tombstone)';
  const value = visibleValue(tailed, visibility);
  if (typeof value === 'string') return value;
  return value.text ?? `base64:${value.base64 ?? ''}`;
}

/** Only a schema says what is sensitive, so of a record without a valid event nothing is known not to be. */
function visibleValue({ record, type }: TailedRecord, { sensitive, own }: Visibility) {
  const isOpen = sensitive || !own || (type !== undefined && isOpenType(type));
  return isOpen ? printable(record.value ?? Buffer.alloc(0)) : REDACTED;
}

function keyOf(
  { record: { key }, type, data }: TailedRecord,
  { sensitive }: Visibility,
): { readonly key?: string | null; readonly keyBase64?: string } {
  if (key === null) return { key: null };
  const text = key.toString();
  const loggable = sensitive || type === undefined ? text : loggableKey({ type, data }, text);
  return loggable === REDACTED || isUtf8(key) ? { key: loggable } : { keyBase64: key.toString('base64') };
}

function receivedRecord(
  topic: string,
  { partition, offset, value, headers }: ConsumedRecord,
): ReceivedRecord {
  return {
    topic,
    partition,
    offset,
    value: value && contentOf(value),
    headers: headers.map(([name, bytes]) => [name, contentOf(bytes ?? Buffer.alloc(0))]),
  };
}
