import { errorMessage } from '../../errors.ts';
import { MAX_UNPACKED_BATCH_BYTES } from '../wire/limits.ts';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  batchSizeAt,
  hasValidCrc,
  MAGIC_V2,
  readBatchHeader,
} from '../wire/record-batch.ts';
import { Cursor, MalformedRecordError } from '../wire/records.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { decompress } from './decompression.ts';

const ABORT_MARKER = 0;
const MAX_VARLONG_BYTES = 10;
/**
 * Once so much was unpacked from one fetch, the rest is left for the next: a megabyte of well compressed batches would
 * otherwise become gigabytes of records that wait. Sixteen times what is fetched of a partition.
 */
const MAX_UNPACKED_FETCH_BYTES = 16 * 1024 * 1024;

/** A transaction whose records a reader of committed records must not see. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** A record batch whose records cannot be read: damaged, or in a format or compression that is not understood. */
export interface UnreadableBatch {
  readonly partition: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly reason: string;
}

export interface DecodedBatches {
  /** Data records from the requested offset on, in offset order. */
  readonly records: ConsumedRecord[];
  /** In offset order. */
  readonly unreadable: UnreadableBatch[];
  /** The next offset to read: after the last whole batch, also when it held nothing for the reader. */
  readonly nextOffset: number;
}

export interface FetchedSet {
  readonly partition: number;
  /** That was asked for. */
  readonly offset: number;
  /** Behind the last record of the partition. */
  readonly endOffset?: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
}

/**
 * Decodes the record batches of one partition from a fetch response. Control records, records of aborted transactions
 * and records before the requested offset are left out; a batch that the size limit of the fetch cut off is left for
 * the next fetch. A batch that cannot be read is told of, and its neighbours are decoded.
 *
 * @param bytes - the record set of the partition
 * @see {@link https://kafka.apache.org/documentation/#recordbatch Apache Kafka, "Record batch"}
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-98+-+Exactly+Once+Delivery+and+Transactional+Messaging KIP-98, "Exactly Once Delivery and Transactional Messaging"}
 */
export function decodeBatches(bytes: Buffer, fetch: FetchedSet): DecodedBatches {
  const records: ConsumedRecord[] = [];
  const unreadable: UnreadableBatch[] = [];
  const transactions = new Transactions(fetch.abortedTransactions);
  const { partition } = fetch;
  let nextOffset = fetch.offset;
  let unpacked = 0;

  for (const { batch, header, first, last } of batchesIn(bytes, fetch.endOffset)) {
    try {
      const content = unpack(batch, header);
      unpacked += content.length;
      if (transactions.isForReaders(last, header, content)) {
        // Collected first: a batch counts as a whole.
        const own = decodeRecords(content, partition, header);
        for (const record of own.filter(({ offset }) => offset >= fetch.offset)) records.push(record);
      }
    } catch (error) {
      if (last >= fetch.offset) {
        const firstOffset = Math.max(first, fetch.offset);
        unreadable.push({ partition, firstOffset, lastOffset: last, reason: errorMessage(error) });
      }
    }
    nextOffset = Math.max(nextOffset, last + 1);
    if (unpacked >= MAX_UNPACKED_FETCH_BYTES) break;
  }
  return { records, unreadable, nextOffset };
}

interface FetchedBatch {
  readonly batch: Buffer;
  /** Undefined when the batch is too short for one. */
  readonly header: BatchHeader | undefined;
  /** Its offsets. */
  readonly first: number;
  readonly last: number;
}

function* batchesIn(bytes: Buffer, endOffset: number | undefined): Generator<FetchedBatch, void> {
  for (let at = 0; ; ) {
    const size = batchSizeAt(bytes, at);
    if (size === undefined || size > bytes.length - at) return;
    const batch = bytes.subarray(at, at + Math.max(size, BATCH_HEADER_BYTES));
    at += size;
    const header = readBatchHeader(batch);
    const first = Number(batch.readBigInt64BE(0));
    yield {
      batch,
      header,
      first,
      last: lastOffset(first, header, nextBaseOffset(bytes, at, size), endOffset),
    };
    // Where the next batch begins, a length that is impossible does not say.
    if (size < BATCH_HEADER_BYTES) return;
  }
}

/** What a damaged header says of the last offset must not make reading skip what follows the batch. */
function lastOffset(
  first: number,
  header: BatchHeader | undefined,
  next: number | undefined,
  endOffset = Number.POSITIVE_INFINITY,
): number {
  const claimed = first + Math.max(0, header?.lastOffsetDelta ?? 0);
  const limit = Math.min(endOffset, next !== undefined && next > first ? next : endOffset) - 1;
  return Math.max(first, Math.min(claimed, limit));
}

