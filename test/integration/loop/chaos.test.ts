import { temporaryDirectory } from '../../support/broker.ts';
import { runChaos } from './chaos.ts';

/** A new schedule each time; `npm run test:chaos -- --seed N --events N` replays one that failed. */
const seed = Date.now() % 1_000_000;
const events = 2_000;

test(`under faults every accepted event is processed in order and none is lost or stuck (--seed ${seed} --events ${events})`, async () => {
  const report = await runChaos({ seed, events, dataDirectory: temporaryDirectory() });

  expect(report.violations).toEqual([]);
  expect(report.accepted).toBeGreaterThanOrEqual(events);
}, 180_000);
