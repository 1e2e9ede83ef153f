import { ByteReader } from './byte-reader.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { decompress } from './decompression.ts';

/** Base offset and batch length, which the batch length does not count: Apache Kafka, "Record batch". */
const PREFIX_BYTES = 12;
/** Everything of a batch before its records. */
const HEADER_BYTES = 61;
const MAGIC_AT = 16;
const MAGIC_V2 = 2;
const CODEC_MASK = 0b111;
const LOG_APPEND_TIME_FLAG = 0b1000;
const TRANSACTIONAL_FLAG = 0b1_0000;
const CONTROL_FLAG = 0b10_0000;
const ABORT_MARKER = 0;

/** A transaction whose records a reader of committed records must not see. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface DecodedBatches {
  /** Data records from the requested offset on, in offset order. */
  readonly records: ConsumedRecord[];
  /** Where reading goes on: behind the last whole batch, also when it held nothing for the reader. */
  readonly nextOffset: number;
}

/**
 * Decodes the record batches of one partition from a fetch response. Control records, records of aborted transactions
 * and records before the requested offset are left out; a batch that the size limit of the fetch cut off is left for
 * the next fetch.
 *
 * @param bytes - the record set of the partition
 * @param fetch - partition, the offset that was asked for, and the aborted transactions the broker listed
 * @throws Error when a batch is malformed, of a format older than Kafka 0.11, or compressed with an unreadable codec
 * @see Apache Kafka, "Record batch"; KIP-98 for transactions
 */
export function decodeBatches(
  bytes: Buffer,
  fetch: { partition: number; offset: number; abortedTransactions: readonly AbortedTransaction[] },
): DecodedBatches {
  const records: ConsumedRecord[] = [];
  const aborted = new Set<number>();
  const upcoming = fetch.abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset);
  let nextOffset = fetch.offset;

  for (let at = 0; bytes.length - at > PREFIX_BYTES; ) {
    const size = PREFIX_BYTES + bytes.readInt32BE(at + 8);
    if (size < HEADER_BYTES) throw new Error(`A record batch claims to have ${size} bytes`);
    if (size > bytes.length - at) break;
    const batch = bytes.subarray(at, at + size);
    at += size;
    if (batch.readInt8(MAGIC_AT) !== MAGIC_V2) {
      throw new Error('The topic holds messages of a format before Kafka 0.11, which cannot be read');
    }
    const header = batchHeader(batch);
    nextOffset = Math.max(nextOffset, header.baseOffset + header.lastOffsetDelta + 1);

    while (
      upcoming[0] !== undefined &&
      upcoming[0].firstOffset <= header.baseOffset + header.lastOffsetDelta
    ) {
      aborted.add(upcoming[0].producerId);
      upcoming.shift();
    }
    const content = decompress(header.codec, batch.subarray(HEADER_BYTES));
    if (header.control) {
      if (endsAbortedTransaction(content)) aborted.delete(header.producerId);
      continue;
    }
    if (header.transactional && aborted.has(header.producerId)) continue;
    for (const record of decodeRecords(content, fetch.partition, header)) {
      if (record.offset >= fetch.offset) records.push(record);
    }
  }
  return { records, nextOffset };
}

type BatchHeader = ReturnType<typeof batchHeader>;

function batchHeader(batch: Buffer) {
  const reader = new ByteReader(batch);
  const baseOffset = reader.int64();
  reader.view(MAGIC_AT - 8 + 1 + 4); // length, leader epoch, magic, CRC: TCP has its own
  const attributes = reader.int16();
  const lastOffsetDelta = reader.int32();
  const baseTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = reader.int64();
  reader.int16();
  reader.int32();
  return {
    baseOffset,
    lastOffsetDelta,
    baseTimestamp,
    maxTimestamp,
    producerId,
    count: reader.int32(),
    codec: attributes & CODEC_MASK,
    appendTime: (attributes & LOG_APPEND_TIME_FLAG) !== 0,
    transactional: (attributes & TRANSACTIONAL_FLAG) !== 0,
    control: (attributes & CONTROL_FLAG) !== 0,
  };
}

function* decodeRecords(content: Buffer, partition: number, header: BatchHeader): Generator<ConsumedRecord> {
  const reader = new ByteReader(content);
  for (let index = 0; index < header.count; index++) {
    const end = reader.varint() + reader.position;
    reader.int8();
    const timestamp = header.baseTimestamp + reader.varint();
    const offset = header.baseOffset + reader.varint();
    const key = reader.varintBytes();
    const value = reader.varintBytes();
    const headers: [string, Buffer | null][] = [];
    for (let count = reader.varint(); count > 0; count--) {
      headers.push([(reader.varintBytes() ?? Buffer.alloc(0)).toString('utf8'), reader.varintBytes()]);
    }
    // Fields that a later version adds.
    reader.view(end - reader.position);
    yield {
      partition,
      offset,
      timestamp: header.appendTime ? header.maxTimestamp : timestamp,
      timestampType: header.appendTime ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
      key,
      value,
      headers,
    };
  }
}

/** The key of a control record: version, then type; 0 aborts the transaction, 1 commits it. */
function endsAbortedTransaction(content: Buffer): boolean {
  const reader = new ByteReader(content);
  reader.varint();
  reader.int8();
  reader.varint();
  reader.varint();
  const key = reader.varintBytes();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === ABORT_MARKER;
}
