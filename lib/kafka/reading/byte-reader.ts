const TWO_TO_THE_32 = 2 ** 32;
const CONTINUES = 0x80;
const PAYLOAD = 0x7f;

/**
 * Reads the big-endian and variable-length types of the Kafka protocol from one buffer, without copying. Reading past
 * its end throws a RangeError.
 *
 * @see Apache Kafka, "Protocol primitive types"
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  /** Exact up to 2^53. */
  int64(): number {
    const at = this.#advance(8);
    return this.#bytes.readInt32BE(at) * TWO_TO_THE_32 + this.#bytes.readUInt32BE(at + 4);
  }

  /** VARINT or VARLONG: zigzag, seven bits a byte; exact up to 2^53. */
  varint(): number {
    let raw = 0;
    let weight = 1;
    for (;;) {
      const byte = this.#bytes.readUInt8(this.#advance(1));
      raw += (byte & PAYLOAD) * weight;
      if (byte < CONTINUES) break;
      weight *= 128;
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** A view of the next bytes. */
  view(length: number): Buffer {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Bytes after their VARINT length; null for length -1. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.view(length);
  }

  /** STRING. */
  string(): string {
    return this.view(this.int16()).toString('utf8');
  }

  /** ARRAY; a null array is an empty one. */
  array<T>(item: () => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    for (let index = 0; index < length; index++) items.push(item());
    return items;
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) {
      throw new RangeError(`${length} bytes are expected at ${at} of ${this.#bytes.length}`);
    }
    this.#at = at + length;
    return at;
  }
}
