import type { MskEvent, SchemaMetadata } from '../../consume/msk-event.ts';
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

/**
 * A record as the event holds it: JSON in UTF-8. The text is written and not made of objects, of which the bytes of the
 * headers alone would be hundreds.
 */
export function eventRecordJson(
  topic: string,
  { partition, offset, timestamp, timestampType, key, value, headers }: ConsumedRecord,
  metadata: RecordMetadata = {},
): Buffer {
  let text = `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset}`;
  text += `,"timestamp":${timestamp},"timestampType":"${timestampType}"`;
  if (key) text += `,"key":"${key.toString('base64')}"`;
  if (value) text += `,"value":"${value.toString('base64')}"`;
  text += `,"headers":[${headersJson(headers)}]`;
  if (metadata.key) text += `,"keySchemaMetadata":${JSON.stringify(metadata.key)}`;
  if (metadata.value) text += `,"valueSchemaMetadata":${JSON.stringify(metadata.value)}`;
  return Buffer.from(`${text}}`);
}

type RecordHeader = ConsumedRecord['headers'][number];

/** Of the record before, whose headers are often the same objects: what they are as JSON. */
let lastHeaders: readonly RecordHeader[] = [];
const lastJson: string[] = [];

function headersJson(headers: readonly RecordHeader[]): string {
  let text = '';
  for (let index = 0; index < headers.length; index++) {
    const header = headers[index];
    if (header === undefined) break;
    if (header !== lastHeaders[index]) lastJson[index] = headerJson(header);
    text += (index === 0 ? '' : ',') + lastJson[index];
  }
  lastHeaders = headers;
  return text;
}

function headerJson([name, content]: RecordHeader): string {
  return `{${JSON.stringify(name)}:[${content ? signedBytes(content) : NULL_HEADER_BYTES}]}`;
}

/** Longest signed byte with its comma: `-128,`. */
const MAX_BYTE_CHARACTERS = 5;
const [COMMA, MINUS, ZERO] = [0x2c, 0x2d, 0x30];
/** For most headers; written over by the next one. */
const scratch = Buffer.allocUnsafe(4_096);

/** Header bytes as Java writes them, -128 to 127, as the items of a JSON array. */
function signedBytes(bytes: Buffer): string {
  const length = bytes.length * MAX_BYTE_CHARACTERS;
  const text = length > scratch.length ? Buffer.allocUnsafe(length) : scratch;
  let at = 0;
  for (const byte of bytes) {
    let rest = byte;
    if (at > 0) text[at++] = COMMA;
    if (byte > 127) {
      text[at++] = MINUS;
      rest = 256 - byte;
    }
    if (rest >= 100) text[at++] = ZERO + 1;
    if (rest >= 10) text[at++] = ZERO + Math.floor((rest % 100) / 10);
    text[at++] = ZERO + (rest % 10);
  }
  return text.toString('latin1', 0, at);
}

/** What an event is made of. */
export interface EventRecord {
  readonly topic: string;
  readonly source: Pick<ConsumedRecord, 'partition'>;
  /** {@link eventRecordJson}. */
  readonly json: Buffer;
}

/**
 * Puts records into an event, grouped by partition in the order given.
 *
 * @param records - of one topic; those of a partition in offset order
 * @returns the {@link MskEvent} as JSON in UTF-8
 */
export function eventJson(envelope: EventEnvelope, records: readonly EventRecord[]): Buffer {
  const byPartition = new Map<string, Buffer[]>();
  for (const { topic, source, json } of records) {
    const key = topicPartition(topic, source.partition);
    const parts = byPartition.get(key);
    if (parts) parts.push(comma, json);
    else byPartition.set(key, [json]);
  }
  const opening = `${JSON.stringify(envelope).slice(0, -1)},"records":{`;
  const partitions = [...byPartition].flatMap(([key, parts], index) => [
    Buffer.from(`${index === 0 ? opening : '],'}${JSON.stringify(key)}:[`),
    ...parts,
  ]);
  return Buffer.concat([...partitions, Buffer.from(partitions.length === 0 ? `${opening}}}` : ']}}')]);
}

const comma = Buffer.from(',');
