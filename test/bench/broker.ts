import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run as runProgram } from '../clients/program.ts';
import { kafkaJars } from '../kafka/kafka-distribution.ts';
import { createKafkaNode } from '../kafka/kafka-node.ts';
import { administer, createTopic } from '../support/kafka-administration.ts';
import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import type { Figures } from './fresh-process.ts';
import { inRounds, inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const KAFKA_VERSION = '4.4.0';
/** Of `kafka-server-start.sh`. */
const KAFKA_OPTIONS = ['-Xmx1g', '-Xms1g', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'];
/** Of Java's tools: without a backend they would warn of each run. */
const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
const RETENTION_BYTES = 256 * 1024 * 1024;
const PARTITIONS = 3;
const KAFKAJS_ROUNDS = 7;
const JAVA_ROUNDS = 5;
const JAVA_RECORDS = 300_000;
const VALUE_BYTES = 200;

/**
 * The embedded broker beside Apache Kafka: both keep their records on the disk, in a process of their own.
 *
 * @throws MissingTool when the machine has no JDK or Maven
 */
export async function run(): Promise<readonly Row[]> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'bench-broker-'));
  const kafka = await createKafkaNode(KAFKA_VERSION, KAFKA_OPTIONS);
  const broker = await startBenchBroker({ retentionBytes: RETENTION_BYTES, dataDirectory, topics: [] });
  try {
    await kafka.start();
    const addresses = { Kafka: kafka.listeners.none, ours: broker.address };
    const { file } = await deployedBundle('test/bench/broker-client-process.ts');
    const client = { file };
    const kafkajs = await inWarmRounds(KAFKAJS_ROUNDS, client, addresses);
    const java = await inRounds(
      JAVA_ROUNDS,
      Object.fromEntries(
        Object.entries(addresses).map(([name, address]) => [name, () => javaClients(address)]),
      ),
    );
    return [
      ratio('broker-kafkajs', 'produce', kafkajs, ['ours', 'Kafka', 'produce'], 'records/s'),
      ratio('broker-kafkajs', 'fetch', kafkajs, ['ours', 'Kafka', 'fetch'], 'records/s'),
      ratio('broker-java', 'produce', java, ['ours', 'Kafka', 'produce'], 'records/s'),
      ratio('broker-java', 'fetch', java, ['ours', 'Kafka', 'fetch'], 'records/s'),
    ];
  } finally {
    broker.stop();
    await kafka.remove();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** Records per second of Kafka's own performance tools, on a topic of its own. */
async function javaClients(address: string): Promise<Figures> {
  const topic = randomUUID();
  await administer(address, (admin) => createTopic(admin, topic, PARTITIONS));
  const common = ['--bootstrap-server', address, '--topic', topic, '--num-records', String(JAVA_RECORDS)];
  const produced = await javaTool('ProducerPerformance', [
    ...common,
    ...['--record-size', String(VALUE_BYTES), '--throughput', '-1'],
  ]);
  const fetched = await javaTool('ConsumerPerformance', [...common, '--hide-header']);
  await administer(address, (admin) => admin.deleteTopics({ topics: [topic] }));
  return {
    // The last line is about all of it.
    produce: Number(/([\d.]+) records\/sec/.exec(produced.trim().split('\n').at(-1) ?? '')?.[1]),
    // The last column: records per second without the time to join the group.
    fetch: Number(fetched.trim().split(',').at(-1)),
  };
}

function javaTool(name: string, args: readonly string[]): Promise<string> {
  const jars = path.join(kafkaJars(KAFKA_VERSION, 'kafka-tools'), '*');
  return runProgram('java', [QUIET, '-cp', jars, `org.apache.kafka.tools.${name}`, ...args]);
}