/** Of the batch that follows, also one that was cut off. */
function nextBaseOffset(bytes: Buffer, at: number, size: number): number | undefined {
  if (size < BATCH_HEADER_BYTES || bytes.length - at < 8) return undefined;
  return Number(bytes.readBigInt64BE(at));
}

function unpack(batch: Buffer, header: BatchHeader | undefined): Buffer {
  if (header === undefined) throw new MalformedRecordError('The record batch has an impossible length');
  if (header.magic !== MAGIC_V2) {
    throw new MalformedRecordError('The record batch is of a format before Kafka 0.11');
  }
  if (!hasValidCrc(batch))
    throw new MalformedRecordError('The record batch is damaged: its CRC-32C is wrong');
  try {
    return decompress(header.codec, batch.subarray(BATCH_HEADER_BYTES), MAX_UNPACKED_BATCH_BYTES);
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new MalformedRecordError(`The records of the batch cannot be decompressed: ${reason}`, { cause });
  }
}

/** Tells which batches readers of committed records see. */
class Transactions {
  readonly #upcoming: AbortedTransaction[];
  readonly #aborted = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#upcoming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Batches must come in offset order. */
  isForReaders(lastOffset: number, header: BatchHeader | undefined, content: Buffer): header is BatchHeader {
    if (header === undefined) return false;
    for (let next = this.#upcoming[0]; next && next.firstOffset <= lastOffset; next = this.#upcoming[0]) {
      this.#aborted.add(next.producerId);
      this.#upcoming.shift();
    }
    if (!header.control) return !(header.transactional && this.#aborted.has(header.producerId));
    if (endsAbortedTransaction(content)) this.#aborted.delete(header.producerId);
    return false;
  }
}

function decodeRecords(content: Buffer, partition: number, header: BatchHeader): ConsumedRecord[] {
  const cursor = new Cursor(content);
  const records: ConsumedRecord[] = [];
  const lastHeaders: ReadHeader[] = [];
  if (header.recordCount < 0)
    throw new MalformedRecordError(`The batch claims ${header.recordCount} records`);
  let earlier = -1;
  for (let index = 0; index < header.recordCount; index++) {
    const end = cursor.length() + cursor.at;
    cursor.skip(1);
    const timestamp = header.baseTimestamp + cursor.varint(MAX_VARLONG_BYTES);
    const delta = cursor.varint();
    if (delta <= earlier || delta > header.lastOffsetDelta) {
      throw new MalformedRecordError(`Record ${index} of the batch has the impossible offset delta ${delta}`);
    }
    earlier = delta;
    const key = cursor.nullableBytes();
    const value = cursor.nullableBytes();
    const headers: RecordHeader[] = [];
    for (let index = 0, count = cursor.length(); index < count; index++) {
      const read = readHeader(cursor, lastHeaders[index]);
      lastHeaders[index] = read;
      headers.push(read.header);
    }
    if (cursor.at !== end) throw new MalformedRecordError(`Record ${index} has not the length it claims`);
    records.push({
      partition,
      offset: header.baseOffset + delta,
      timestamp: header.appendTime ? header.maxTimestamp : timestamp,
      timestampType: header.appendTime ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
      key,
      value,
      headers,
    });
  }
  if (!cursor.atEnd) throw new MalformedRecordError('There are bytes behind the last record of the batch');
  return records;
}

type RecordHeader = ConsumedRecord['headers'][number];

/** A header, and where its name and its value are. */
interface ReadHeader {
  readonly header: RecordHeader;
  readonly from: number;
  readonly valueFrom: number;
  readonly end: number;
}

/** @param last - of the record before, in the same place: most headers say the same again, and records share those */
function readHeader(cursor: Cursor, last: ReadHeader | undefined): ReadHeader {
  const from = cursor.at;
  const hasSameName = last !== undefined && cursor.skipSame(last.from, last.valueFrom);
  if (hasSameName && cursor.skipSame(last.valueFrom, last.end)) return last;
  const name = hasSameName ? last.header[0] : cursor.text(cursor.length());
  const valueFrom = cursor.at;
  const value = cursor.nullableBytes();
  return { header: [name, value], from, valueFrom, end: cursor.at };
}

/** The key of a control record: version, then type; 0 aborts the transaction, 1 commits it. */
function endsAbortedTransaction(content: Buffer): boolean {
  const cursor = new Cursor(content);
  cursor.length();
  cursor.skip(1);
  cursor.varint(MAX_VARLONG_BYTES);
  cursor.varint();
  const key = cursor.nullableBytes();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === ABORT_MARKER;
}
