import { int32, startKafkaProxy } from '../../support/kafka-proxy.ts';
import { producerUnderFaults } from '../../support/producer-under-faults.ts';
import { startFaultyKafka } from '../../support/test-kafka.ts';
import { impatient, testProducer } from '../../support/test-producer.ts';

/** Time for several attempts, but not for all that the producer makes. */
const BUDGET_MS = 2_000;

const setup = producerUnderFaults(startFaultyKafka);
const { outcomeOf } = setup;

describe('garbage from a broker in the middle of publishing', () => {
  const PRODUCE = 0;
  const METADATA = 3;

  test.each<[string, number, Buffer, string]>([
    ['text in place of the acknowledgement', PRODUCE, Buffer.from('HTTP/1.1 400'), 'delivery_unconfirmed'],
    ['an empty acknowledgement', PRODUCE, Buffer.alloc(0), 'delivery_unconfirmed'],
    ['an acknowledgement of 2 billion topics', PRODUCE, int32(2 ** 31 - 1), 'delivery_unconfirmed'],
    ['an acknowledgement of no topics', PRODUCE, Buffer.alloc(8), 'delivery_unconfirmed'],
    ['text in place of metadata', METADATA, Buffer.from('HTTP/1.1 400'), 'broker_unreachable'],
    ['empty metadata', METADATA, Buffer.alloc(0), 'broker_unreachable'],
    ['metadata of 2 billion brokers', METADATA, int32(2 ** 31 - 1), 'broker_unreachable'],
  ])('%s is no fault of this service', async (_case, garbled, bytes, expected) => {
    const proxy = await startKafkaProxy(setup.broker, {
      answer: (apiKey) => (apiKey === garbled ? bytes : undefined),
    });
    expect(await outcomeOf('a', BUDGET_MS, testProducer([proxy.address], impatient))).toBe(expected);
  });
});
