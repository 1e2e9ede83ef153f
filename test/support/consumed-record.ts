import fc from 'fast-check';
import type { ConsumedRecord } from '../../lib/kafka/reading/consumed-record.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });

/** Everything of a record but its place. */
export const recordContent = fc.record({
  timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.tuple(text, fc.option(bytes)), { maxLength: 5 }),
});

/** Records of one partition with rising offsets, gaps included. */
export const recordRun = (partition: number): fc.Arbitrary<ConsumedRecord[]> =>
  fc
    .tuple(
      fc.integer({ min: 0, max: 2 ** 52 }),
      fc.array(fc.tuple(recordContent, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
    )
    .map(([first, contents, timestampType]) => {
      let offset = first - 1;
      const appended = contents[0]?.[0].timestamp ?? 0;
      return contents.map(([content, step], index) => {
        offset += index === 0 ? 1 : step;
        const timestamp = timestampType === 'LOG_APPEND_TIME' ? appended : content.timestamp;
        return { ...content, timestamp, timestampType, partition, offset };
      });
    });
