import { MalformedFrameError } from '../../../kafka/frames/malformed-frame.ts';
import { MAX_ANSWER_BYTES, MAX_STRING_BYTES } from '../../../kafka/wire/limits.ts';

const INITIAL_CAPACITY = 256;
const MAX_CAPACITY = 1024 * 1024;
const UUID_BYTES = 16;
/** Payloads from this size on are passed on as they are; smaller ones are cheaper to copy. */
const REFERENCE_FROM_BYTES = 1024;
const TWO_TO_THE_32 = 2 ** 32;

/**
 * Writes the primitive types of the Kafka protocol, the counterpart of Reader. Large payloads are not copied:
 * `chunks()` hands out the parts of the message in order.
 *
 * @see {@link https://kafka.apache.org/protocol.html#protocol_types Kafka protocol guide, "Protocol Primitive Types"}
 */
export class Writer {
  readonly #flexible: boolean;
  /** What answers carry as throttle_time_ms. */
  readonly throttleTimeMs: number;
  readonly #done: Buffer[] = [];
  #doneBytes = 0;
  #buffer: Buffer = Buffer.allocUnsafe(INITIAL_CAPACITY);
  #start = 0;
  #position = 0;

  constructor(flexible = false, throttleTimeMs = 0) {
    this.#flexible = flexible;
    this.throttleTimeMs = throttleTimeMs;
  }

  int8(value: number): void {
    const at = this.#advance(1);
    this.#buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#advance(2);
    this.#buffer.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#advance(4);
    this.#buffer.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#advance(8);
    const high = Math.floor(value / TWO_TO_THE_32);
    this.#buffer.writeInt32BE(high, at);
    this.#buffer.writeUInt32BE(value - high * TWO_TO_THE_32, at + 4);
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  uuid(value: string): void {
    const at = this.#advance(UUID_BYTES);
    this.#buffer.write(value.replaceAll('-', ''), at, 'hex');
  }

  unsignedVarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  /** Only a message that quotes a client can exceed Kafka's limit: it is cut off. */
  nullableString(value: string | null): void {
    const bytes = value === null ? -1 : Buffer.byteLength(value);
    if (value !== null && bytes > MAX_STRING_BYTES) {
      // A UTF-16 code unit takes up to three bytes.
      this.nullableString(value.slice(0, Math.floor(MAX_STRING_BYTES / 3)));
      return;
    }
    if (this.#flexible) this.unsignedVarint(bytes + 1);
    else this.int16(bytes);
    if (value === null) return;
    const at = this.#advance(bytes);
    this.#buffer.write(value, at);
  }

  nullableBytes(value: Buffer | readonly Buffer[] | null): void {
    const parts = value === null || Buffer.isBuffer(value) ? [value ?? Buffer.alloc(0)] : value;
    const length = value === null ? -1 : parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#flexible) this.unsignedVarint(length + 1);
    else this.int32(length);
    for (const part of parts) this.#payload(part);
  }

  nullableArray<T>(items: readonly T[] | null, item: (value: T) => void): void {
    const length = items === null ? -1 : items.length;
    if (this.#flexible) this.unsignedVarint(length + 1);
    else this.int32(length);
    for (const value of items ?? []) item(value);
  }

  taggedFields(): void {
    if (this.#flexible) this.unsignedVarint(0);
  }

  /** The bytes written so far. */
  get size(): number {
    return this.#doneBytes + this.#position - this.#start;
  }

  /** The message in order. Nothing must be written afterwards. */
  chunks(): Buffer[] {
    this.#flush();
    return this.#done;
  }

  #byte(value: number): void {
    const at = this.#advance(1);
    this.#buffer.writeUInt8(value, at);
  }

  #payload(bytes: Buffer): void {
    if (bytes.length < REFERENCE_FROM_BYTES) {
      const at = this.#advance(bytes.length);
      bytes.copy(this.#buffer, at);
      return;
    }
    this.#flush();
    this.#done.push(bytes);
    this.#doneBytes += bytes.length;
  }

  #flush(): void {
    if (this.#position === this.#start) return;
    this.#done.push(this.#buffer.subarray(this.#start, this.#position));
    this.#doneBytes += this.#position - this.#start;
    this.#start = this.#position;
  }

  /** Makes room, perhaps in another buffer: #buffer must be looked up after this call, not before. */
  #advance(length: number): number {
    if (this.#position + length > this.#buffer.length) {
      this.#flush();
      if (this.size + length > MAX_ANSWER_BYTES) {
        throw new MalformedFrameError(`The response would have more than ${MAX_ANSWER_BYTES} bytes`);
      }
      this.#buffer = Buffer.allocUnsafe(Math.max(length, Math.min(this.#buffer.length * 2, MAX_CAPACITY)));
      this.#start = 0;
      this.#position = 0;
    }
    const at = this.#position;
    this.#position += length;
    return at;
  }
}
