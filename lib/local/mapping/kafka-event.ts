import type { MskEvent, MskRecord, SchemaMetadata } from '../../consume/msk-event.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
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

/** A record as the event holds it. */
export function toEventRecord(
  topic: string,
  record: ConsumedRecord,
  metadata: RecordMetadata = {},
): MskRecord {
  return {
    topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    timestampType: record.timestampType,
    ...(record.key && { key: record.key.toString('base64') }),
    ...(record.value && { value: record.value.toString('base64') }),
    headers: record.headers.map(([name, value]) => ({
      [name]: value ? signedBytes(value) : NULL_HEADER_BYTES,
    })),
    ...(metadata.key && { keySchemaMetadata: metadata.key }),
    ...(metadata.value && { valueSchemaMetadata: metadata.value }),
  };
}

const WITHOUT_VALUES = '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"","headers":[]}'
  .length;
/** Characters of a signed byte as a decimal number, by its unsigned value. */
const byteCharacters = Uint8Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24).length);

/** Size of {@link toEventRecord} as JSON in UTF-8, without making it: most records are measured long before they are sent. */
export function eventRecordBytes(
  topic: string,
  { partition, offset, timestamp, timestampType, key, value, headers }: ConsumedRecord,
  metadata: RecordMetadata = {},
): number {
  let bytes = WITHOUT_VALUES + jsonBytes(topic) + timestampType.length;
  for (const number of [partition, offset, timestamp]) bytes += String(number).length;
  if (key) bytes += ',"key":""'.length + base64Characters(key);
  if (value) bytes += ',"value":""'.length + base64Characters(value);
  if (metadata.key) bytes += ',"keySchemaMetadata":'.length + jsonBytes(metadata.key);
  if (metadata.value) bytes += ',"valueSchemaMetadata":'.length + jsonBytes(metadata.value);
  for (const [name, content] of headers) {
    bytes += '{:[]}'.length + jsonBytes(name);
    for (const byte of content ?? NULL_HEADER_BYTES) bytes += (byteCharacters[byte & 0xff] ?? 0) + 1;
    // No comma behind the last byte.
    if ((content ?? NULL_HEADER_BYTES).length > 0) bytes--;
  }
  return bytes + Math.max(0, headers.length - 1);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function base64Characters({ length }: Buffer): number {
  return 4 * Math.ceil(length / 3);
}

/**
 * Puts records into an event, grouped by partition in the order given.
 *
 * @param records - of one topic; those of a partition in offset order
 */
export function buildEvent(envelope: EventEnvelope, records: readonly MskRecord[]): MskEvent {
  const byPartition = new Map<string, MskRecord[]>();
  for (const record of records) {
    const key = topicPartition(record.topic, record.partition);
    const present = byPartition.get(key);
    if (present) present.push(record);
    else byPartition.set(key, [record]);
  }
  return { ...envelope, records: Object.fromEntries(byPartition) };
}

/** Header bytes as Java writes them, -128 to 127. */
function signedBytes(bytes: Buffer): number[] {
  return Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length));
}
