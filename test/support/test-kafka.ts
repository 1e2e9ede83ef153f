import { startTestBroker } from './broker.ts';
import { administer, createTopic, emptyKafka } from './kafka-administration.ts';
import { type NetworkFaults, startKafkaProxy } from './kafka-proxy.ts';

/** The Kafka that a test runs on, without any topic or consumer group. */
export interface TestKafka {
  readonly host: string;
  readonly port: number;
  /** host:port. */
  readonly address: string;
  createTopic(name: string, partitions?: number): void | Promise<void>;
}

/** One whose connections fail on demand. */
export interface FaultyKafka extends TestKafka {
  readonly faults: NetworkFaults;
}

/**
 * Gives a test an empty Kafka: an embedded broker of its own, or the Apache Kafka at TEST_KAFKA_BROKERS, from which
 * everything is deleted. What needs the embedded broker's own faults takes `startTestBroker` instead, and runs on that
 * everywhere.
 */
export async function startTestKafka(): Promise<TestKafka> {
  const address = process.env.TEST_KAFKA_BROKERS;
  return address ? apacheKafka(address) : startTestBroker();
}

/** As {@link startTestKafka}; the faults of Apache Kafka are those of a proxy, which clients know it by. */
export async function startFaultyKafka(): Promise<FaultyKafka> {
  const address = process.env.TEST_KAFKA_BROKERS;
  if (!address) return startTestBroker();
  const kafka = await apacheKafka(address);
  return { ...kafka, ...(await startKafkaProxy(kafka)) };
}

async function apacheKafka(address: string): Promise<TestKafka> {
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
