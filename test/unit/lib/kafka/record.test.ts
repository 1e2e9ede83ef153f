import fc from 'fast-check';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0';
import {
  isTooLarge,
  type KafkaRecord,
  MAX_BATCH_BYTES,
  recordBytes,
  splitIntoBatches,
} from '../../../../lib/kafka/record.ts';
import { anyCharacter } from '../../../support/any-character.ts';

const BATCH_HEADER_BYTES = 61;

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const anyRecord: fc.Arbitrary<KafkaRecord> = fc.record({
  key: fc.option(bytes(300)),
  value: fc.option(bytes(20_000)),
  headers: fc.array(fc.tuple(fc.string({ unit: anyCharacter, maxLength: 100 }), bytes(200)), {
    maxLength: 8,
  }),
});

function encodedBytes({ key, value, headers }: KafkaRecord, offsetDelta: number): number {
  const byName = new Map<string, Buffer[]>();
  for (const [name, content] of headers) byName.set(name, [...(byName.get(name) ?? []), content]);
  return encodeRecord({
    key,
    value,
    headers: Object.fromEntries(byName),
    offsetDelta,
    timestampDelta: 0,
  }).size();
}

const recordOf = (size: number): KafkaRecord => ({ key: null, value: Buffer.alloc(size), headers: [] });

describe('recordBytes', () => {
  test('is never less than what is sent', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(10_000), (record, offsetDelta) => {
        expect(recordBytes(record)).toBeGreaterThanOrEqual(encodedBytes(record, offsetDelta));
      }),
    );
  });
});

describe('isTooLarge', () => {
  test('lets the largest event pass that surely fits', () => {
    const overhead = recordBytes(recordOf(0)) + BATCH_HEADER_BYTES;
    expect(isTooLarge(recordOf(MAX_BATCH_BYTES - overhead))).toBe(false);
    expect(isTooLarge(recordOf(MAX_BATCH_BYTES - overhead + 1))).toBe(true);
  });
});

describe('splitIntoBatches', () => {
  const sizes = fc.array(fc.oneof(fc.nat(1_000), fc.integer({ min: 100_000, max: 1_048_400 })), {
    maxLength: 30,
  });

  test('keeps all records in their order', () => {
    fc.assert(
      fc.property(sizes, (lengths) => {
        const records = lengths.map(recordOf);
        expect(splitIntoBatches(records).flat()).toEqual(records);
      }),
      { numRuns: 20 },
    );
  });

  test('makes batches that the topic accepts, and none that is empty', () => {
    fc.assert(
      fc.property(sizes, (lengths) => {
        for (const batch of splitIntoBatches(lengths.map(recordOf))) {
          const sent = batch.map((record, index) => encodedBytes(record, index));
          expect(batch.length).toBeGreaterThan(0);
          expect(sent.reduce((sum, size) => sum + size, BATCH_HEADER_BYTES)).toBeLessThanOrEqual(
            MAX_BATCH_BYTES,
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test('sends many small records as one batch', () => {
    expect(splitIntoBatches(Array.from({ length: 500 }, () => recordOf(1_000)))).toHaveLength(1);
  });

  test('makes nothing of nothing', () => {
    expect(splitIntoBatches([])).toEqual([]);
  });
});
