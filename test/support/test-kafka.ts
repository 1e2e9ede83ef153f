import { startTestBroker } from './broker.ts';
import { administer, createTopic, emptyKafka } from './kafka-administration.ts';

/** The Kafka that a test runs on, without any topic or consumer group. */
export interface TestKafka {
  readonly host: string;
  readonly port: number;
  /** host:port. */
  readonly address: string;
  createTopic(name: string, partitions?: number): Promise<void>;
}

/**
 * Gives a test an empty Kafka: an embedded broker of its own, or the Apache Kafka at TEST_KAFKA_BROKERS, from which
 * everything is deleted. What needs the embedded broker's faults takes `startTestBroker` instead, and runs on that
 * everywhere.
 */
export async function startTestKafka(): Promise<TestKafka> {
  const address = process.env.TEST_KAFKA_BROKERS;
  if (!address) {
    const broker = await startTestBroker();
    const { host, port } = broker;
    return {
      host,
      port,
      address: broker.address,
      createTopic: async (name, partitions) => broker.createTopic(name, partitions),
    };
  }
  await emptyKafka(address);
  const [host = '', port] = address.split(':');
  return {
    host,
    port: Number(port),
    address,
    createTopic: (name, partitions = -1) =>
      administer(address, (admin) => createTopic(admin, name, partitions)),
  };
}
