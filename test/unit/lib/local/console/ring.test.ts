import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

test.each([
  ['as many bytes as it keeps', ['aaa', 'bbb'], ['aaa', 'bbb']],
  ['one byte more', ['aaa', 'bbb', 'c'], ['bbb', 'c']],
  ['an entry that takes the place of several', ['aa', 'bb', 'c', 'ddddd'], ['c', 'ddddd']],
  ['an entry that is too large alone', ['aaa', 'bbbbbbbbb'], ['bbbbbbbbb']],
] as const)('keeps at most so many bytes: %s', (_case, entries, expected) => {
  const ring = new Ring<string>(100, 6, ({ length }) => length);
  for (const entry of entries) ring.push(entry);
  expect(ring.last(100)).toEqual(expected);
});

test('counts no bytes of what went', () => {
  const ring = new Ring<string>(2, 6, ({ length }) => length);
  for (const entry of ['aaa', 'bbb', 'ccc']) ring.push(entry);
  ring.shift();
  ring.push('ddd');
  expect(ring.last(100)).toEqual(['ccc', 'ddd']);
  ring.clear();
  for (const entry of ['eee', 'fff']) ring.push(entry);
  expect(ring.last(100)).toEqual(['eee', 'fff']);
});

test('gives the oldest entry back, and none when it is empty', () => {
  const ring = filled(2, 3);
  expect([ring.shift(), ring.shift(), ring.shift()]).toEqual([2, 3, undefined]);
  expect(ring.length).toBe(0);
});

test('keeps nothing of an entry that went', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const ring = new Ring<Buffer>(1_000);
  const pushed = Array.from({ length: 10 }, () => {
    const entry = Buffer.alloc(1_000);
    ring.push(entry);
    return new WeakRef(entry);
  });
  for (let count = 0; count < 4; count++) ring.shift();
  // A weak reference that was just made holds its target until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(pushed.map((entry) => entry.deref() !== undefined)).toEqual([
    ...Array(4).fill(false),
    ...Array(6).fill(true),
  ]);
  expect(ring.length).toBe(6);
});
