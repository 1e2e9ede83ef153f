import {
  batchMs,
  type Consumption,
  eventsPerBatch,
  mappingCapacity,
  outage,
} from '../../../../lib/capacity/consumption.ts';

const consumption: Consumption = {
  partitions: 6,
  pollers: 1,
  batchSize: 100,
  bytesPerEvent: 1_000,
  workMs: 10,
  invocationMs: 0,
  failureRate: 0,
};

describe('a batch', () => {
  test.each([
    ['the batch size', {}, 100],
    ['6 MB of JSON, where base64 takes a third more', { bytesPerEvent: 100_000 }, 47],
    ['one event, however large', { bytesPerEvent: 6_000_000 }, 1],
  ])('holds %s', (_case, changes, events) => {
    expect(eventsPerBatch({ ...consumption, ...changes })).toBe(events);
  });

  test('takes the invocation and its events', () => {
    expect(batchMs(2, { workMs: 10, invocationMs: 5, failureRate: 0 })).toBe(25);
  });

  test('that fails takes a pause, and then both halves, which fail as often', () => {
    // Half: 15 / 0.9, and pauses of 200 ms, 400 ms … with a tenth of the chance each.
    const half = 15 / 0.9 + 25;
    const expected = 25 + 0.1 * (100 + 2 * half);
    expect(batchMs(2, { workMs: 10, invocationMs: 5, failureRate: 0.1 })).toBeCloseTo(expected, 1);
  });

  test('of one event that fails half the time takes twice the attempts, and the pauses between them', () => {
    // 10 + 0.5 (100 + 10 + 0.5 (200 + 10 + …)): pauses double up to 10 s.
    const pauses = Array.from(
      { length: 40 },
      (_, index) => 0.5 ** (index + 1) * Math.min(100 * 2 ** index, 10_000),
    );
    const expected = 20 + pauses.reduce((sum, pause) => sum + pause, 0);
    expect(batchMs(1, { workMs: 10, invocationMs: 0, failureRate: 0.5 })).toBeCloseTo(expected, 3);
  });
});

describe('the capacity of a mapping', () => {
  test.each([
    ['one batch of each partition in flight', { partitions: 3 }, 300],
    ['five invocations of a poller', { partitions: 6 }, 500],
    ['five invocations of each of two pollers', { partitions: 12, pollers: 2 }, 1_000],
    ['no more pollers than partitions', { partitions: 2, pollers: 9 }, 200],
    ['5 MB/s of a poller', { partitions: 5, bytesPerEvent: 50_000 }, 100],
  ])('is that of %s', (_case, changes, eventsPerSecond) => {
    expect(mappingCapacity({ ...consumption, ...changes })).toBeCloseTo(eventsPerSecond, 6);
  });
});

test('what waits after an outage is processed by what the capacity has to spare', () => {
  expect(outage(10, 100, 150)).toEqual({ lag: 60_000, catchUpSeconds: 1_200 });
});

test('without capacity to spare, a consumer never catches up', () => {
  expect(outage(10, 100, 100)).toEqual({ lag: 60_000, catchUpSeconds: Number.POSITIVE_INFINITY });
});
