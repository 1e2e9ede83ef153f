import type { MskEvent, SchemaMetadata } from '../../consume/msk-event.ts';
import { groupBy } from '../../group-by.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import {
  PackedEvent,
  type PackedHeader,
  type PackedRecord,
  type RecordSchemas,
} from '../function/packed-event.ts';
import { NULL_HEADER_BYTES } from './choices.ts';

/** Everything of the event but its records. */
export type EventEnvelope = Omit<MskEvent, 'records'>;

/** The key of a partition in `records`. A topic name may contain `-`: never take it apart again. */
export function topicPartition(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/**
 * The envelope of all events of a mapping.
 *
 * @param source - the ARN of an MSK cluster, or undefined for a self-managed one
 * @param brokers - `host:port` each
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html Lambda Developer Guide, "Using Lambda with Amazon MSK"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html Lambda Developer Guide, "Using Lambda with self-managed Apache Kafka"}
 */
export function eventEnvelope(
  source: { kind: 'msk' | 'self-managed'; eventSourceArn: string | undefined },
  brokers: readonly string[],
): EventEnvelope {
  const bootstrapServers = brokers.join(',');
  if (source.kind === 'self-managed' || source.eventSourceArn === undefined) {
    return { eventSource: source.kind === 'msk' ? 'aws:kafka' : 'SelfManagedKafka', bootstrapServers };
  }
  return { eventSource: 'aws:kafka', eventSourceArn: source.eventSourceArn, bootstrapServers };
}

/** What a schema registry says of key and value. */
export interface RecordMetadata {
  readonly key?: SchemaMetadata;
  readonly value?: SchemaMetadata;
}

/** A record as an event holds it. */
export interface EventRecord {
  readonly packed: PackedRecord;
  /** Its size in the event, as JSON. */
  readonly bytes: number;
}

/**
 * Makes a record ready for an event. It is a copy: many wait, and the whole batch that they were fetched with would wait with them.
 *
 * @param record - as the function is to see it
 */
export function eventRecord(topic: string, record: ConsumedRecord, metadata?: RecordMetadata): EventRecord {
  const { partition, offset, timestamp, timestampType, key, value } = record;
  const headers = packHeaders(record.headers);
  const packed = {
    topic,
    partition,
    offset,
    timestamp,
    timestampType,
    data: Buffer.concat([key ?? NOTHING, value ?? NOTHING]),
    keyBytes: key?.length ?? -1,
    valueBytes: value?.length ?? -1,
    headers,
    schemas: metadata && schemasOf(metadata),
  };
  return { packed, bytes: jsonBytes(packed, headers) };
}

const NOTHING = Buffer.alloc(0);

function schemasOf({ key, value }: RecordMetadata): RecordSchemas {
  return { ...(key && { keySchemaMetadata: key }), ...(value && { valueSchemaMetadata: value }) };
}

/** A header, and its size in an event as JSON. */
interface SizedHeader extends PackedHeader {
  readonly bytes: number;
}

/** Of the record before, whose headers are often the same objects. */
let lastHeaders: ConsumedRecord['headers'] = [];
let lastPacked: readonly SizedHeader[] = [];

function packHeaders(headers: ConsumedRecord['headers']): readonly SizedHeader[] {
  const packed = headers.map((header, index) => {
    const known = header === lastHeaders[index] ? lastPacked[index] : undefined;
    return known ?? packHeader(header);
  });
  lastHeaders = headers;
  lastPacked = packed;
  return packed;
}

function packHeader([name, content]: ConsumedRecord['headers'][number]): SizedHeader {
  const value = content ?? NULL_HEADER_BYTES;
  let bytes = '{:[]}'.length + jsonBytesOf(name) + Math.max(0, value.length - 1);
  for (const byte of value) bytes += signedDigits[byte] ?? 0;
  return { name, text: value.toString('latin1'), bytes };
}

/** How many characters a byte takes that is written as -128 to 127. */
const signedDigits = Uint8Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24).length);

/** The size of what `JSON.stringify` would write, which nobody writes for an invocation. */
function jsonBytes(record: PackedRecord, headers: readonly SizedHeader[]): number {
  const { topic, partition, offset, timestamp, timestampType, keyBytes, valueBytes, schemas } = record;
  let bytes = topic === lastTopic.name ? lastTopic.bytes : jsonBytesOfTopic(topic);
  bytes += `{"topic":,"partition":${partition},"offset":${offset}`.length;
  bytes += `,"timestamp":${timestamp},"timestampType":"${timestampType}","headers":[]}`.length;
  if (keyBytes >= 0) bytes += ',"key":""'.length + base64Length(keyBytes);
  if (valueBytes >= 0) bytes += ',"value":""'.length + base64Length(valueBytes);
  for (const header of headers) bytes += header.bytes;
  bytes += Math.max(0, headers.length - 1);
  for (const [name, schema] of Object.entries(schemas ?? {}))
    bytes += `,"${name}":`.length + jsonBytesOf(schema);
  return bytes;
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** Of the record before. */
let lastTopic = { name: '', bytes: jsonBytesOf('') };

function jsonBytesOfTopic(name: string): number {
  lastTopic = { name, bytes: jsonBytesOf(name) };
  return lastTopic.bytes;
}

function jsonBytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/**
 * Puts records into an event, grouped by partition in the order given.
 *
 * @param records - of one topic; those of a partition in offset order
 */
export function kafkaEvent(
  envelope: EventEnvelope,
  records: readonly Pick<EventRecord, 'packed'>[],
): PackedEvent {
  const groups = groupBy(
    records.map(({ packed }) => packed),
    ({ topic, partition }) => topicPartition(topic, partition),
  );
  return new PackedEvent(envelope, groups);
}
