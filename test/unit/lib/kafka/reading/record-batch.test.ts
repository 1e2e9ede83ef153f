import fc from 'fast-check';
import type { ConsumedRecord } from '../../../../../lib/kafka/reading/consumed-record.ts';
import { decodeBatches } from '../../../../../lib/kafka/reading/record-batch.ts';
import { recordRun } from '../../../../support/consumed-record.ts';
import { encodeBatch, endOfTransaction, TRANSACTIONAL } from '../../../../support/record-batch.ts';

function records(first: number, count: number): ConsumedRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition: 0,
    offset: first + index,
    timestamp: 1_760_000_000_000 + index,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from(`value ${first + index}`),
    headers: [],
  }));
}

const offsetsOf = (decoded: { records: readonly ConsumedRecord[] }) =>
  decoded.records.map(({ offset }) => offset);

test('records come out as they were produced: any bytes, null key and value, headers in order and repeated', () => {
  fc.assert(
    fc.property(recordRun(3), (run) => {
      const baseOffset = run[0]?.offset ?? 0;
      const decoded = decodeBatches(encodeBatch({ baseOffset, records: run }), {
        partition: 3,
        offset: baseOffset,
        abortedTransactions: [],
      });
      expect(decoded.records).toEqual(run);
      expect(decoded.nextOffset).toBe((run.at(-1)?.offset ?? 0) + 1);
    }),
  );
});

test('records before the offset that was asked for are left out', () => {
  const set = encodeBatch({ baseOffset: 10, records: records(10, 5) });
  const decoded = decodeBatches(set, { partition: 0, offset: 13, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([13, 14]);
});

test('a batch that the fetch cut off is left for the next one', () => {
  const whole = encodeBatch({ baseOffset: 0, records: records(0, 2) });
  const set = Buffer.concat([whole, encodeBatch({ baseOffset: 2, records: records(2, 2) }).subarray(0, 80)]);
  const decoded = decodeBatches(set, { partition: 0, offset: 0, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([0, 1]);
  expect(decoded.nextOffset).toBe(2);
});

test('control records are not for consumers, but reading goes on behind them', () => {
  const set = Buffer.concat([
    encodeBatch({ baseOffset: 0, records: records(0, 1), producerId: 7, attributes: TRANSACTIONAL }),
    endOfTransaction(1, 7, 'commit'),
  ]);
  const decoded = decodeBatches(set, { partition: 0, offset: 0, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([0]);
  expect(decoded.nextOffset).toBe(2);
});

test('records of an aborted transaction are left out, those of others and of a later one are not', () => {
  const set = Buffer.concat([
    encodeBatch({ baseOffset: 0, records: records(0, 1), producerId: 7, attributes: TRANSACTIONAL }),
    encodeBatch({ baseOffset: 1, records: records(1, 1), producerId: 8, attributes: TRANSACTIONAL }),
    encodeBatch({ baseOffset: 2, records: records(2, 1) }),
    endOfTransaction(3, 7, 'abort'),
    encodeBatch({ baseOffset: 4, records: records(4, 1), producerId: 7, attributes: TRANSACTIONAL }),
    endOfTransaction(5, 7, 'commit'),
  ]);
  const decoded = decodeBatches(set, {
    partition: 0,
    offset: 0,
    abortedTransactions: [{ producerId: 7, firstOffset: 0 }],
  });
  expect(offsetsOf(decoded)).toEqual([1, 2, 4]);
});

test('messages of a format before Kafka 0.11 are refused with a sentence', () => {
  const set = encodeBatch({ baseOffset: 0, records: records(0, 1) });
  set.writeInt8(1, 16);
  expect(() => decodeBatches(set, { partition: 0, offset: 0, abortedTransactions: [] })).toThrow(
    /format before Kafka 0\.11/,
  );
});

test('any bytes are decoded or refused with an error', () => {
  const header = fc.record({
    size: fc.integer({ min: -100, max: 200 }),
    attributes: fc.integer({ min: 0, max: 0x3f }),
    count: fc.integer({ min: -2, max: 100 }),
    rest: fc.uint8Array({ maxLength: 150 }),
  });
  fc.assert(
    fc.property(header, ({ size, attributes, count, rest }) => {
      const set = Buffer.concat([encodeBatch({ baseOffset: 0, records: [] }), rest]);
      set.writeInt32BE(size, 8);
      set.writeInt16BE(attributes, 21);
      set.writeInt32BE(count, 57);
      try {
        decodeBatches(set, { partition: 0, offset: 0, abortedTransactions: [] });
      } catch (error) {
        expect(String(error)).toMatch(/Error/);
      }
    }),
    { numRuns: 1_000 },
  );
});
