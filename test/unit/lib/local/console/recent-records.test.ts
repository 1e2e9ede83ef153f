import { RecentRecords } from '../../../../../lib/local/console/recent-records.ts';
import { encodeBatch } from '../../../../support/record-batch.ts';

const batchOf = (baseOffset: number, values: readonly string[]) => ({
  kind: 'appended' as const,
  topic: 'events',
  partition: 0,
  baseOffset,
  recordCount: values.length,
  batch: encodeBatch({
    baseOffset,
    records: values.map((value, index) => ({ ...fetched(baseOffset + index), value: Buffer.from(value) })),
  }),
});

const fetched = (offset: number) => ({
  partition: 0,
  offset,
  timestamp: 1,
  timestampType: 'CREATE_TIME' as const,
  key: null,
  value: Buffer.from(String(offset)),
  headers: [],
});

const values = (records: RecentRecords): string[] =>
  [...records.newestFirst()].map(({ record }) => String(record.value));

test('records are found by their place, the newest first', () => {
  const records = new RecentRecords({ records: 10, bytes: 10_000 });
  records.addBatch(batchOf(0, ['a', 'b']), 1);
  records.addBatch(batchOf(2, ['c']), 2);
  expect(values(records)).toEqual(['c', 'b', 'a']);
  expect(records.find('events', 0, 1)).toMatchObject({
    at: 1,
    record: { offset: 1, value: Buffer.from('b') },
  });
  expect(records.find('events', 0, 3)).toBeUndefined();
  expect(records.find('events', 1, 0)).toBeUndefined();
});

test.each([
  ['their number', { records: 3, bytes: 1_000_000 }],
  ['their bytes', { records: 1_000, bytes: 3 * batchOf(0, ['49']).batch.length }],
])('the oldest go when there are too many by %s', (_case, limits) => {
  const records = new RecentRecords(limits);
  for (let offset = 0; offset < 50; offset++) records.addBatch(batchOf(offset, [String(offset)]), offset);
  expect(values(records)).toEqual(['49', '48', '47']);
  expect([records.total, records.kept]).toEqual([50, 3]);
  expect(records.find('events', 0, 10)).toBeUndefined();
});

test('what a mapping fetches is not listed twice', () => {
  const records = new RecentRecords({ records: 10, bytes: 10_000 });
  records.addBatch(batchOf(0, ['a']), 1);
  records.addFetched('events', [fetched(0), fetched(1)], 2);
  records.addFetched('events', [fetched(1)], 3);
  expect(values(records)).toEqual(['1', 'a']);
});

test('a topic that begins anew replaces what it held', () => {
  const records = new RecentRecords({ records: 10, bytes: 10_000 });
  records.addBatch(batchOf(0, ['old']), 1);
  records.addBatch(batchOf(0, ['new']), 2);
  expect(String(records.find('events', 0, 0)?.record.value)).toBe('new');
});
