import { type ConnectionOptions, connectionOptions } from '../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { createProducer, type Delivery, type Producer } from '../../lib/kafka/producer/producer.ts';
import type { KafkaRecord } from '../../lib/kafka/record.ts';
import { createLog } from '../../lib/log.ts';

export const TOPIC = 'events';
/** What a dead connection costs in tests that have one; four seconds in production. */
export const TIMEOUT_MS = 300;
/** The connections of a producer that notices such a connection soon. A busy machine may take longer than that for an answer. */
export const impatient: Partial<ConnectionOptions> = {
  connectionTimeout: TIMEOUT_MS,
  authenticationTimeout: TIMEOUT_MS,
  requestTimeout: TIMEOUT_MS,
};

const producers: Producer[] = [];

// Registered by the import, as the brokers of test/support/broker.ts are.
afterEach(async () => {
  await Promise.all(producers.splice(0).map((producer) => producer.disconnect()));
});

/** A producer for the brokers at these addresses; it is disconnected after the test. */
export function testProducer(
  addresses: readonly string[],
  connection: Partial<ConnectionOptions> = {},
): Producer {
  const configuration = kafkaConfiguration({ KAFKA_BROKERS: addresses.join(',') });
  const producer = createProducer(
    async () => ({ ...(await connectionOptions(configuration)), ...connection }),
    createLog({ write: () => {} }),
  );
  producers.push(producer);
  return producer;
}

/** A record with a value that tells it apart; without a key it goes to any partition. */
export function recordOf(value: string, key?: string): KafkaRecord {
  return { key: key === undefined ? null : Buffer.from(key), value: Buffer.from(value), headers: [] };
}

/** Time enough for anything that works. */
export function soon(): number {
  return Date.now() + 20_000;
}

/** `delivered`, or the code of the error, of each. */
export function outcomes(deliveries: readonly Delivery[]): string[] {
  return deliveries.map((delivery) => (delivery.status === 'failed' ? delivery.error.code : delivery.status));
}

/** Where a record was stored; fails for one that was not. */
export function placeOf(delivery: Delivery | undefined): { partition: number; offset: number } {
  if (delivery?.status !== 'delivered') throw new Error(`not delivered: ${delivery?.error.message}`);
  return { partition: delivery.partition, offset: Number(delivery.offset) };
}
