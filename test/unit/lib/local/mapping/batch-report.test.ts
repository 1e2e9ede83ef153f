import fc from 'fast-check';
import { parseBatchResponse } from '../../../../../lib/local/mapping/batch-report.ts';

const records = [1, 2, 3].map((offset) => ({ topic: 'orders', partition: 0, offset }));
const failures = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an empty object', {}],
  ['an empty list', { batchItemFailures: [] }],
  ['a null list', { batchItemFailures: null }],
])('%s means success', (_, payload) => {
  expect(parseBatchResponse(payload, records)).toEqual({ kind: 'success' });
});

test('known partitions and offsets are the records that failed', () => {
  const response = parseBatchResponse(failures({ partition: 'orders-0', offset: 2 }), records);
  if (response.kind !== 'partial') throw new Error(response.kind);
  expect(records.map(response.isFailed)).toEqual([false, true, false]);
});

test.each([
  ['a string identifier, as for SQS', failures('2'), /is a string: for Kafka it is an object/],
  [
    'an unknown partition',
    failures({ partition: 'orders-1', offset: 2 }),
    /orders-1 offset 2, which was not/,
  ],
  ['an unknown offset', failures({ partition: 'orders-0', offset: 9 }), /orders-0 offset 9, which was not/],
  [
    'one unknown offset among known ones',
    failures({ partition: 'orders-0', offset: 1 }, { partition: 'orders-0', offset: 9 }),
    /\[1\]/,
  ],
  ['an offset as text', failures({ partition: 'orders-0', offset: '2' }), /offset is not an integer/],
  ['a partition as number', failures({ partition: 0, offset: 2 }), /partition is not a string/],
  [
    'the key of an earlier edition of the guide',
    failures({ 'topic-partition': 'orders-0', offset: 2 }),
    /partition/,
  ],
  ['no identifier', { batchItemFailures: [{}] }, /is not an object/],
  ['an item that is null', { batchItemFailures: [null] }, /is not an object/],
  ['a list that is an object', { batchItemFailures: {} }, /is not a list/],
  ['a text', 'ok', /is not an object/],
  ['a list as answer', [], /is not an object/],
])('%s makes the whole batch fail', (_, payload, reason) => {
  expect(parseBatchResponse(payload, records)).toEqual({
    kind: 'invalid',
    reason: expect.stringMatching(reason),
  });
});

test('any JSON value is judged without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const kinds = [value, { batchItemFailures: value }, failures(value)].map(
        (payload) => parseBatchResponse(payload, records).kind,
      );
      expect(['success', 'invalid']).toEqual(expect.arrayContaining(kinds));
    }),
  );
});
