import * as zlib from 'node:zlib';
import { crc32c } from '../../../../../lib/kafka/crc32c.ts';
import { Writer } from '../../../../../lib/local/broker/wire/writer.ts';

export interface BatchOptions {
  readonly values?: readonly (string | null)[];
  /** Of the records in their order; absent: null. */
  readonly keys?: readonly string[];
  /** Time of the first record; each further one is a millisecond later. */
  readonly timestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly attributes?: number;
  /** Compresses the records, or does something worse to them; `attributes` must say so. */
  readonly encode?: (records: Buffer) => Buffer;
  readonly recordCount?: number;
  readonly lastOffsetDelta?: number;
  readonly maxTimestamp?: number;
  readonly baseOffset?: number;
}

/** The attributes of each codec, and what compresses with it. Snappy and lz4 are stored rather than compressed. */
export const CODECS = {
  gzip: { attributes: 1, encode: (records: Buffer) => zlib.gzipSync(records) },
  snappy: { attributes: 2, encode: snappy },
  lz4: { attributes: 3, encode: lz4 },
  ...('zstdCompressSync' in zlib && { zstd: { attributes: 4, encode: zstd } }),
};

function zstd(records: Buffer): Buffer {
  return Reflect.get(zlib, 'zstdCompressSync')(records);
}

/** One raw block of literals. */
function snappy(records: Buffer): Buffer {
  const writer = new Writer();
  writer.unsignedVarint(records.length);
  const parts = [...writer.chunks()];
  for (let at = 0; at < records.length; at += 60) {
    const literal = records.subarray(at, at + 60);
    parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
  }
  return Buffer.concat(parts);
}

/** A frame with one stored block. */
function lz4(records: Buffer): Buffer {
  const frame = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 0, 0, 0, 0]);
  frame.writeUInt32LE((records.length | 0x8000_0000) >>> 0, 7);
  return Buffer.concat([frame, records, Buffer.alloc(4)]);
}

/** A record batch (format v2) as a producer sends it, uncompressed unless `encode` is given. */
export function recordBatch(options: BatchOptions = {}): Buffer {
  const {
    values = ['value'],
    timestamp = 1_000,
    producerId = -1,
    producerEpoch = -1,
    baseSequence = -1,
  } = options;
  const checked = new Writer();
  checked.int16(options.attributes ?? 0);
  checked.int32(options.lastOffsetDelta ?? values.length - 1);
  checked.int64(timestamp);
  checked.int64(options.maxTimestamp ?? timestamp + values.length - 1);
  checked.int64(producerId);
  checked.int16(producerEpoch);
  checked.int32(baseSequence);
  checked.int32(options.recordCount ?? values.length);
  const records = Buffer.concat(
    values.map((value, index) => record(options.keys?.[index] ?? null, value, index)),
  );
  const body = Buffer.concat([...checked.chunks(), options.encode?.(records) ?? records]);
  const prefix = new Writer();
  prefix.int64(options.baseOffset ?? 0);
  prefix.int32(9 + body.length);
  prefix.int32(-1);
  prefix.int8(2);
  prefix.int32(crc32c(body) | 0);
  return Buffer.concat([...prefix.chunks(), body]);
}

/** attributes, timestamp delta, offset delta, key, value, no headers */
function record(key: string | null, value: string | null, index: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    zigzag(index),
    zigzag(index),
    ...nullable(key),
    ...nullable(value),
    zigzag(0),
  ]);
  return Buffer.concat([zigzag(body.length), body]);
}

function nullable(text: string | null): Buffer[] {
  if (text === null) return [zigzag(-1)];
  const bytes = Buffer.from(text);
  return [zigzag(bytes.length), bytes];
}

function zigzag(value: number): Buffer {
  const writer = new Writer();
  writer.unsignedVarint(value < 0 ? -2 * value - 1 : 2 * value);
  return Buffer.concat(writer.chunks());
}
