import type { Delivery, Producer } from '../../../lib/kafka/producer/producer.ts';
import { MAX_BATCH_BYTES, type TopicRecord } from '../../../lib/kafka/record.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { type Outcome, producerDouble } from '../../../lib/testing/producer-double.ts';
import { startTestBroker } from '../../support/broker.ts';
import { testProducer } from '../../support/test-producer.ts';

const record = (topic: string, value: string, key?: string): TopicRecord => ({
  topic,
  key: key === undefined ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: [],
});
const small = [
  record('a', '1', 'k-1'),
  record('a', '2', 'k-2'),
  record('b', '3', 'k-1'),
  record('a', '4', 'k-1'),
  record('a', '5'),
  record('a', '6'),
];
const huge = record('a', 'x'.repeat(MAX_BATCH_BYTES), 'k-1');
/** Longer than all attempts of a producer take. */
const PATIENCE_MS = 60_000;
/** Time to send, but none for an answer that does not come. */
const TIMEOUT_MS = 3_000;

/** What a delivery says, apart from its time. */
const said = (deliveries: readonly Delivery[]) =>
  deliveries.map((delivery) =>
    delivery.status === 'delivered'
      ? [delivery.partition, delivery.offset]
      : [delivery.error.code, delivery.error.retriable],
  );

test.each<[string, Outcome, readonly TopicRecord[], (broker: Broker) => void]>([
  ['delivered', 'delivered', small, () => {}],
  ['refused', 'refused', small, (broker) => broker.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS', 1_000)],
  [
    'too large for the topic',
    'too large',
    small,
    (broker) => broker.faults.fail('Produce', 'MESSAGE_TOO_LARGE', 1_000),
  ],
  ['not answered in time', 'timeout', small, (broker) => broker.faults.stopAcknowledging(1_000)],
  [
    'too large for any topic',
    'delivered',
    [small[0], huge, small[3]].filter((each) => each !== undefined),
    () => {},
  ],
])('the double reports as the real producer does what is %s', async (_case, outcome, records, fault) => {
  const broker = await startTestBroker();
  for (const topic of ['a', 'b']) broker.createTopic(topic, 3);
  const real: Producer = testProducer([broker.address]);
  const double = producerDouble(3);
  // Connects to every leader, so that the fault meets the records alone.
  const before = small;
  expect(said(await double.send(before, Date.now() + PATIENCE_MS))).toEqual(
    said(await real.send(before, Date.now() + PATIENCE_MS)),
  );

  fault(broker);
  double.outcome = outcome;
  const budgetMs = outcome === 'timeout' ? TIMEOUT_MS : PATIENCE_MS;
  const reported = said(await real.send(records, Date.now() + budgetMs));
  expect(said(await double.send(records, Date.now() + budgetMs))).toEqual(reported);
});

test('the outcome can differ by partition', async () => {
  const double = producerDouble(3);
  double.outcome = (topic) => (topic === 'b' ? 'refused' : 'delivered');
  const deliveries = await double.send(small, Date.now());
  expect(deliveries.map(({ status }, index) => [small[index]?.topic, status])).toEqual(
    small.map(({ topic }) => [topic, topic === 'b' ? 'failed' : 'delivered']),
  );
  expect(double.records).toHaveLength(5);
});
