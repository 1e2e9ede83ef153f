import { crc32c } from '../crc32c.ts';
import { Reader } from './reader.ts';

/** The fixed part of a record batch before its records: Apache Kafka, "Record Batch". */
export const BATCH_HEADER_BYTES = 61;
/** base offset and batch length: what the batch length does not count. */
const BATCH_PREFIX_BYTES = 12;
/** The only format since Kafka 4.0; the older message sets (magic 0 and 1) are refused. */
export const MAGIC_V2 = 2;
export const NO_PRODUCER_ID = -1;

const BATCH_LENGTH_AT = 8;
const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const RECORD_COUNT_AT = 57;
const MAX_TIMESTAMP_AT = 35;

const COMPRESSION_MASK = 0b111;
const LOG_APPEND_TIME_FLAG = 0b1000;
const TRANSACTIONAL_FLAG = 0b1_0000;
const CONTROL_FLAG = 0b10_0000;

/** The header of a record batch; the records stay opaque. Times in epoch milliseconds. */
export interface BatchHeader {
  readonly baseOffset: number;
  /** The whole batch in bytes, prefix included. */
  readonly size: number;
  readonly magic: number;
  /** The number of the compression type, 0 without. */
  readonly codec: number;
  /** All records have the time of the append, which is maxTimestamp. */
  readonly appendTime: boolean;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/**
 * Reads the header of the batch that starts at `at`.
 *
 * @returns undefined when the bytes there cannot be the start of a batch (too few of them, or an impossible length)
 */
export function readBatchHeader(bytes: Buffer, at = 0): BatchHeader | undefined {
  if (bytes.length - at < MAGIC_AT + 1) return undefined;
  const size = BATCH_PREFIX_BYTES + bytes.readInt32BE(at + BATCH_LENGTH_AT);
  const magic = bytes.readInt8(at + MAGIC_AT);
  if (magic === MAGIC_V2 && (size < BATCH_HEADER_BYTES || bytes.length - at < BATCH_HEADER_BYTES))
    return undefined;
  const reader = new Reader(bytes.subarray(at));
  const baseOffset = reader.int64();
  if (magic !== MAGIC_V2) return { ...UNREADABLE, baseOffset, size, magic };
  reader.int32();
  reader.int32();
  reader.int8();
  reader.int32();
  const attributes = reader.int16();
  return {
    baseOffset,
    size,
    magic,
    codec: attributes & COMPRESSION_MASK,
    appendTime: (attributes & LOG_APPEND_TIME_FLAG) !== 0,
    transactional: (attributes & TRANSACTIONAL_FLAG) !== 0,
    control: (attributes & CONTROL_FLAG) !== 0,
    lastOffsetDelta: reader.int32(),
    baseTimestamp: reader.int64(),
    maxTimestamp: reader.int64(),
    producerId: reader.int64(),
    producerEpoch: reader.int16(),
    baseSequence: reader.int32(),
    recordCount: reader.int32(),
  };
}

const UNREADABLE = {
  codec: 0,
  appendTime: false,
  transactional: false,
  control: false,
  lastOffsetDelta: 0,
  baseTimestamp: -1,
  maxTimestamp: -1,
  producerId: NO_PRODUCER_ID,
  producerEpoch: -1,
  baseSequence: -1,
  recordCount: 0,
};

/** The size of the batch that starts at `at`, prefix included; undefined when its length field is not there. */
export function batchSizeAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < BATCH_PREFIX_BYTES) return undefined;
  return BATCH_PREFIX_BYTES + bytes.readInt32BE(at + BATCH_LENGTH_AT);
}

/** Whether the CRC-32C of a whole batch is right. It covers everything from the attributes to the end. */
export function hasValidCrc(batch: Buffer): boolean {
  return batch.readUInt32BE(CRC_AT) === crc32c(batch.subarray(ATTRIBUTES_AT));
}

/** Gives a batch its place in the log, in place: both fields lie outside what the CRC covers. */
export function placeBatch(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt32BE(leaderEpoch, LEADER_EPOCH_AT);
}

/** Sets the latest record time (epoch milliseconds) in place, and the CRC, which covers it. */
export function setMaxTimestamp(batch: Buffer, timestamp: number): void {
  batch.writeBigInt64BE(BigInt(timestamp), MAX_TIMESTAMP_AT);
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT);
}

/** Gives all records of a batch the time of its append (epoch milliseconds), in place: message.timestamp.type LogAppendTime. */
export function setAppendTime(batch: Buffer, timestamp: number): void {
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_AT) | LOG_APPEND_TIME_FLAG, ATTRIBUTES_AT);
  setMaxTimestamp(batch, timestamp);
}

/**
 * Makes a batch of some of the records of another. They keep their offsets and times; the batch is not compressed any
 * more.
 *
 * @param records the bytes of each with its time in epoch milliseconds, in order
 */
export function rebuildBatch(
  batch: Buffer,
  header: BatchHeader,
  records: readonly { readonly bytes: Buffer; readonly timestamp: number }[],
): Buffer {
  const rebuilt = Buffer.concat([
    batch.subarray(0, BATCH_HEADER_BYTES),
    ...records.map(({ bytes }) => bytes),
  ]);
  rebuilt.writeInt32BE(rebuilt.length - BATCH_PREFIX_BYTES, BATCH_LENGTH_AT);
  rebuilt.writeInt16BE(batch.readInt16BE(ATTRIBUTES_AT) & ~COMPRESSION_MASK, ATTRIBUTES_AT);
  rebuilt.writeInt32BE(records.length, RECORD_COUNT_AT);
  const latest = Math.max(...records.map(({ timestamp }) => timestamp));
  setMaxTimestamp(rebuilt, header.appendTime ? header.maxTimestamp : latest);
  return rebuilt;
}
