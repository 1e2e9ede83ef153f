import type { Delivery, Producer } from '../../lib/kafka/producer/producer.ts';
import { readTopic } from './read-topic.ts';
import { sendTo } from './send-to.ts';
import type { TestKafka } from './test-kafka.ts';
import { impatient, outcomes, recordOf, TOPIC, testProducer } from './test-producer.ts';

/** For the machine, not for the producer. */
const SLACK_MS = 1_000;

/** What a test of a producer under faults has. */
interface ProducerUnderFaults<Kafka> {
  /** Where `storedValues` reads; tests replace it by the same broker, started again. */
  broker: Kafka;
  readonly producer: Producer;
  /** Sends one record and fails when the outcome comes later than it must. */
  send(value: string, budgetMs?: number, by?: Producer): Promise<Delivery | undefined>;
  outcomeOf(value: string, budgetMs?: number, by?: Producer): Promise<string | undefined>;
  storedValues(): Promise<string[]>;
}

/**
 * Gives each test a Kafka with one partition of `TOPIC`, and a producer that soon notices a dead connection. Fails each test
 * during which a promise was rejected and nobody heard of it.
 *
 * @param start - `startFaultyKafka`, or `startTestBroker` for the embedded broker's own faults
 */
export function producerUnderFaults<Kafka extends TestKafka>(
  start: () => Promise<Kafka>,
): ProducerUnderFaults<Kafka> {
  let broker: Kafka;
  let producer: Producer;
  refuseUnhandledRejections();
  beforeEach(async () => {
    broker = await start();
    await broker.createTopic(TOPIC, 1);
    producer = testProducer([broker.address], impatient);
  });

  const send = async (value: string, budgetMs = 20_000, by = producer) => {
    const deadline = Date.now() + budgetMs;
    const [delivery] = await sendTo(by, TOPIC, [recordOf(value)], deadline);
    expect(Date.now() - deadline).toBeLessThan(SLACK_MS);
    return delivery;
  };
  return {
    get broker() {
      return broker;
    },
    set broker(another) {
      broker = another;
    },
    get producer() {
      return producer;
    },
    send,
    outcomeOf: async (value, budgetMs, by) => {
      const delivery = await send(value, budgetMs, by);
      return outcomes(delivery ? [delivery] : [])[0];
    },
    storedValues: async () => (await readTopic(broker, TOPIC)).map(({ value }) => String(value)),
  };
}

function refuseUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const remember = (reason: unknown) => unhandled.push(reason);
  beforeAll(() => {
    process.on('unhandledRejection', remember);
  });
  afterAll(() => {
    process.off('unhandledRejection', remember);
  });
  afterEach(() => {
    expect(unhandled.splice(0)).toEqual([]);
  });
}
