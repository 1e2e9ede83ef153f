/** One header of a Kafka record; names may repeat and their order counts. */
export type RecordHeader = readonly [name: string, value: Buffer];

/** A record as Kafka stores it: bytes, with null for "no key" and for a tombstone. */
export interface KafkaRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** A record and the topic it is for. */
export interface TopicRecord extends KafkaRecord {
  readonly topic: string;
}

/** A whole record batch, by default (`max.message.bytes`): Apache Kafka, "Topic configs"; Amazon MSK keeps it. */
export const MAX_BATCH_BYTES = 1_048_588;

/** Record batch header, without records: Apache Kafka, "Record batch". */
const BATCH_OVERHEAD_BYTES = 61;
/** A variable-length int32 takes at most five bytes, a variable-length int64 ten. */
const VARINT_BYTES = 5;
const VARLONG_BYTES = 10;

/** The most that a record can take inside a batch: Apache Kafka, "Record". An upper bound, so that no batch is refused. */
export function recordBytes({ key, value, headers }: KafkaRecord): number {
  let bytes = 1 + 5 * VARINT_BYTES + VARLONG_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += 2 * VARINT_BYTES + Buffer.byteLength(name) + content.length;
  return bytes;
}

/** Whether a batch of this record alone is too large for the topic. */
export function isTooLarge(record: KafkaRecord): boolean {
  return BATCH_OVERHEAD_BYTES + recordBytes(record) > MAX_BATCH_BYTES;
}

/** Cuts records, in order, into runs that each fit one record batch. */
export function splitIntoBatches<R extends KafkaRecord>(records: readonly R[]): R[][] {
  const batches: R[][] = [];
  let batch: R[] = [];
  let bytes = BATCH_OVERHEAD_BYTES;
  for (const record of records) {
    const size = recordBytes(record);
    if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) {
      batches.push(batch);
      batch = [];
      bytes = BATCH_OVERHEAD_BYTES;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
