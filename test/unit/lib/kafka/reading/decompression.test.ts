import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { decompress } from '../../../../../lib/kafka/reading/decompression.ts';

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const text = 'to be or not to be, that is the question: '.repeat(6);

/** The records of a batch with `text` as its value, as librdkafka 2 compressed it. */
const snappyBlock = Buffer.from(
  'hQJQhgQAAAAB+AN0byBiZSBvciBub3QgBQ1YLCB0aGF0IGlzIHRoZSBxdWVzdGlvbjoJHf4qAP4qAP4qADIqAAAA',
  'base64',
);

describe('records are decompressed from', () => {
  test.each([
    ['nothing', 0, Buffer.from(text)],
    ['gzip', GZIP, gzipSync(text)],
    [
      'lz4 with independent blocks and a frame checksum',
      LZ4,
      'BCJNGGRApzUAAADRdG8gYmUgb3Igbm90IA0A8ggsIHRoYXQgaXMgdGhlIHF1ZXN0aW9uOh0ADyoAtVBpb246IAAAAACuQs6+',
    ],
    [
      'lz4 with content size and block checksums',
      LZ4,
      'BCJNGHxA/AAAAAAAAACIMwAAANF0byBiZSBvciBub3QgDQD/CSwgdGhhdCBpcyB0aGUgcXVlc3Rpb246ICoAulBpb246INwshp8AAAAArkLOvg==',
    ],
    [
      'lz4 without checksums',
      LZ4,
      'BCJNGGBAgjUAAADRdG8gYmUgb3Igbm90IA0A8ggsIHRoYXQgaXMgdGhlIHF1ZXN0aW9uOh0ADyoAtVBpb246IAAAAAA=',
    ],
  ])('%s', (_, codec, compressed) => {
    const bytes = typeof compressed === 'string' ? Buffer.from(compressed, 'base64') : compressed;
    expect(decompress(codec, bytes).toString()).toBe(text);
  });

  test('snappy as one block, as librdkafka sends it', () => {
    expect(decompress(SNAPPY, snappyBlock).toString()).toContain(text);
  });

  test('snappy in xerial blocks, as Java clients send it', () => {
    const header = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex');
    const length = Buffer.alloc(4);
    length.writeInt32BE(snappyBlock.length);
    const framed = Buffer.concat([header, length, snappyBlock, length, snappyBlock]);
    const once = decompress(SNAPPY, snappyBlock);
    expect(decompress(SNAPPY, framed)).toEqual(Buffer.concat([once, once]));
  });
});

test('an lz4 block that is stored is taken as it is', () => {
  const stored = randomBytes(300);
  const header = Buffer.from('04224d18604082', 'hex');
  const length = Buffer.alloc(4);
  length.writeUInt32LE((0x8000_0000 | stored.length) >>> 0);
  expect(decompress(LZ4, Buffer.concat([header, length, stored, Buffer.alloc(4)]))).toEqual(stored);
});

test.each([
  ['snappy that refers to bytes before its start', SNAPPY, Buffer.from([5, 0b0000_0001, 9])],
  ['snappy that ends too early', SNAPPY, Buffer.from([5, 0b0001_0000, 1])],
  ['lz4 without its magic number', LZ4, Buffer.alloc(20)],
  ['an unknown codec', 7, Buffer.alloc(1)],
])('%s is refused', (_, codec, bytes) => {
  expect(() => decompress(codec, bytes)).toThrow();
});

test('zstd is read where Node.js can, else the message says what to change', () => {
  const hello = Buffer.from('KLUv/QRYKQAAaGVsbG+jbZ+I', 'base64');
  let result: string;
  try {
    result = decompress(4, hello).toString();
  } catch (error) {
    result = String(error);
  }
  expect(result).toMatch(/^hello$|use Node\.js 22\.15 or later, or another compression\.type/);
});
