import { groupBy } from '../../group-by.ts';
import { crc32c } from '../crc32c.ts';
import type { KafkaRecord } from '../record.ts';
import { ByteWriter, varintLength } from './byte-writer.ts';

/** Who a producer is to the brokers; with a sequence number per partition it makes a repeated batch harmless (KIP-98). */
export interface ProducerId {
  readonly id: string;
  readonly epoch: number;
}

/** Records of one partition, and what makes one record batch of them. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  readonly producerId: ProducerId;
  /** Sequence number of the first record. */
  readonly firstSequence: number;
  /** Create time of the records, ms since epoch. */
  readonly timestamp: number;
}

/** What a broker answers about the batch of one partition. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: bigint;
  /** -1 where the topic does not use it. */
  readonly logAppendTime: number;
}

export interface ProduceAnswer {
  readonly partitions: readonly PartitionAnswer[];
  readonly throttleTimeMs: number;
}

/** Number of the request. Source: Apache Kafka protocol guide, "API Keys". */
export const PRODUCE = 0;
/** The versions whose layout this is: 5 came with Kafka 1.0; what 8 and later add is not used here. */
export const PRODUCE_VERSIONS = [5, 6, 7] as const;

/** The broker's own limit for replicating a batch, under the request timeout so that its answer still arrives. */
const REPLICATION_TIMEOUT_MS = 3_000;
const ALL_IN_SYNC_REPLICAS = -1;
const MAGIC_V2 = 2;
/** A broker puts in its own. */
const NO_LEADER_EPOCH = 0;
/** Uncompressed, create time, no transaction. */
const BATCH_ATTRIBUTES = 0;
const RECORD_ATTRIBUTES = 0;
/** To the time of the batch, which all of its records have. */
const TIMESTAMP_DELTA = 0;

/**
 * Encodes the body of a Produce request in one pass.
 *
 * @param batches - at most one of a partition
 * @see Apache Kafka protocol guide, "Produce API"
 */
export function encodeProduceRequest(batches: readonly PartitionBatch[]): Buffer {
  const writer = new ByteWriter();
  writer.string(null);
  writer.int16(ALL_IN_SYNC_REPLICAS);
  writer.int32(REPLICATION_TIMEOUT_MS);
  const topics = groupBy(batches, ({ topic }) => topic);
  writer.int32(topics.size);
  for (const [topic, partitions] of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const batch of partitions) {
      writer.int32(batch.partition);
      const sizeAt = writer.position;
      writer.int32(0);
      writeRecordBatch(writer, batch);
      writer.uint32At(sizeAt, writer.writtenFrom(sizeAt).length - 4);
    }
  }
  return writer.written();
}

/**
 * Decodes the body of the answer.
 *
 * @throws RangeError when it ends too early
 */
export function decodeProduceResponse(bytes: Buffer): ProduceAnswer {
  const partitions: PartitionAnswer[] = [];
  let at = 0;
  const int32 = () => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  for (let topics = int32(); topics > 0; topics--) {
    const nameEnd = at + 2 + bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', at + 2, nameEnd);
    at = nameEnd;
    for (let left = int32(); left > 0; left--) {
      partitions.push({
        topic,
        partition: bytes.readInt32BE(at),
        errorCode: bytes.readInt16BE(at + 4),
        baseOffset: bytes.readBigInt64BE(at + 6),
        logAppendTime: Number(bytes.readBigInt64BE(at + 14)),
      });
      at += PARTITION_ANSWER_BYTES;
    }
  }
  return { partitions, throttleTimeMs: int32() };
}

/** Partition, error code, base offset, log append time, log start offset. */
const PARTITION_ANSWER_BYTES = 4 + 2 + 8 + 8 + 8;

/** @see Apache Kafka documentation, "Record Batch" */
function writeRecordBatch(
  writer: ByteWriter,
  { records, producerId, firstSequence, timestamp }: PartitionBatch,
): void {
  writer.int64(0n);
  const lengthAt = writer.position;
  writer.int32(0);
  writer.int32(NO_LEADER_EPOCH);
  writer.int8(MAGIC_V2);
  const checksumAt = writer.position;
  writer.int32(0);
  const checkedFrom = writer.position;
  writer.int16(BATCH_ATTRIBUTES);
  writer.int32(records.length - 1);
  writer.int64(BigInt(timestamp));
  writer.int64(BigInt(timestamp));
  writer.int64(BigInt(producerId.id));
  writer.int16(producerId.epoch);
  writer.int32(firstSequence);
  writer.int32(records.length);
  for (const [index, record] of records.entries()) writeRecord(writer, index, record);
  writer.uint32At(lengthAt, writer.position - lengthAt - 4);
  writer.uint32At(checksumAt, crc32c(writer.writtenFrom(checkedFrom)));
}

/** @see Apache Kafka documentation, "Record" */
function writeRecord(writer: ByteWriter, offsetDelta: number, { key, value, headers }: KafkaRecord): void {
  let length = 2 + varintLength(offsetDelta) + sizeOf(key) + sizeOf(value) + varintLength(headers.length);
  for (const [name, content] of headers) {
    const nameLength = Buffer.byteLength(name);
    length += varintLength(nameLength) + nameLength + sizeOf(content);
  }
  writer.varint(length);
  writer.int8(RECORD_ATTRIBUTES);
  writer.varint(TIMESTAMP_DELTA);
  writer.varint(offsetDelta);
  writer.varintBytes(key);
  writer.varintBytes(value);
  writer.varint(headers.length);
  for (const [name, content] of headers) {
    writer.varintString(name);
    writer.varintBytes(content);
  }
}

function sizeOf(bytes: Buffer | null): number {
  return bytes === null ? varintLength(-1) : varintLength(bytes.length) + bytes.length;
}
