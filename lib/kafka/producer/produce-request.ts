import { groupBy } from '../../group-by.ts';
import type { ByteReader } from '../connection/byte-reader.ts';
import { type ByteWriter, varintLength } from '../connection/byte-writer.ts';
import type { ProtocolRequest } from '../connection/protocol-request.ts';
import { crc32c } from '../crc32c.ts';
import type { KafkaRecord } from '../record.ts';

/** Who a producer is to the brokers; with a sequence number per partition it makes a repeated batch harmless (KIP-98). */
export interface ProducerId {
  readonly id: bigint;
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

interface ProduceAnswer {
  readonly partitions: readonly PartitionAnswer[];
  readonly throttleTimeMs: number;
}

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
 * Appends batches, at most one of a partition. Version 5 came with Kafka 1.0; what 8 and later add is not used here.
 *
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_Produce Apache Kafka protocol guide, "Produce API"}
 */
export function produceRequest(batches: readonly PartitionBatch[]): ProtocolRequest<ProduceAnswer> {
  return {
    apiKey: 0,
    apiName: 'Produce',
    versions: [5, 7],
    write: (writer) => writeBatches(writer, batches),
    read: readAnswer,
  };
}

/** In one pass. */
function writeBatches(writer: ByteWriter, batches: readonly PartitionBatch[]): void {
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
      writer.uint32At(sizeAt, writer.position - sizeAt - 4);
    }
  }
}

function readAnswer(reader: ByteReader): ProduceAnswer {
  const partitions: PartitionAnswer[] = [];
  reader.array(() => {
    const topic = reader.string();
    reader.array(() => {
      partitions.push({
        topic,
        partition: reader.int32(),
        errorCode: reader.int16(),
        baseOffset: reader.int64(),
        logAppendTime: Number(reader.int64()),
      });
      // The log start offset.
      reader.int64();
    });
  });
  return { partitions, throttleTimeMs: reader.int32() };
}

/** @see {@link https://kafka.apache.org/documentation/#recordbatch Apache Kafka documentation, "Record Batch"} */
function writeRecordBatch(
  writer: ByteWriter,
  { records, producerId, firstSequence, timestamp }: PartitionBatch,
): void {
  writer.int53(0);
  const lengthAt = writer.position;
  writer.int32(0);
  writer.int32(NO_LEADER_EPOCH);
  writer.int8(MAGIC_V2);
  const checksumAt = writer.position;
  writer.int32(0);
  const checkedFrom = writer.position;
  writer.int16(BATCH_ATTRIBUTES);
  writer.int32(records.length - 1);
  writer.int53(timestamp);
  writer.int53(timestamp);
  writer.int64(producerId.id);
  writer.int16(producerId.epoch);
  writer.int32(firstSequence);
  writer.int32(records.length);
  for (const [index, record] of records.entries()) writeRecord(writer, index, record);
  writer.uint32At(lengthAt, writer.position - lengthAt - 4);
  writer.uint32At(checksumAt, crc32c(writer.writtenFrom(checkedFrom)));
}

/** @see {@link https://kafka.apache.org/documentation/#record Apache Kafka documentation, "Record"} */
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
