import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaJars } from '../kafka/kafka-distribution.ts';
import { runKafkaTools } from './kafka-tools.ts';
import { runKcat } from './kcat.ts';
import { cache, java, root, run } from './program.ts';
import type { Target } from './target.ts';

/** A Kafka client, and the program that uses it as a producer, in a consumer group and as an admin client. */
export interface Client {
  readonly name: string;
  /** Installs what it can into the cache. @throws with what is missing */
  prepare?(): Promise<unknown>;
  /** @throws with what went wrong */
  run(target: Target): Promise<unknown>;
}

const here = join(root, 'test/clients');
const INSTALL_DEADLINE_MS = 600_000;

const python = join(cache, 'python/bin/python');

async function preparePython(): Promise<void> {
  const install = 'apt-get install python3-venv';
  if (!existsSync(python)) await run('python3', ['-m', 'venv', join(cache, 'python')], { install });
  const requirements = join(here, 'python/requirements.txt');
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    deadlineMs: INSTALL_DEADLINE_MS,
  });
}

function pythonClient(name: string, file: string): Client {
  return {
    name,
    prepare: preparePython,
    run: ({ address, topic, group }) => run(python, [join(here, 'python', file), address, topic, group]),
  };
}

const goPrograms = join(cache, 'go-programs');

async function prepareGo(): Promise<void> {
  await run('go', ['build', '-o', `${goPrograms}/`, './...'], {
    cwd: join(here, 'go'),
    // Modules can be deleted like anything else in the cache.
    env: { GOPATH: join(cache, 'go'), GOCACHE: join(cache, 'go-build'), GOFLAGS: '-modcacherw' },
    deadlineMs: INSTALL_DEADLINE_MS,
    install: 'https://go.dev/doc/install, 1.26 or later',
  });
}

function goClient(name: string): Client {
  return {
    name,
    prepare: prepareGo,
    run: ({ address, topic, group }) => run(join(goPrograms, name), [address, topic, group]),
  };
}

async function prepareNode(): Promise<void> {
  if (existsSync(join(here, 'node_modules'))) return;
  await run('npm', ['ci', '--ignore-scripts', '--prefix', here], { deadlineMs: INSTALL_DEADLINE_MS });
}

function nodeClient(name: string, file: string): Client {
  return {
    name,
    prepare: prepareNode,
    run: ({ address, topic, group }) =>
      run(process.execPath, ['--import', 'tsx', join(here, 'node', file), address, topic, group]),
  };
}

function javaClient(version: string): Client {
  return {
    name: `kafka-clients ${version} (Java)`,
    run: ({ address, topic, group }) =>
      java(kafkaJars(version), [join(here, 'java/Client.java'), address, topic, group]),
  };
}

/** The clients of the field, each in its newest version, and the Java client of Kafka 3.9 as well. */
export const clients: readonly Client[] = [
  { name: 'kcat', run: runKcat },
  pythonClient('confluent-kafka', 'confluent_kafka_client.py'),
  pythonClient('kafka-python', 'kafka_python_client.py'),
  pythonClient('aiokafka', 'aiokafka_client.py'),
  nodeClient('kafkajs', 'kafkajs.ts'),
  nodeClient('@platformatic/kafka', 'platformatic-kafka.ts'),
  goClient('franz-go'),
  goClient('sarama'),
  goClient('kafka-go'),
  javaClient('3.9.2'),
  javaClient('4.4.0'),
  { name: "Kafka's command-line tools 4.4.0", run: (target) => runKafkaTools('4.4.0', target) },
];
