import fc from 'fast-check';
import type { Delivery } from '../../../lib/kafka/producer/producer.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { outcomes, recordOf, soon, testProducer } from '../../support/test-producer.ts';

/** Short, because a silent connection costs it twice. */
const TIMEOUT_MS = 100;
const RUNS = 15;
const KEYS = ['a', 'b', 'c', 'd', 'e'];

const errors = [
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_LEADER_OR_FOLLOWER',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_SERVER_ERROR',
  'INVALID_RECORD',
] as const;

type Step = (broker: Broker) => void | Promise<void>;

const fault: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>(({ faults }) => faults.dropSilently()),
  fc.constant<Step>(({ faults }) => faults.reset()),
  fc.constant<Step>(({ faults }) => faults.moveLeader()),
  fc.constant<Step>(({ faults }) => faults.refuse()),
  fc.constant<Step>(({ faults }) => faults.clear()),
  fc.nat(3).map<Step>(
    (times) =>
      ({ faults }) =>
        faults.stopAcknowledging(times),
  ),
  fc.tuple(fc.constantFrom(...errors), fc.nat(4)).map<Step>(
    ([error, times]) =>
      ({ faults }) =>
        faults.fail('Produce', error, times),
  ),
  fc.constant<Step>(({ faults }) => faults.delay(TIMEOUT_MS * 2, 'Produce')),
  fc.constant<Step>(({ faults }) => faults.throttle(TIMEOUT_MS, 'Produce')),
);

/** Requests that are sent at the same time, each a number of records with a budget, and what happens to the broker. */
const round = fc.record({
  fault,
  requests: fc.array(
    fc.record({
      keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 6 }),
      budgetMs: fc.integer({ min: 0, max: 1_500 }),
    }),
    { maxLength: 3 },
  ),
});

describe('whatever happens', () => {
  test('a delivery report is true, no record is stored twice, and none before an earlier one of its key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), async (rounds) => {
        const broker = await startTestBroker();
        broker.createTopic('events', 3);
        const producer = testProducer([broker.address], { requestTimeout: TIMEOUT_MS });
        const reported = new Map<string, { delivery: Delivery; key: string }>();
        for (const { fault, requests } of rounds) {
          await fault(broker);
          const sent = requests.map(async ({ keys, budgetMs }, request) => {
            const values = keys.map((_, index) => `${reported.size} ${request} ${index}`);
            const records = keys.map((key, index) => recordOf(values[index] ?? '', key));
            const deliveries = await producer.send('events', records, Date.now() + budgetMs);
            return deliveries.map((delivery, index) => ({
              delivery,
              key: keys[index] ?? '',
              value: values[index] ?? '',
            }));
          });
          for (const { value, ...rest } of (await Promise.all(sent)).flat()) reported.set(value, rest);
        }

        await broker.faults.clear();
        expect(outcomes(await producer.send('events', [recordOf('last')], soon()))).toEqual(['delivered']);

        const stored = await readTopic(broker, 'events');
        const places = new Map(
          stored.map(({ value, partition, offset }) => [String(value), { partition, offset }]),
        );
        expect(places.size).toBe(stored.length);
        for (const [value, { delivery }] of reported) {
          const place = places.get(value);
          if (delivery.status === 'delivered') {
            expect(place).toEqual({ partition: delivery.partition, offset: Number(delivery.offset) });
          } else if (delivery.error.code !== 'delivery_unconfirmed') {
            expect(place).toBeUndefined();
          }
        }
        for (const key of KEYS) {
          const offsets = [...reported].flatMap(([value, { key: own, delivery }]) =>
            own === key && delivery.status === 'delivered' ? [places.get(value)?.offset ?? -1] : [],
          );
          expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        }
        await producer.disconnect();
        await broker.stop({ abrupt: true });
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);
});
