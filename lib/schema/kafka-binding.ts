import { decodeBase64 } from '../base64.ts';
import { type Content, isBrokenUtf8 } from '../content.ts';
import { abbreviated, type Issue } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { pointerStep } from '../json-pointer.ts';
import type { KafkaRecord, RecordHeader } from '../kafka/record.ts';
import { type Parsed, parsed, rejected } from '../parsed.ts';
import {
  type CloudEvent,
  type CloudEventAttributes,
  coreAttributes,
  isJsonMediaType,
  parseAttributes,
} from './cloud-event.ts';
import { bareEventTypeOf } from './topics.ts';
import { type CatalogueEvent, partitionKeyOf } from './validation.ts';

const attributePrefix = 'ce_';
const contentTypeHeader = 'content-type';
/** Most members of an event in the JSON event format: far more than events have, and few enough to check each. */
const MAX_MEMBERS = 100;
const structuredMediaType = /^application\/cloudevents(\+json)?\s*(?:;.*)?$/i;
const anyCloudEventsMediaType = /^application\/cloudevents/i;
const typeInBrokenJson = /"type"\s*:\s*"([^"\\]*)"/;

/** A record on its way in: where it was, and its parts decoded as text. */
export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Null for a tombstone. */
  readonly value: Content | null;
  readonly headers: readonly (readonly [name: string, value: Content])[];
}

/**
 * Maps an event to a Kafka record in binary content mode: attributes as `ce_` headers, data as the value, and the
 * partition key of its type as the record key.
 *
 * @param event - a checked event
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md CloudEvents 1.0.2, "Kafka Protocol Binding", section 3.2}
 */
export function toKafkaRecord(event: CatalogueEvent): KafkaRecord {
  const { datacontenttype = 'application/json', ...attributes } = event.attributes;
  const headers: RecordHeader[] = [[contentTypeHeader, Buffer.from(datacontenttype)]];
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) headers.push([attributePrefix + name, Buffer.from(String(value))]);
  }
  return {
    key: Buffer.from(partitionKeyOf(event)),
    value: Buffer.from(JSON.stringify(event.data)),
    headers,
  };
}

/**
 * Reads the event in a Kafka record: structured or binary content mode, or, where no CloudEvents attribute is found, a
 * bare JSON value of the type that takes the bare records of its topic, with source `kafka:<topic>` and id
 * `<topic>/<partition>/<offset>`.
 *
 * @param record - where it was found, its value and headers
 * @param topic - its topic without the prefix of a deployment
 * @returns the event, not yet checked against the catalogue; or what is wrong
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md CloudEvents 1.0.2, "Kafka Protocol Binding", section 3}
 */
export function fromKafkaRecord(record: ReceivedRecord, topic = record.topic): Parsed<CloudEvent> {
  const { contentType, attributes, hasAttributes, broken } = readHeaders(record.headers);
  if (broken !== undefined) {
    return rejected('invalid_cloudevent', pointerStep(broken), 'Must be UTF-8 text.');
  }
  if (record.value === null) return rejected('malformed', '', 'Has no value: a tombstone is not an event.');
  const { value } = record;

  if (contentType !== undefined && anyCloudEventsMediaType.test(contentType)) {
    if (!structuredMediaType.test(contentType)) {
      return rejected(
        'unsupported_content_type',
        '',
        `Content type ${abbreviated(contentType)} is not application/cloudevents+json.`,
      );
    }
    const json = parseJson(value);
    return json.ok ? fromStructured(json.value) : json;
  }
  if (contentType !== undefined && !isJsonMediaType(contentType)) {
    return rejected('unsupported_content_type', '', `Content type ${abbreviated(contentType)} is not JSON.`);
  }

  if (!hasAttributes) return fromBareRecord(record, value, topic);
  const checked = parseAttributes(
    contentType === undefined ? { ...attributes } : { ...attributes, datacontenttype: contentType },
  );
  if (!checked.ok) return checked;
  return withData(checked.value, value);
}

/** What the headers of a record say of its event. */
class EventHeaders {
  headers: ReceivedRecord['headers'] = [];
  contentType: string | undefined;
  /** Not checked. Not shared with other readers, because the next record may add to it. */
  attributes: Record<string, string> = {};
  hasAttributes = false;
  /** An attribute whose text is not UTF-8. */
  broken: string | undefined;

  take([name, value]: ReceivedRecord['headers'][number]): void {
    const attribute = attributeOf(name);
    if (attribute === undefined) {
      if (isContentType(name)) this.contentType = value.text;
      return;
    }
    if (isBrokenUtf8(value)) this.broken ??= attribute;
    this.hasAttributes = true;
    // An assignment would set the prototype. Ignoring the header would accept an event that must be refused.
    if (attribute === '__proto__') this.attributes = { ...this.attributes, [attribute]: value.text };
    else this.attributes[attribute] = value.text;
  }
}

/** Of the record before. Mostly the next record has the same headers but for an id and a time: only these are read. */
let lastRead = new EventHeaders();
let canReadOn = false;

