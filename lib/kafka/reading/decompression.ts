import { kMaxLength } from 'node:buffer';
import * as zlib from 'node:zlib';

/** The compression of a record batch, by its number in the batch attributes: Apache Kafka, "Record batch". */
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Compressed records that unpack to more than what is allowed. */
export class ExpansionLimitError extends Error {
  override readonly name = 'ExpansionLimitError';

  constructor(maxBytes: number) {
    super(`The compressed records unpack to more than ${maxBytes} bytes`);
  }
}

/** Whether this Node.js can read the codec: zstd is in node:zlib since Node.js 22.15 and 23.8. */
export function canDecompress(codec: number): boolean {
  const name = codecs[codec];
  return name === 'zstd' ? 'zstdDecompressSync' in zlib : name !== undefined;
}

/**
 * Decompresses the records of a record batch.
 *
 * @param codec - the three lowest bits of the batch attributes
 * @param maxBytes - how much they may unpack to
 * @throws ExpansionLimitError when they unpack to more
 * @throws Error that names the codec when its bytes are malformed or this Node.js cannot read it
 */
export function decompress(codec: number, bytes: Buffer, maxBytes = Number.MAX_SAFE_INTEGER): Buffer {
  const name = codecs[codec];
  if (name === 'none') return bytes;
  if (name === 'gzip') return inflate(zlib.gunzipSync, bytes, maxBytes);
  if (name === 'snappy') return decompressSnappy(bytes, maxBytes);
  if (name === 'lz4') return decompressLz4(bytes, maxBytes);
  if (name === 'zstd') return decompressZstd(bytes, maxBytes);
  throw new Error(`A record batch is compressed with the unknown codec ${codec}`);
}

function inflate(sync: (...input: [Buffer, zlib.ZlibOptions]) => unknown, bytes: Buffer, maxBytes: number) {
  try {
    const output = sync(bytes, { maxOutputLength: Math.min(maxBytes, kMaxLength) });
    if (Buffer.isBuffer(output)) return output;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error && error.code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new ExpansionLimitError(maxBytes);
    throw error;
  }
  throw new Error('The decompression gave no bytes');
}

function decompressZstd(bytes: Buffer, maxBytes: number): Buffer {
  const decompressSync: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  if (typeof decompressSync !== 'function') {
    throw new Error(
      `Node.js ${process.versions.node} cannot read zstd: use Node.js 22.15 or later, or another compression.type`,
    );
  }
  return inflate((...input) => decompressSync(...input), bytes, maxBytes);
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version and compatible version. */
const XERIAL_HEADER_BYTES = 16;

/** Snappy as Java clients frame it (xerial blocks), or one raw block as others send it. */
function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return decompressSnappyBlock(bytes, maxBytes);
  }
  const blocks: Buffer[] = [];
  let left = maxBytes;
  const input = new Input(bytes);
  input.take(XERIAL_HEADER_BYTES);
  while (input.left > 0) {
    const block = decompressSnappyBlock(input.take(input.take(4).readUInt32BE()), left);
    blocks.push(block);
    left -= block.length;
  }
  return Buffer.concat(blocks);
}

/** Google Snappy, "Compressed format description". */
function decompressSnappyBlock(bytes: Buffer, maxBytes: number): Buffer {
  const input = new Input(bytes);
  const size = input.unsignedVarint();
  if (size > maxBytes) throw new ExpansionLimitError(maxBytes);
  // What the bytes claim need not be true: the output grows as far as they reach.
  const output = new Output(Math.min(size, 64 * bytes.length), maxBytes);
  while (input.left > 0) {
    const tag = input.byte();
    const kind = tag & 0b11;
    const upper = tag >> 2;
    if (kind === 0) {
      const length = 1 + (upper < 60 ? upper : input.littleEndian(upper - 59));
      output.append(input.take(length));
    } else if (kind === 1) {
      const distance = ((tag >> 5) << 8) | input.byte();
      output.repeat(distance, 4 + (upper & 0b111));
    } else {
      output.repeat(input.littleEndian(kind === 2 ? 2 : 4), 1 + upper);
    }
  }
  if (output.bytes().length !== size) throw new Error('The compressed records are not as long as they say');
  return output.bytes();
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_MINIMUM_MATCH = 4;

/** LZ4 Frame Format Description; checksums are not verified, as the record batch has its own. */
function decompressLz4(bytes: Buffer, maxBytes: number): Buffer {
  const input = new Input(bytes);
  if (input.littleEndian(4) !== LZ4_MAGIC) throw new Error('The records are not an lz4 frame');
  const flags = input.byte();
  const hasBlockChecksum = (flags & 0b1_0000) !== 0;
  const hasContentSize = (flags & 0b1000) !== 0;
  const hasDictionary = (flags & 0b1) !== 0;
  // Block size and header checksum.
  input.take(2 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0));
  const output = new Output(Math.min(bytes.length * 4, maxBytes), maxBytes);
  for (;;) {
    const header = input.littleEndian(4);
    if (header === 0) return output.bytes();
    const block = input.take(header & 0x7fff_ffff);
    if (header >>> 31 === 1) output.append(block);
    else decompressLz4Block(block, output);
    if (hasBlockChecksum) input.take(4);
  }
}

/** LZ4 Block Format Description. Blocks may refer to what earlier blocks of the frame gave. */
function decompressLz4Block(block: Buffer, output: Output): void {
  const input = new Input(block);
  const longer = (length: number): number => {
    if (length !== 15) return length;
    for (let total = length; ; ) {
      const byte = input.byte();
      total += byte;
      if (byte !== 255) return total;
    }
  };
  while (input.left > 0) {
    const token = input.byte();
    output.append(input.take(longer(token >> 4)));
    if (input.left === 0) return; // The last sequence has literals only.
    const distance = input.littleEndian(2);
    output.repeat(distance, LZ4_MINIMUM_MATCH + longer(token & 0b1111));
  }
}

/** Compressed bytes that are left to read. */
class Input {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error('The compressed records end too early');
    return byte;
  }

  /** @param length - in bytes, 1 to 4 */
  littleEndian(length: number): number {
    return this.take(length).readUIntLE(0, length);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
  }

  /** A view of the next bytes. */
  take(length: number): Buffer {
    if (length > this.left) throw new Error('The compressed records end too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** Decompressed bytes so far: literals are appended, matches repeat what is there already. */
class Output {
  #buffer: Buffer;
  readonly #maxBytes: number;
  #length = 0;

  constructor(expected: number, maxBytes: number) {
    this.#buffer = Buffer.allocUnsafe(expected);
    this.#maxBytes = maxBytes;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  append(literals: Buffer): void {
    this.#reserve(literals.length);
    literals.copy(this.#buffer, this.#length);
    this.#length += literals.length;
  }

  repeat(distance: number, length: number): void {
    const from = this.#length - distance;
    if (distance === 0 || from < 0)
      throw new Error('The compressed records refer to bytes before their start');
    this.#reserve(length);
    // Byte by byte where the match overlaps what it produces.
    if (distance >= length) this.#buffer.copyWithin(this.#length, from, from + length);
    else {
      for (let index = 0; index < length; index++) {
        this.#buffer[this.#length + index] = this.#buffer.readUInt8(from + index);
      }
    }
    this.#length += length;
  }

  #reserve(length: number): void {
    if (this.#length + length > this.#maxBytes) throw new ExpansionLimitError(this.#maxBytes);
    if (this.#length + length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#length + length, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
