import { setTimeout as sleep } from 'node:timers/promises';
import { mappingCapacity } from '../../../lib/capacity/consumption.ts';
import { simulate } from '../../../lib/capacity/simulation.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  type KafkaFixture,
  numbers,
  recordingFunction,
  recordsOf,
  startKafkaFixture,
} from '../../support/event-source-mapping.ts';

/** By how much the mapping and its simulation may differ. */
const ERROR = 0.2;
const PARTITIONS = 6;
const EVENTS = 40;
/** The function waits, so that a busy machine has time for everything else: a batch takes 600 ms. */
const consumption = { batchSize: 20, workMs: 30, invocationMs: 0, bytesPerEvent: 2, failureRate: 0 };

let kafka: KafkaFixture;
beforeEach(async () => {
  kafka = await startKafkaFixture({ partitions: PARTITIONS });
});
afterEach(async () => {
  await kafka.stop();
});

/** Events per second of a mapping on the broker, from its first invocation to the end of its last. */
async function measured(pollers: number): Promise<number> {
  const fn = recordingFunction();
  let first = 0;
  let last = 0;
  let done = 0;
  fn.answer = async ({ records }) => {
    first ||= performance.now();
    const counts = Object.values(records).map(({ length }) => length);
    // As a consumer works: the records of a partition one after the other, partitions side by side.
    await sleep(consumption.invocationMs + Math.max(...counts) * consumption.workMs);
    last = performance.now();
    done += counts.reduce((sum, count) => sum + count, 0);
    return {};
  };
  for (let partition = 0; partition < PARTITIONS; partition++) await kafka.send(numbers(EVENTS), partition);
  await kafka.startMapping(fn, {
    batchSize: consumption.batchSize,
    pollers: { minimum: pollers, maximum: pollers, group: undefined },
  });
  await eventually('all events are processed', () => done === PARTITIONS * EVENTS, 30_000);
  expect(recordsOf(fn.events)).toHaveLength(PARTITIONS * EVENTS);
  return done / ((last - first) / 1_000);
}

async function simulated(pollers: number): Promise<number> {
  const { processed, seconds } = await simulate({
    ...consumption,
    partitions: PARTITIONS,
    pollers: { minimum: pollers, maximum: pollers },
    batchingWindowMs: 0,
    eventsPerSecond: 0,
    arrivalSeconds: 0,
    backlog: PARTITIONS * EVENTS,
    seconds: 60,
  });
  expect(processed).toBe(PARTITIONS * EVENTS);
  return processed / seconds;
}

test.each([
  // Of six partitions, five are in flight, so twelve batches take three rounds.
  ['one poller, which keeps five invocations in flight', 1, 133],
  ['two pollers, which keep all six partitions in flight', 2, 200],
])(
  'the simulation processes as many events a second as a mapping with %s',
  async (_case, pollers, expected) => {
    const [onBroker, onPaper] = [await measured(pollers), await simulated(pollers)];
    expect(onPaper / expected).toBeCloseTo(1, 1);
    expect(Math.abs(onBroker / onPaper - 1)).toBeLessThan(ERROR);
    // In short runs the last round may be half empty: the formula is of the long run.
    expect(onPaper).toBeLessThanOrEqual(
      mappingCapacity({ ...consumption, partitions: PARTITIONS, pollers }) * 1.01,
    );
  },
);
