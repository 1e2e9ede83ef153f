import { Ring } from '../../../../../lib/local/console/ring.ts';

const filled = (capacity: number, count: number): Ring<number> => {
  const ring = new Ring<number>(capacity);
  for (let entry = 1; entry <= count; entry++) ring.push(entry);
  return ring;
};

test.each([
  ['fewer than it keeps', 3, [1, 2, 3]],
  ['as many as it keeps', 5, [1, 2, 3, 4, 5]],
  ['many more', 23, [19, 20, 21, 22, 23]],
] as const)('keeps the last entries: %s', (_case, count, expected) => {
  const ring = filled(5, count);
  expect(ring.length).toBe(expected.length);
  expect(ring.last(10)).toEqual(expected);
  expect([...ring.newestFirst()]).toEqual(expected.toReversed());
  expect(ring.oldest).toBe(expected[0]);
});

test('gives the oldest entry back, and none when it is empty', () => {
  const ring = filled(2, 3);
  expect([ring.shift(), ring.shift(), ring.shift()]).toEqual([2, 3, undefined]);
  expect(ring.length).toBe(0);
});
