import { MalformedFrameError } from '../frames/malformed-frame.ts';
import { MAX_REQUEST_ITEMS, MAX_STRING_BYTES } from './limits.ts';

const TWO_TO_THE_32 = 2 ** 32;
const MAX_VARINT_BYTES = 5;
const UUID_BYTES = 16;

/**
 * Reads the primitive types of the Kafka protocol from one frame, big-endian, without copying. In a flexible version
 * (KIP-482) strings, bytes and arrays are compact and structures end in tagged fields; the caller does not see the
 * difference.
 *
 * Every method throws MalformedFrameError instead of reading beyond the frame.
 *
 * @see {@link https://kafka.apache.org/protocol.html#protocol_types Kafka protocol guide, "Protocol Primitive Types"}
 */
export class Reader {
  readonly #buffer: Buffer;
  readonly #flexible: boolean;
  #position = 0;
  #items = 0;

  constructor(buffer: Buffer, flexible = false) {
    this.#buffer = buffer;
    this.#flexible = flexible;
  }

  /** The bytes not read yet. */
  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  /** Exact up to 2^53, far beyond any offset, timestamp or producer id this broker hands out. */
  int64(): number {
    const at = this.#advance(8);
    return this.#buffer.readInt32BE(at) * TWO_TO_THE_32 + this.#buffer.readUInt32BE(at + 4);
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  /** 16 bytes as text, in the form 00000000-0000-0000-0000-000000000000. */
  uuid(): string {
    const hex = this.#view(UUID_BYTES).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** An unsigned variable-length integer of at most 32 bits. */
  unsignedVarint(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#buffer.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new MalformedFrameError('A variable-length integer is longer than 5 bytes');
  }

  nullableString(): string | null {
    return this.#text(this.#flexible ? this.unsignedVarint() - 1 : this.int16());
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw new MalformedFrameError('A string that must not be null is null');
    return value;
  }

  /** A nullable string that stays in the classic encoding in flexible versions too: the client id of the header. */
  classicNullableString(): string | null {
    return this.#text(this.int16());
  }

  /** A view of the frame, not a copy. */
  nullableBytes(): Buffer | null {
    const length = this.#flexible ? this.unsignedVarint() - 1 : this.int32();
    if (length === -1) return null;
    return this.#view(length);
  }

  bytes(): Buffer {
    const value = this.nullableBytes();
    if (value === null) throw new MalformedFrameError('Bytes that must not be null are null');
    return value;
  }

  nullableArray<T>(item: () => T): T[] | null {
    const length = this.#flexible ? this.unsignedVarint() - 1 : this.int32();
    if (length === -1) return null;
    // Every item takes a byte or more, so a longer array is a lie that would only cost memory.
    if (length < 0 || length > this.remaining) {
      throw new MalformedFrameError(`An array claims ${length} items, ${this.remaining} bytes are left`);
    }
    this.#items += length;
    if (this.#items > MAX_REQUEST_ITEMS) {
      throw new MalformedFrameError(`A request has more than ${MAX_REQUEST_ITEMS} items`);
    }
    const items: T[] = [];
    for (let index = 0; index < length; index++) items.push(item());
    return items;
  }

  array<T>(item: () => T): T[] {
    const value = this.nullableArray(item);
    if (value === null) throw new MalformedFrameError('An array that must not be null is null');
    return value;
  }

  /** Skips the tagged fields that end a structure in flexible versions: this broker needs none that exists today. */
  taggedFields(): void {
    if (!this.#flexible) return;
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.#advance(this.unsignedVarint());
    }
  }

  #text(length: number): string | null {
    if (length === -1) return null;
    if (length > MAX_STRING_BYTES) throw new MalformedFrameError(`A string claims ${length} bytes`);
    return this.#view(length).toString('utf8');
  }

  #view(length: number): Buffer {
    const at = this.#advance(length);
    return this.#buffer.subarray(at, at + length);
  }

  #advance(length: number): number {
    if (length < 0 || length > this.remaining) {
      throw new MalformedFrameError(`${length} bytes expected, ${this.remaining} are left`);
    }
    const at = this.#position;
    this.#position += length;
    return at;
  }
}
