import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MissingTool, mayBeMissing } from '../../lib/build/missing-tool.ts';
import { jest } from '../../package.json';
import { emptyKafka, topicsOf } from '../support/kafka-administration.ts';
import { createKafkaNode } from './kafka-node.ts';

/** The last version that still answers all old requests, and the latest one, which does not (KIP-896). */
const VERSIONS = ['3.9.2', '4.4.0'];
const root = resolve(__dirname, '../..');
/** Suites that take the Kafka they are given. */
const PLAINTEXT_SUITES = [
  'test/integration/broker/faults.test.ts',
  'test/integration/broker/kafkajs.test.ts',
  'test/integration/operate/dead-letters.test.ts',
  'test/integration/operate/doctor.test.ts',
  'test/integration/operate/faults.test.ts',
  'test/integration/operate/interrupted.test.ts',
  'test/integration/operate/produce.test.ts',
  'test/integration/operate/tail.test.ts',
  'test/integration/mapping/conformance.test.ts',
  'test/integration/mapping/consumer-group.test.ts',
  'test/integration/mapping/loop.test.ts',
  'test/integration/mapping/resilience.test.ts',
  'test/integration/loop/chaos.test.ts',
  'test/integration/loop/round-trip.test.ts',
  'test/integration/producer/authentication.test.ts',
  'test/integration/producer/delivery.test.ts',
  'test/integration/producer/faults.test.ts',
  'test/integration/producer/freeze.test.ts',
  'test/integration/producer/garbage.test.ts',
  'test/integration/producer/random-faults.test.ts',
  'test/integration/producer/topics.test.ts',
  'test/integration/producer/unreachable.test.ts',
  'test/integration/provision/provision.test.ts',
  'test/whole-service/cluster.test.ts',
];
/** Those of their tests that are about the embedded broker say so; `npm test` runs them. */
const OTHER_TESTS = '^(?!.*the embedded broker)';
/** Needs listeners with TLS and SASL. */
const AUTHENTICATION_SUITES = ['test/kafka/authentication.test.ts'];
/** Starts and stops a node of its own. */
const RESTART_SUITES = ['test/kafka/loop.test.ts'];

/** Runs suites, one after the other, and returns whether all of them passed. */
async function passes(
  name: string,
  suites: readonly string[],
  environment: Record<string, string>,
): Promise<boolean> {
  const [project] = jest.projects;
  const config = {
    ...project,
    globalSetup: jest.globalSetup,
    testTimeout: jest.testTimeout,
    rootDir: root,
    displayName: name,
    testMatch: suites.map((suite) => resolve(root, suite)),
  };
  // A client that a failed test leaves behind would look for its broker for ever, and no result would be told.
  const jestArguments = [
    '--runInBand',
    '--forceExit',
    '--testNamePattern',
    OTHER_TESTS,
    '--config',
    JSON.stringify(config),
  ];
  // No terminal of its own: two of them would draw over each other.
  const child = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...jestArguments], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  child.stdout.on('data', (chunk) => process.stdout.write(chunk));
  child.stderr.on('data', (chunk) => process.stderr.write(chunk));
  const [status] = await once(child, 'close');
  say(`${name}: ${suites.length} suites ${status === 0 ? 'passed' : 'FAILED'}`);
  return status === 0;
}

/** Runs everything on an Apache Kafka of that version. */
async function testVersion(version: string): Promise<boolean> {
  const name = `Apache Kafka ${version}`;
  const node = await createKafkaNode(version);
  const { none, tls, scram, iam } = node.listeners;
  let passed: boolean;
  try {
    await node.start();
    passed = await passes(name, [...PLAINTEXT_SUITES, ...AUTHENTICATION_SUITES], {
      TEST_KAFKA_BROKERS: none,
      TEST_KAFKA_TLS_BROKERS: tls,
      TEST_KAFKA_SCRAM_BROKERS: scram,
      TEST_KAFKA_IAM_BROKERS: iam,
      NODE_EXTRA_CA_CERTS: node.certificateFile,
    });
  } finally {
    await node.remove();
  }
  return (await passes(name, RESTART_SUITES, { TEST_KAFKA_VERSION: version })) && passed;
}

/** Runs what needs no authentication on a cluster that is there already. */
async function testCluster(address: string): Promise<boolean> {
  const topics = await topicsOf(address);
  if (topics.length > 0) {
    throw new Error(
      `The cluster at ${address} has topics (${topics.slice(0, 3).join(', ')}, …), and these tests delete all there are: name an empty cluster`,
    );
  }
  say(`Not run on ${address}: ${[...AUTHENTICATION_SUITES, ...RESTART_SUITES].join(', ')}`);
  try {
    return await passes(`Kafka at ${address}`, PLAINTEXT_SUITES, { TEST_KAFKA_BROKERS: address });
  } finally {
    await emptyKafka(address);
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Suites that need the faults, or the process, of the embedded broker: `npm test` runs them. */
function embeddedSuites(): string[] {
  const directory = 'test/integration';
  return readdirSync(resolve(root, directory), { recursive: true, encoding: 'utf8' })
    .map((file) => join(directory, file))
    .filter((file) => file.endsWith('.test.ts') && !PLAINTEXT_SUITES.includes(file))
    .sort();
}

/** Runs all that is asked for; false when a test has failed. */
async function testAll(): Promise<boolean> {
  say(`On the embedded broker only:\n  ${embeddedSuites().join('\n  ')}`);
  say('  and, in the suites below, the tests of "the embedded broker", which count as skipped here');
  const { values, positionals: named } = parseArgs({
    options: { brokers: { type: 'string', default: process.env.KAFKA_BROKERS ?? '' } },
    allowPositionals: true,
  });
  const [cluster] = values.brokers.split(',');
  if (cluster) return testCluster(cluster);
  // Side by side, because each mostly waits for time to pass.
  const passed = await Promise.all((named.length > 0 ? named : VERSIONS).map(testVersion));
  return !passed.includes(false);
}

/**
 * `npm run test:kafka`: the integration suites on real Apache Kafka, of every version or of those that are named
 * (`npm run test:kafka -- 4.4.0`), or on the empty cluster at `--brokers` or KAFKA_BROKERS.
 */
async function main(): Promise<void> {
  try {
    process.exitCode = (await testAll()) ? 0 : 1;
  } catch (error) {
    const accepted = error instanceof MissingTool && mayBeMissing();
    say(`${accepted ? 'NOT RUN: ' : ''}${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = accepted ? 0 : 1;
  }
}

void main();
