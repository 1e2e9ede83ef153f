import {
  desiredPollers,
  pollerLimits,
  sharePartitions,
} from '../../../../../lib/local/mapping/poller-scaling.ts';

const limits = { minimum: 2, maximum: 4 };
const now = { pollers: 2, partitions: 10, lag: 100, batchSize: 100 };

test.each([
  ['stays as it is with some lag', {}, 2],
  ['adds one when they lag behind', { lag: 2_001 }, 3],
  ['adds none beyond the maximum', { pollers: 4, lag: 1_000_000 }, 4],
  ['adds none beyond the partitions', { pollers: 3, partitions: 3, lag: 1_000_000 }, 3],
  ['takes one away when there is nothing to do', { pollers: 4, lag: 0 }, 3],
  ['takes none away below the minimum', { lag: 0 }, 2],
  ['has fewer than the minimum with fewer partitions', { pollers: 2, partitions: 1 }, 1],
  ['has one even without partitions', { partitions: 0 }, 1],
])('a mapping %s', (_, changes, expected) => {
  expect(desiredPollers(limits, { ...now, ...changes })).toBe(expected);
});

test('minimum and maximum that are equal disable scaling', () => {
  const fixed = { minimum: 3, maximum: 3 };
  expect([0, 1_000_000].map((lag) => desiredPollers(fixed, { ...now, pollers: 3, lag }))).toEqual([3, 3]);
});

test('on-demand mode begins with one poller', () => {
  expect(pollerLimits(undefined).minimum).toBe(1);
  expect(pollerLimits(limits)).toEqual(limits);
});

test('each partition belongs to one poller, and they have about as many', () => {
  const partitions = [4, 0, 2, 1, 3].map((partition) => ({ partition }));
  expect(sharePartitions(partitions, 2).map((share) => share.map(({ partition }) => partition))).toEqual([
    [0, 2, 4],
    [1, 3],
  ]);
});
