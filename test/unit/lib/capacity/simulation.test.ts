import fc from 'fast-check';
import {
  batchMs,
  type Consumption,
  eventsPerBatch,
  mappingCapacity,
  outage,
  partitionCapacity,
} from '../../../../lib/capacity/consumption.ts';
import { POLLER_BYTES_PER_SECOND } from '../../../../lib/capacity/limits.ts';
import { simulate } from '../../../../lib/capacity/simulation.ts';
import { INVOCATIONS_PER_POLLER } from '../../../../lib/local/mapping/choices.ts';

/** By how much the formulas and the simulation may differ. */
const ERROR = 0.1;
/** A short simulation has few failures, so chance has its part. */
const ERROR_WITH_FAILURES = 0.15;

/** Events and invocations that a simulation may take in a unit test. */
const MOST_EVENTS = 100_000;
const MOST_INVOCATIONS = 10_000;

/** A mapping that always finds events waiting, and how long it runs until its average says something. */
const saturated = fc
  .record({
    partitions: fc.integer({ min: 1, max: 12 }),
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    batchSize: fc.integer({ min: 1, max: 200 }),
    workMs: fc.double({ min: 1, max: 30, noNaN: true }),
    invocationMs: fc.double({ min: 1, max: 20, noNaN: true }),
    failureRate: fc.constantFrom(0, 0, 0.02),
    bytesPerEvent: fc.integer({ min: 50, max: 20_000 }),
  })
  .map(({ share, ...rest }) => {
    const of = { ...rest, pollers: Math.max(1, Math.floor(rest.partitions * share)) };
    const capacity = mappingCapacity(of);
    const batch = eventsPerBatch(of);
    const round = Math.max(batchMs(batch, of) / 1_000, (batch * of.partitions) / capacity);
    // A poller reads 1 MiB of each of its partitions in turn.
    const fetches = 0.21 * Math.ceil(of.partitions / of.pollers);
    const warmUpSeconds = 5 * round + 2 * fetches;
    const seconds = warmUpSeconds + Math.max(30 * round, 20 * fetches);
    return { of, capacity, batch, warmUpSeconds, seconds };
  })
  .filter(
    ({ capacity, batch, seconds }) =>
      capacity * seconds < MOST_EVENTS && (capacity * seconds) / batch < MOST_INVOCATIONS,
  );

/**
 * The most that may be processed. Where a poller has more partitions than invocations and fewer events wait than fill a
 * batch, batches hold events of several partitions, and more partitions are busy than the formula counts on.
 */
function most(of: Consumption, capacity: number): number {
  if (Math.ceil(of.partitions / of.pollers) <= INVOCATIONS_PER_POLLER) return capacity;
  const readable = (of.pollers * POLLER_BYTES_PER_SECOND) / of.bytesPerEvent;
  return Math.max(capacity, Math.min(readable, of.partitions * partitionCapacity(of)));
}

function simulated(of: Parameters<typeof mappingCapacity>[0]) {
  return { ...of, pollers: { minimum: of.pollers, maximum: of.pollers }, batchingWindowMs: 0 };
}

/** Within a share of what is expected. */
function expectNear(actual: number | undefined, expected: number, error: number): void {
  expect(actual).toBeGreaterThan(expected * (1 - error));
  expect(actual).toBeLessThan(expected * (1 + error));
}

test('with enough waiting, the simulated mapping processes what the formula says', async () => {
  await fc.assert(
    fc.asyncProperty(saturated, fc.integer(), async (mapping, seed) => {
      const { of, capacity, batch, warmUpSeconds, seconds } = mapping;
      const { eventsPerSecond } = await simulate({
        ...simulated(of),
        eventsPerSecond: 0,
        arrivalSeconds: 0,
        backlog: Math.ceil(2 * capacity * seconds) + batch * of.partitions,
        seconds,
        warmUpSeconds,
        seed,
      });
      const error = of.failureRate === 0 ? ERROR : ERROR_WITH_FAILURES;
      expect(eventsPerSecond).toBeGreaterThan(capacity * (1 - error));
      expect(eventsPerSecond).toBeLessThan(most(of, capacity) * (1 + error));
    }),
    // Shrinking would simulate for minutes; the counterexample says enough as it is.
    { numRuns: 8, endOnFailure: true },
  );
});

test('what arrives within the capacity is processed as it arrives', async () => {
  const of = { partitions: 5, pollers: 1, batchSize: 100, bytesPerEvent: 1_000, workMs: 10, invocationMs: 5 };
  const result = await simulate({
    ...simulated({ ...of, failureRate: 0 }),
    batchingWindowMs: 500,
    eventsPerSecond: 250,
    arrivalSeconds: 60,
    warmUpSeconds: 10,
  });
  expectNear(result.eventsPerSecond, 250, ERROR);
  expect(result.latency.p99).toBeLessThan(5_000);
});

test('after an outage the simulated mapping catches up in the time that the formula says', async () => {
  const of = { partitions: 4, pollers: 4, batchSize: 50, bytesPerEvent: 500, workMs: 10, invocationMs: 5 };
  const capacity = mappingCapacity({ ...of, failureRate: 0 });
  const eventsPerSecond = capacity * 0.6;
  const { lag, catchUpSeconds } = outage(1, eventsPerSecond, capacity);
  const result = await simulate({
    ...simulated({ ...of, failureRate: 0 }),
    eventsPerSecond,
    arrivalSeconds: 240,
    outageSeconds: 60,
  });
  expectNear(result.mostLag, lag, ERROR);
  expectNear(result.caughtUpAfterSeconds, catchUpSeconds, ERROR);
});

test('pollers are added a minute each while the lag is large, and give the capacity of all of them', async () => {
  const of = {
    partitions: 20,
    batchSize: 10,
    bytesPerEvent: 100,
    workMs: 200,
    invocationMs: 0,
    failureRate: 0,
  };
  const result = await simulate({
    ...of,
    pollers: { minimum: 1, maximum: 4 },
    batchingWindowMs: 0,
    eventsPerSecond: 0,
    arrivalSeconds: 0,
    backlog: 25_000,
    seconds: 300,
    warmUpSeconds: 200,
  });
  expect(result.pollers).toBe(4);
  expectNear(result.eventsPerSecond, mappingCapacity({ ...of, pollers: 4 }), ERROR);
});

test('the same seed gives the same result', async () => {
  const options = {
    ...simulated({
      partitions: 3,
      pollers: 2,
      batchSize: 10,
      bytesPerEvent: 100,
      workMs: 5,
      invocationMs: 5,
      failureRate: 0.1,
    }),
    eventsPerSecond: 100,
    arrivalSeconds: 10,
    seed: 7,
  };
  expect(await simulate(options)).toEqual(await simulate(options));
});
