import type { Delivery, Producer } from '../../lib/kafka/producer/producer.ts';
import type { Broker } from '../../lib/local/broker/broker.ts';
import { readTopic } from './read-topic.ts';
import { sendTo } from './send-to.ts';
import { outcomes, recordOf, TOPIC } from './test-producer.ts';

/** For the machine, not for the producer. */
const SLACK_MS = 1_000;

/** What the tests of a producer under faults use; both are asked for at each call, as tests replace them. */
export function producerOutcomes(
  producer: () => Producer,
  broker: () => Pick<Broker, 'address'>,
): {
  /** Sends one record and fails when the outcome comes later than it must. */
  send(value: string, budgetMs?: number, by?: Producer): Promise<Delivery | undefined>;
  outcomeOf(value: string, budgetMs?: number, by?: Producer): Promise<string | undefined>;
  storedValues(): Promise<string[]>;
} {
  const send = async (value: string, budgetMs = 5_000, by = producer()) => {
    const deadline = Date.now() + budgetMs;
    const [delivery] = await sendTo(by, TOPIC, [recordOf(value)], deadline);
    expect(Date.now() - deadline).toBeLessThan(SLACK_MS);
    return delivery;
  };
  return {
    send,
    outcomeOf: async (value, budgetMs, by) => {
      const delivery = await send(value, budgetMs, by);
      return outcomes(delivery ? [delivery] : [])[0];
    },
    storedValues: async () => (await readTopic(broker(), TOPIC)).map(({ value }) => String(value)),
  };
}

/** Fails each test during which a promise was rejected and nobody heard of it. */
export function refuseUnhandledRejections(): void {
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
