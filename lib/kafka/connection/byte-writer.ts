const INITIAL_BYTES = 2_048;
const INT16_BYTES = 2;
const INT32_BYTES = 4;
const INT64_BYTES = 8;
/** Seven bits in each byte. */
const VARINT_BYTES = 5;
/** From this length on a native copy is faster than a loop. */
const NATIVE_COPY_BYTES = 32;

/**
 * Writes the types of the Kafka protocol one after the other into a buffer that grows.
 *
 * @see {@link https://kafka.apache.org/protocol.html#protocol_types Apache Kafka protocol guide, "Protocol Primitive Types"}
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #at = 0;

  /** Where the next byte goes. */
  get position(): number {
    return this.#at;
  }

  /** What was written. The writer must not be used afterwards. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  /** What was written from a position on. Only valid until more is written. */
  writtenFrom(start: number): Buffer {
    return this.#bytes.subarray(start, this.#at);
  }

  int8(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  int16(value: number): void {
    this.#room(INT16_BYTES);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#room(INT32_BYTES);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#room(INT64_BYTES);
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at);
  }

  /** An int64 that is a safe integer and not negative: without a bigint, which costs five times as much. */
  int53(value: number): void {
    this.#room(INT64_BYTES);
    this.#at = this.#bytes.writeUInt32BE(Math.floor(value / 2 ** 32), this.#at);
    this.#at = this.#bytes.writeUInt32BE(value % 2 ** 32, this.#at);
  }

  /** Writes over four bytes that were written before. */
  uint32At(position: number, value: number): void {
    this.#bytes.writeUInt32BE(value, position);
  }

  /** A string behind its int16 length; null as length -1. */
  string(value: string | null): void {
    if (value === null) {
      this.int16(-1);
      return;
    }
    const length = Buffer.byteLength(value);
    this.int16(length);
    this.#utf8(value, length);
  }

  /** UTF-8 behind its int32 length. */
  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.int32(length);
    this.#utf8(value, length);
  }

  /** Signed, in zigzag order: small ones take one byte. */
  varint(value: number): void {
    this.#room(VARINT_BYTES);
    let rest = zigzag(value);
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Bytes behind their length as a varint; null as length -1. */
  varintBytes(value: Buffer | null): void {
    if (value === null) {
      this.varint(-1);
      return;
    }
    const { length } = value;
    this.varint(length);
    this.#room(length);
    if (length < NATIVE_COPY_BYTES) {
      for (let index = 0; index < length; index++) this.#bytes[this.#at + index] = value[index] ?? 0;
    } else {
      this.#bytes.set(value, this.#at);
    }
    this.#at += length;
  }

  /** A string behind its length as a varint. */
  varintString(value: string): void {
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.#utf8(value, length);
  }

  #utf8(value: string, length: number): void {
    this.#room(length);
    // As many bytes as UTF-16 units: ASCII.
    if (length < NATIVE_COPY_BYTES && length === value.length) {
      for (let index = 0; index < length; index++) this.#bytes[this.#at + index] = value.charCodeAt(index);
    } else {
      this.#bytes.write(value, this.#at, length);
    }
    this.#at += length;
  }

  #room(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.written());
    this.#bytes = larger;
  }
}

/** How many bytes an int32 takes as a varint. */
export function varintLength(value: number): number {
  const bits = 32 - Math.clz32(zigzag(value));
  return Math.max(1, Math.ceil(bits / 7));
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
