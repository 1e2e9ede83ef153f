import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { type Broker, type BrokerOptions, startBroker } from '../../lib/local/broker/broker.ts';

const brokers: Broker[] = [];
const directories: string[] = [];

// Registered by the import: whoever starts a broker in a test, beforeEach or beforeAll need not stop it.
afterAll(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.stop({ abrupt: true })));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Starts a broker on a free port, in memory unless a data directory is given; it is stopped after the test file. */
export async function startTestBroker(options: BrokerOptions = {}): Promise<Broker> {
  const broker = await startBroker({ port: 0, ...options });
  brokers.push(broker);
  return broker;
}

/** An empty directory that is removed after the test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'broker-'));
  directories.push(directory);
  return directory;
}

/** A kafkajs client of that broker: quiet, with short timeouts and few retries unless `config` says otherwise. */
export function kafkaClient(broker: Pick<Broker, 'address'>, config: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers: [broker.address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 5 },
    ...config,
  });
}
