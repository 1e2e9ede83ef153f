import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { MAX_BATCH_BYTES } from '../../../../../../lib/kafka/record.ts';
import { hasValidCrc, readBatchHeader } from '../../../../../../lib/kafka/wire/record-batch.ts';
import { validateBatch } from '../../../../../../lib/local/broker/log/batch-validation.ts';
import { type BatchOptions, CODECS, recordBatch } from '../record-batches.ts';

const { gzip, snappy, lz4 } = CODECS;
const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 5);
const flipped = (at: number) => (bytes: Buffer) => {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 0xff, at);
  return changed;
};
const validate = (options: BatchOptions, maxBytes = MAX_BATCH_BYTES) =>
  validateBatch(recordBatch({ values: ['a', 'b', 'c'], ...options }), maxBytes);

test.each([['uncompressed', {}], ...Object.entries(CODECS)])('valid records are accepted, %s', (_, codec) => {
  expect(validate(codec)).toMatchObject({ recordCount: 3 });
});

describe('a batch whose CRC is right and whose content is not is refused:', () => {
  const GARBAGE = Buffer.from('no compressed records');
  test.each<[string, BatchOptions, string]>([
    ['gzip that is garbage', { attributes: 1, encode: () => GARBAGE }, 'INVALID_RECORD'],
    ['gzip cut short', { attributes: 1, encode: (r) => cut(gzipSync(r)) }, 'INVALID_RECORD'],
    [
      'gzip with a broken checksum',
      { attributes: 1, encode: (r) => flipped(12)(gzipSync(r)) },
      'INVALID_RECORD',
    ],
    ['snappy that is garbage', { attributes: 2, encode: () => GARBAGE }, 'INVALID_RECORD'],
    ['snappy cut short', { attributes: 2, encode: (r) => cut(snappy.encode(r)) }, 'INVALID_RECORD'],
    [
      'snappy that claims another size',
      { attributes: 2, encode: (r) => flipped(0)(snappy.encode(r)) },
      'INVALID_RECORD',
    ],
    [
      'snappy in a block of negative length',
      {
        attributes: 2,
        encode: () => Buffer.from('82534e415050590000000001000000' + '01fffffffc', 'hex'),
      },
      'INVALID_RECORD',
    ],
    ['lz4 that is garbage', { attributes: 3, encode: () => GARBAGE }, 'INVALID_RECORD'],
    ['lz4 cut short', { attributes: 3, encode: (r) => cut(lz4.encode(r)) }, 'INVALID_RECORD'],
    ['uncompressed records that claim to be gzip', { attributes: 1 }, 'INVALID_RECORD'],
    ['compressed records that claim not to be', { encode: gzip.encode }, 'INVALID_RECORD'],
    ['codec 5', { attributes: 5 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['codec 7', { attributes: 7 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['more records than there are', { recordCount: 4, lastOffsetDelta: 3 }, 'INVALID_RECORD'],
    ['fewer records than there are', { recordCount: 2, lastOffsetDelta: 1 }, 'INVALID_RECORD'],
    ['no record', { values: [] }, 'INVALID_RECORD'],
    ['2^31 - 1 records', { recordCount: 2 ** 31 - 1, lastOffsetDelta: 2 ** 31 - 2 }, 'INVALID_RECORD'],
    ['a negative number of records', { recordCount: -1, lastOffsetDelta: -2 }, 'INVALID_RECORD'],
    ['a last offset delta that is too large', { lastOffsetDelta: 3 }, 'INVALID_RECORD'],
    ['a record length that is too long', { encode: flipped(0) }, 'INVALID_RECORD'],
    ['a record attribute where the length was', { encode: (r) => r.subarray(1) }, 'INVALID_RECORD'],
    ['offset deltas that are not 0, 1, 2', { encode: flipped(3) }, 'INVALID_RECORD'],
    ['a key length that is too long', { encode: (r) => changed(r, 4, 20) }, 'INVALID_RECORD'],
    ['a value length below -1', { encode: (r) => changed(r, 5, 3) }, 'INVALID_RECORD'],
    ['headers that are not there', { encode: (r) => changed(r, 7, 2) }, 'INVALID_RECORD'],
    ['bytes behind the last record', { encode: (r) => Buffer.concat([r, r]) }, 'INVALID_RECORD'],
    ['a base offset other than 0', { baseOffset: 7 }, 'INVALID_RECORD'],
    ['the timestamp type LogAppendTime', { attributes: 0b1000 }, 'INVALID_TIMESTAMP'],
  ])('%s', (_, options, error) => {
    expect(validate(options)).toMatchObject({ error });
  });
});

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(value, at);
  return copy;
}

test.each([
  ['gzip', { attributes: 1, encode: () => gzipSync(Buffer.alloc(65 * 1024 * 1024)) }],
  ['snappy that claims 4 GB', { attributes: 2, encode: () => Buffer.from('ffffffff0f00', 'hex') }],
  ['lz4', { attributes: 3, encode: () => lz4Bomb() }],
])('records that unpack to more than 64 MiB are refused: %s', (_, options) => {
  expect(validate(options)).toMatchObject({
    error: 'MESSAGE_TOO_LARGE',
    message: expect.stringContaining('67108864'),
  });
});

/** One block: a literal and a match of 70 MB over it. */
function lz4Bomb(): Buffer {
  const block = Buffer.concat([
    Buffer.from([0x1f, 0x61, 1, 0]),
    Buffer.alloc(280_000, 255),
    Buffer.from([0]),
  ]);
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 0, 0, 0, 0]);
  header.writeUInt32LE(block.length, 7);
  return Buffer.concat([header, block, Buffer.alloc(4)]);
}

test('a latest time that is not that of the records is put right, and the CRC with it', () => {
  const batch = recordBatch({ values: ['a', 'b'], timestamp: 1_000, maxTimestamp: 9_999_999, ...gzip });
  expect(validateBatch(batch, MAX_BATCH_BYTES)).toMatchObject({ maxTimestamp: 1_001 });
  expect(readBatchHeader(batch)?.maxTimestamp).toBe(1_001);
  expect(hasValidCrc(batch)).toBe(true);
});

test('arbitrary records are accepted or refused, in any codec, never an error', () => {
  void fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(7),
      fc.integer({ min: -2, max: 5 }),
      (noise, attributes, recordCount) => {
        validate({
          attributes,
          recordCount,
          lastOffsetDelta: recordCount - 1,
          encode: () => Buffer.from(noise),
        });
      },
    ),
    { numRuns: 2000 },
  );
});
