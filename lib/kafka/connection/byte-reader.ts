/**
 * Reads the types of the Kafka protocol one after the other from an answer. What goes beyond the bytes throws a RangeError.
 * The Reader of `wire` is for what strangers send: it bounds the items of a request, and its int64 is a number.
 *
 * @see {@link https://kafka.apache.org/protocol.html#protocol_types Apache Kafka protocol guide, "Protocol Primitive Types"}
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  /** A string behind its int16 length; null as an empty one. */
  string(): string {
    const length = Math.max(0, this.int16());
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, this.#at);
  }

  /** UTF-8 behind its int32 length; null as an empty one. */
  text(): string {
    const length = Math.max(0, this.int32());
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, this.#at);
  }

  /** Bytes behind their int32 length, as a view of the answer; null as none. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    const start = this.#skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  /** Items behind their number, an int32; null as none. */
  array<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(item());
    return items;
  }

  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('The answer ends too early');
    return start;
  }
}
