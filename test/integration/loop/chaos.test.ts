import { temporaryDirectory } from '../../support/broker.ts';
import { startFaultyKafka } from '../../support/test-kafka.ts';
import { runChaos } from './chaos.ts';
import { faultyBroker, faultyConnections } from './chaos-kafka.ts';

/** A new schedule each time; `npm run test:chaos -- --seed N --events N` replays one that failed. */
const seed = Date.now() % 1_000_000;
const events = 2_000;
const onApacheKafka = Boolean(process.env.TEST_KAFKA_BROKERS);
const faulty = onApacheKafka ? 'connections and functions' : 'brokers, connections and functions';

test(`under faults of ${faulty} every accepted event is processed in order and none is lost or stuck (--seed ${seed} --events ${events})`, async () => {
  const kafka = onApacheKafka
    ? faultyConnections(await startFaultyKafka())
    : await faultyBroker(temporaryDirectory());
  const report = await runChaos({ seed, events, kafka });

  expect(report.violations).toEqual([]);
  expect(report.accepted).toBeGreaterThanOrEqual(events);
}, 180_000);
