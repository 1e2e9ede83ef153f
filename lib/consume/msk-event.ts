import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

/**
 * What an event source mapping passes to a function. The published types do not know that key and value may be null or
 * absent, that header bytes are signed, and what a schema registry adds.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html Lambda Developer Guide, "Using Lambda with Amazon MSK"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html Lambda Developer Guide, "Using Lambda with self-managed Apache Kafka"}
 */
export interface MskEvent {
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  /** Only from Amazon MSK. */
  readonly eventSourceArn?: string;
  /** `host:port`, comma-separated. */
  readonly bootstrapServers: string;
  /** By `<topic>-<partition>`. A topic name may hold a `-`: read topic and partition from the records. */
  readonly records: Readonly<Record<string, readonly MskRecord[]>>;
}

export interface MskRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since epoch. */
  readonly timestamp: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** Base64; null or absent for a record without key. */
  readonly key?: string | null;
  /** Base64; null or absent for a tombstone. */
  readonly value?: string | null;
  /** One name each, in order, with Java bytes: -128 to 127. */
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
  readonly keySchemaMetadata?: SchemaMetadata;
  readonly valueSchemaMetadata?: SchemaMetadata;
}

/** Present where a schema registry validated the attribute. */
export interface SchemaMetadata {
  readonly dataFormat: 'AVRO' | 'PROTOBUF' | 'JSON';
  readonly schemaId: string;
}

/** The records of one partition, in order, not yet checked. */
export interface PartitionRecords {
  /** The key in `records`; a batch response names the partition by it. */
  readonly topicPartition: string;
  readonly records: readonly unknown[];
}

/**
 * Reads the partitions of an event. The records are read later, one by one, so that a broken record affects no other.
 *
 * @param event - what the function received
 * @throws ServiceError `malformed` when it is not an event of a Kafka event source mapping
 */
export function recordsByPartition(event: unknown): PartitionRecords[] {
  if (!isJsonObject(event) || !isJsonObject(event.records)) {
    throw new ServiceError(
      'malformed',
      'The event has no records: it is not one of a Kafka event source mapping.',
    );
  }
  return Object.entries(event.records).map(([topicPartition, records]) => {
    if (!Array.isArray(records))
      throw new ServiceError('malformed', `records["${topicPartition}"] is not an array.`);
    return { topicPartition, records };
  });
}
