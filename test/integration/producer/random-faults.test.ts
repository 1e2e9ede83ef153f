import fc from 'fast-check';
import type { Delivery } from '../../../lib/kafka/producer/producer.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import { type FaultyKafka, startFaultyKafka } from '../../support/test-kafka.ts';
import { impatient, outcomes, recordOf, soon, testProducer } from '../../support/test-producer.ts';

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

type Step<Kafka> = (kafka: Kafka) => void | Promise<void>;

const networkFaults: readonly fc.Arbitrary<Step<FaultyKafka>>[] = [
  fc.constant(({ faults }) => faults.dropSilently()),
  fc.constant(({ faults }) => faults.reset()),
  fc.constant(({ faults }) => faults.refuse()),
  fc.constant(({ faults }) => faults.clear()),
  fc.nat(3).map(
    (times) =>
      ({ faults }) =>
        faults.stopAcknowledging(times),
  ),
  fc.constant(({ faults }) => faults.delay(TIMEOUT_MS * 2, 'Produce')),
];

const brokerFaults: readonly fc.Arbitrary<Step<Broker>>[] = [
  fc.constant(({ faults }) => faults.moveLeader()),
  fc.tuple(fc.constantFrom(...errors), fc.nat(4)).map(
    ([error, times]) =>
      ({ faults }) =>
        faults.fail('Produce', error, times),
  ),
  fc.constant(({ faults }) => faults.throttle(TIMEOUT_MS, 'Produce')),
];

/** Requests that are sent at the same time, each a number of records with a budget, and what happens before. */
const roundOf = <Kafka>(fault: fc.Arbitrary<Step<Kafka>>) =>
  fc.record({
    fault,
    requests: fc.array(
      fc.record({
        keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 6 }),
        budgetMs: fc.integer({ min: 0, max: 1_500 }),
      }),
      { maxLength: 3 },
    ),
  });

/**
 * Checks that delivery reports are true, no record is stored twice, and none before an earlier one of its key.
 *
 * @param start - a Kafka for each run
 * @param fault - what happens to it
 */
function keepsItsPromises<Kafka extends FaultyKafka>(
  start: () => Promise<Kafka>,
  fault: fc.Arbitrary<Step<Kafka>>,
): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.array(roundOf(fault), { minLength: 1, maxLength: 6 }), async (rounds) => {
      const broker = await start();
      await broker.createTopic('events', 3);
      const producer = testProducer([broker.address], { ...impatient, requestTimeout: TIMEOUT_MS });
      const reported = new Map<string, { delivery: Delivery; key: string }>();
      for (const { fault, requests } of rounds) {
        await fault(broker);
        const sent = requests.map(async ({ keys, budgetMs }, request) => {
          const values = keys.map((_, index) => `${reported.size} ${request} ${index}`);
          const records = keys.map((key, index) => recordOf(values[index] ?? '', key));
          const deliveries = await sendTo(producer, 'events', records, Date.now() + budgetMs);
          return deliveries.map((delivery, index) => ({
            delivery,
            key: keys[index] ?? '',
            value: values[index] ?? '',
          }));
        });
        for (const { value, ...rest } of (await Promise.all(sent)).flat()) reported.set(value, rest);
      }

      await broker.faults.clear();
      expect(outcomes(await sendTo(producer, 'events', [recordOf('last')], soon()))).toEqual(['delivered']);

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
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}

const promises =
  'a delivery report is true, no record is stored twice, and none before an earlier one of its key';

test(`whatever happens to connections: ${promises}`, () =>
  keepsItsPromises(startFaultyKafka, fc.oneof(...networkFaults)));

describe('the embedded broker', () => {
  test(`whatever else happens to it: ${promises}`, () =>
    keepsItsPromises(startTestBroker, fc.oneof(...networkFaults, ...brokerFaults)));
});
