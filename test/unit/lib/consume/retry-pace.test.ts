import { RetryPace } from '../../../../lib/consume/retry-pace.ts';

const at = (offset: number, topicPartition = 'events-0') => ({ topicPartition, offset });
const failures = (pace: RetryPace, count: number) =>
  Array.from({ length: count }, () => pace.pauseMs([at(7)]));

test('a first failure is answered at once, and so is a batch without one', () => {
  const pace = new RetryPace();
  expect(pace.pauseMs([])).toBe(0);
  expect(pace.pauseMs([at(7), at(8)])).toBe(0);
});

test('a record that keeps failing waits twice as long each time, up to ten seconds', () => {
  expect(failures(new RetryPace(), 11)).toEqual([
    0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000,
  ]);
});

test('ten thousand attempts take more than a day', () => {
  const inAll = failures(new RetryPace(), 10_000).reduce((sum, pause) => sum + pause);
  expect(inAll).toBeGreaterThan(24 * 60 * 60 * 1_000);
});

test('a partition that goes on begins anew, and the slowest partition decides', () => {
  const pace = new RetryPace();
  failures(pace, 4);
  expect(pace.pauseMs([at(8)])).toBe(0);
  expect(pace.pauseMs([at(8), at(3, 'events-1')])).toBe(100);
  expect(pace.pauseMs([at(9), at(3, 'events-1')])).toBe(100);
});
