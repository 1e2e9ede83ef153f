import type { MskEvent, MskRecord, SchemaMetadata } from '../../consume/msk-event.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { NULL_HEADER_BYTES } from './choices.ts';

/** Everything of the event but its records. */
export type EventEnvelope = Omit<MskEvent, 'records'>;

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
): EventEnvelope {
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

/**
 * Puts records into an event, grouped by partition in the order given.
 *
 * @param records - of one topic; those of a partition in offset order
 */
export function buildEvent(envelope: EventEnvelope, records: readonly MskRecord[]): MskEvent {
  const byPartition = new Map<string, MskRecord[]>();
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
