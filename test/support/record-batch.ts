import { crc32c } from '../../lib/kafka/crc32c.ts';
import type { ConsumedRecord } from '../../lib/kafka/reading/consumed-record.ts';

export interface BatchToEncode {
  readonly baseOffset: number;
  readonly records: readonly Omit<ConsumedRecord, 'partition'>[];
  readonly producerId?: number;
  /** Bits of the batch attributes besides the timestamp type. */
  readonly attributes?: number;
}

export const TRANSACTIONAL = 0b1_0000;
export const CONTROL = 0b10_0000;
const LOG_APPEND_TIME = 0b1000;

/** Encodes a record batch, uncompressed: Apache Kafka, "Record batch". */
export function encodeBatch({ baseOffset, records, producerId = -1, attributes = 0 }: BatchToEncode): Buffer {
  const base = records[0]?.timestamp ?? 0;
  const appendTime = records[0]?.timestampType === 'LOG_APPEND_TIME';
  const body = Buffer.concat(
    records.map((record) => encodeRecord(record, baseOffset, appendTime ? record.timestamp : base)),
  );
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(baseOffset), 0);
  header.writeInt32BE(49 + body.length, 8);
  header.writeInt8(2, 16);
  header.writeInt16BE(attributes | (appendTime ? LOG_APPEND_TIME : 0), 21);
  header.writeInt32BE((records.at(-1)?.offset ?? baseOffset) - baseOffset, 23);
  header.writeBigInt64BE(BigInt(base), 27);
  header.writeBigInt64BE(
    BigInt(appendTime ? base : Math.max(...records.map(({ timestamp }) => timestamp), 0)),
    35,
  );
  header.writeBigInt64BE(BigInt(producerId), 43);
  header.writeInt32BE(records.length, 57);
  return withChecksum(Buffer.concat([header, body]));
}

/** Gives a batch that was changed the right CRC-32C, in place. */
export function withChecksum(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** The batch that ends a transaction. */
export function endOfTransaction(offset: number, producerId: number, type: 'commit' | 'abort'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]);
  const record = {
    offset,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key,
    value: Buffer.alloc(6),
    headers: [],
  } as const;
  return encodeBatch({
    baseOffset: offset,
    records: [record],
    producerId,
    attributes: TRANSACTIONAL | CONTROL,
  });
}

function encodeRecord(record: Omit<ConsumedRecord, 'partition'>, baseOffset: number, base: number): Buffer {
  const parts = [
    Buffer.from([0]),
    varint(record.timestamp - base),
    varint(record.offset - baseOffset),
    bytes(record.key),
    bytes(record.value),
    varint(record.headers.length),
    ...record.headers.flatMap(([name, value]) => [bytes(Buffer.from(name)), bytes(value)]),
  ];
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(body.length), body]);
}

function bytes(value: Buffer | null): Buffer {
  return value === null ? varint(-1) : Buffer.concat([varint(value.length), value]);
}

function varint(value: number): Buffer {
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const encoded: number[] = [];
  while (raw >= 0x80n) {
    encoded.push(Number(raw & 0x7fn) | 0x80);
    raw >>= 7n;
  }
  return Buffer.from([...encoded, Number(raw)]);
}