function readHeaders(headers: ReceivedRecord['headers']): EventHeaders {
  const last = lastRead.headers;
  const isReadOn = canReadOn && haveSameNames(headers, last);
  if (!isReadOn) lastRead = new EventHeaders();
  for (let index = 0; index < headers.length; index++) {
    const header = headers[index];
    if (header !== undefined && !(isReadOn && header === last[index])) lastRead.take(header);
  }
  lastRead.headers = headers;
  // Of headers with one name the last one counts, whichever changes.
  if (!isReadOn) canReadOn = new Set(headers.map(([name]) => name.toLowerCase())).size === headers.length;
  if (lastRead.broken !== undefined) canReadOn = false;
  return lastRead;
}

function haveSameNames(one: ReceivedRecord['headers'], other: ReceivedRecord['headers']): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index]?.[0] !== other[index]?.[0]) return false;
  return true;
}

/** By the names of their headers: a part of a name, cut out for each record, would be looked up anew each time. */
const attributeByHeader: ReadonlyMap<string, string> = new Map(
  coreAttributes.map((name) => [attributePrefix + name, name]),
);

/** The attribute that a header stands for, if any. */
function attributeOf(header: string): string | undefined {
  const known = attributeByHeader.get(header);
  if (known !== undefined) return known;
  return header.startsWith(attributePrefix) ? header.slice(attributePrefix.length) : undefined;
}

function isContentType(header: string): boolean {
  return header.length === contentTypeHeader.length && header.toLowerCase() === contentTypeHeader;
}

/** The text of an attribute in the headers of a record, unchecked, to describe a record that is not readable. */
export function attributeIn({ headers }: Pick<ReceivedRecord, 'headers'>, name: string): string | undefined {
  return headers.findLast(([header]) => header === attributePrefix + name)?.[1].text;
}

/**
 * The event type that a record claims, also when its event cannot be read: what is sensitive about it depends on it.
 *
 * @param topic - its topic without the prefix of a deployment
 */
export function claimedType(record: ReceivedRecord, topic: string): string | undefined {
  const header = attributeIn(record, 'type');
  if (header !== undefined) return header;
  const contentType = record.headers.findLast(([name]) => isContentType(name))?.[1];
  if (record.value === null || !anyCloudEventsMediaType.test(contentType?.text ?? ''))
    return bareEventTypeOf(topic);
  const json = parseJson(record.value);
  if (!json.ok) return typeInBrokenJson.exec(record.value.text)?.[1];
  return isJsonObject(json.value) && typeof json.value.type === 'string' ? json.value.type : undefined;
}

/**
 * Reads an event in the JSON event format (structured content mode).
 *
 * @param value - parsed JSON
 * @param complete - fills in members that are missing
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md CloudEvents 1.0.2, "JSON Event Format"}
 */
export function fromStructured(
  value: unknown,
  complete: (members: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> = (members) =>
    members,
): Parsed<CloudEvent> {
  if (!isJsonObject(value))
    return rejected('malformed', '', 'Must be a JSON object in the CloudEvents JSON format.');
  if (Object.keys(value).length > MAX_MEMBERS)
    return rejected('invalid_cloudevent', '', `Must have at most ${MAX_MEMBERS} members.`);
  const { data, data_base64: base64, ...members } = complete(value);
  const checked = parseAttributes(withoutNulls(members));
  if (!checked.ok) return checked;
  if (base64 === undefined) return parsed({ attributes: checked.value, data });
  if (data !== undefined)
    return rejected('invalid_cloudevent', '/data_base64', 'Must not stand beside data.');
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined;
  if (bytes === undefined) return rejected('invalid_cloudevent', '/data_base64', 'Must be base64.');
  return withData(checked.value, { text: bytes.toString(), bytes });
}

/** An event whose data is JSON text of its own; issues point into the data. */
function withData(
  attributes: CloudEventAttributes,
  data: Content,
  bareRecordOf?: string,
): Parsed<CloudEvent> {
  const json = parseJson(data);
  if (json.ok) return parsed({ attributes, data: json.value, bareRecordOf });
  const issues = json.issues.map(
    ({ pointer, message }): Issue => ({ pointer: pointer && `/data${pointer}`, message }),
  );
  return { ...json, issues };
}

/** JSON null means "unset" for an attribute: "JSON Event Format", section 2.2. */
function withoutNulls(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** Reads a record as an event of the type that takes the bare records of its topic. */
function fromBareRecord(record: ReceivedRecord, value: Content, logicalTopic: string): Parsed<CloudEvent> {
  const { topic, partition, offset } = record;
  const type = bareEventTypeOf(logicalTopic);
  if (type === undefined) {
    const required = 'ce_specversion, ce_id, ce_source and ce_type';
    const message = `Has no CloudEvents attributes, and no event type takes bare records of topic ${topic}: send the headers ${required}.`;
    return rejected('invalid_cloudevent', '', message);
  }
  const id = `${topic}/${partition}/${offset}`;
  return withData({ specversion: '1.0', id, source: `kafka:${topic}`, type }, value, topic);
}
