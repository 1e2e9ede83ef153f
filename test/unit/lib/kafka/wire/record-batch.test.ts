import fc from 'fast-check';
import { hasValidCrc, placeBatch, readBatchHeader } from '../../../../../lib/kafka/wire/record-batch.ts';
import { recordBatch } from '../../local/broker/record-batches.ts';

test('the header says what the producer wrote', () => {
  const batch = recordBatch({
    values: ['a', 'b', 'c'],
    timestamp: 5_000,
    producerId: 7,
    producerEpoch: 2,
    baseSequence: 9,
  });
  expect(readBatchHeader(batch)).toMatchObject({
    size: batch.length,
    magic: 2,
    lastOffsetDelta: 2,
    recordCount: 3,
    baseTimestamp: 5_000,
    maxTimestamp: 5_002,
    producerId: 7,
    producerEpoch: 2,
    baseSequence: 9,
  });
});

test('a place in the log does not touch what the CRC covers', () => {
  const batch = recordBatch();
  placeBatch(batch, 2 ** 40, 3);
  expect(hasValidCrc(batch)).toBe(true);
  expect(readBatchHeader(batch)?.baseOffset).toBe(2 ** 40);
});

test('any changed byte from the attributes on breaks the CRC', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (position, change) => {
      const batch = recordBatch({ values: ['some', 'values'] });
      const at = 21 + (position % (batch.length - 21));
      batch.writeUInt8((batch.readUInt8(at) ^ change) & 0xff, at);
      expect(hasValidCrc(batch)).toBe(false);
    }),
  );
});

test('arbitrary bytes are a header or none, never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      readBatchHeader(Buffer.from(noise));
    }),
  );
});
