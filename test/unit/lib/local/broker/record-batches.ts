import { crc32c } from '../../../../../lib/local/broker/wire/crc32c.ts';
import { Writer } from '../../../../../lib/local/broker/wire/writer.ts';

export interface BatchOptions {
  readonly values?: readonly string[];
  /** Time of the first record; each further one is a millisecond later. */
  readonly timestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly attributes?: number;
}

/** An uncompressed record batch (format v2) as a producer sends it. */
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
  checked.int32(values.length - 1);
  checked.int64(timestamp);
  checked.int64(timestamp + values.length - 1);
  checked.int64(producerId);
  checked.int16(producerEpoch);
  checked.int32(baseSequence);
  checked.int32(values.length);
  const body = Buffer.concat([...checked.chunks(), ...values.map(record)]);
  const prefix = new Writer();
  prefix.int64(0);
  prefix.int32(9 + body.length);
  prefix.int32(-1);
  prefix.int8(2);
  prefix.int32(crc32c(body) | 0);
  return Buffer.concat([...prefix.chunks(), body]);
}

/** attributes, timestamp delta, offset delta, null key, value, no headers */
function record(value: string, index: number): Buffer {
  const bytes = Buffer.from(value);
  const body = Buffer.concat([
    Buffer.from([0]),
    zigzag(index),
    zigzag(index),
    zigzag(-1),
    zigzag(bytes.length),
    bytes,
    zigzag(0),
  ]);
  return Buffer.concat([zigzag(body.length), body]);
}

function zigzag(value: number): Buffer {
  const writer = new Writer();
  writer.unsignedVarint(value < 0 ? -2 * value - 1 : 2 * value);
  return Buffer.concat(writer.chunks());
}
