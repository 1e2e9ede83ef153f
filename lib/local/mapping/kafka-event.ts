import type { ConsumedRecord, TimestampType } from '../../kafka/reading/consumed-record.ts';
import { NULL_HEADER_BYTES } from './choices.ts';

/** Which schema a registry found for a key or value. */
export interface SchemaMetadata {
  readonly dataFormat: 'AVRO' | 'PROTOBUF' | 'JSON';
  /** UUID of a Glue schema version, or the number of a Confluent schema as text. */
  readonly schemaId: string;
}

/** One record in the event: Lambda Developer Guide, "Using Lambda with Amazon MSK", example event. */
export interface KafkaEventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: TimestampType;
  /** Base64; absent when the record has no key. */
  readonly key?: string;
  /** Base64; absent for a tombstone. */
  readonly value?: string;
  /** One object per header, in order; bytes are signed as in Java. */
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
  readonly keySchemaMetadata?: SchemaMetadata;
  readonly valueSchemaMetadata?: SchemaMetadata;
}

/** What a function receives: the same for Amazon MSK and self-managed clusters but for source and ARN. */
export interface KafkaEvent {
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  readonly eventSourceArn?: string;
  /** `host:port`, comma-separated. */
  readonly bootstrapServers: string;
  /** By {@link partitionKey}. */
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>;
}

/** Everything of the event but its records. */
export type KafkaEventEnvelope = Omit<KafkaEvent, 'records'>;

/** The key of a partition in `records`. A topic name may contain `-`: never take it apart again. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/**
 * The envelope of all events of a mapping.
 *
 * @param source - the ARN of an MSK cluster, or undefined for a self-managed one
 * @param brokers - `host:port` each
 * @see Lambda Developer Guide, "Using Lambda with Amazon MSK" and "Using Lambda with self-managed Apache Kafka"
 */
export function eventEnvelope(
  source: { kind: 'msk' | 'self-managed'; eventSourceArn: string | undefined },
  brokers: readonly string[],
): KafkaEventEnvelope {
  const bootstrapServers = brokers.join(',');
  if (source.kind === 'self-managed' || source.eventSourceArn === undefined) {
    return { eventSource: source.kind === 'msk' ? 'aws:kafka' : 'SelfManagedKafka', bootstrapServers };
  }
  return { eventSource: 'aws:kafka', eventSourceArn: source.eventSourceArn, bootstrapServers };
}

/** A record as the event holds it. */
export function toEventRecord(
  topic: string,
  record: ConsumedRecord,
  metadata: { key?: SchemaMetadata; value?: SchemaMetadata } = {},
): KafkaEventRecord {
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

/**
 * Puts records into an event, grouped by partition in the order given.
 *
 * @param records - of one topic; those of a partition in offset order
 */
export function buildEvent(envelope: KafkaEventEnvelope, records: readonly KafkaEventRecord[]): KafkaEvent {
  const byPartition = new Map<string, KafkaEventRecord[]>();
  for (const record of records) {
    const key = partitionKey(record.topic, record.partition);
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
