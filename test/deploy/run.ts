// `npm run test:deploy`: the real `serverless deploy`, onto an emulator of AWS (MiniStack, from PyPI) beside a real broker.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startBroker } from '../../lib/local/broker/broker.ts';
import { catalogue } from '../../lib/schema/catalogue.ts';
import { DEFAULT_TOPIC } from '../../lib/schema/event-type.ts';
import { topicOf } from '../../lib/schema/topics.ts';
import type { CatalogueEvent } from '../../lib/schema/validation.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { exampleEvent } from '../../lib/testing/example-event.ts';
import { eventRecord, mskEvent } from '../../lib/testing/msk-event.ts';
import { freePort } from '../support/free-port.ts';
import { administer } from '../support/kafka-administration.ts';
import { readTopic } from '../support/read-topic.ts';

const root = resolve(__dirname, '../..');
const region = 'us-east-1';
const stack = 'kafka-events-dev';
/** Stages that share a cluster share no topic. */
const topic = `dev.${DEFAULT_TOPIC}`;
/** Installed once; MiniStack is pure Python. */
const environmentFolder = join(root, 'node_modules/.cache/ministack');
/** The reason in the log line of an event that takes no second effect. */
const PROCESSED_BEFORE = 'processed before';
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

async function main(): Promise<void> {
  if (spawnSync('python3', ['--version']).status !== 0) {
    throw new Error('Python 3 is not here, so nothing was deployed: install it, or leave this test to CI.');
  }
  await install();
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  const event = exampleOfTopic(DEFAULT_TOPIC);
  const delivery = join(folder, 'delivery.json');
  writeFileSync(delivery, JSON.stringify(mskEvent([eventRecord(event)])));
  const broker = await startBroker({ port: 0 });
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const emulator = startEmulator(port, folder);
  try {
    await eventually('the emulator', () => responds(`${endpoint}/_ministack/health`), 60_000);
    const deployment = { endpoint, brokers: broker.address };

    const [, apiId = ''] = /https:\/\/(\w+)\.execute-api/.exec(await serverless('deploy', deployment)) ?? [];
    check(apiId !== '', 'the address of an API');
    say('deployed');

    const response = await fetch(`${endpoint}/_aws/execute-api/${apiId}/%24default/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent },
      body: JSON.stringify({ type: event.type, data: event.data }),
    });
    check(response.status === 202, `202 from the deployed publisher, not ${response.status}`);
    const [record] = await readTopic(broker, topic);
    check(String(record?.value) === JSON.stringify(event.data), 'the record');
    check(String(record?.headers.traceparent) === traceparent, 'the trace in the record');
    say('the record that was posted is in the topic, with its trace');

    const invocation = ['-f', 'consume', '-p', delivery, '--log'];
    const invoked = await serverless('invoke', deployment, ...invocation);
    check(invoked.includes('"batchItemFailures": []'), 'an answer without failures');
    check(!invoked.includes(PROCESSED_BEFORE), 'the first effect');
    say('the deployed consumer consumes it');

    const redelivered = await serverless('invoke', deployment, ...invocation);
    check(redelivered.includes(PROCESSED_BEFORE), 'the log line of an event that was processed before');
    say('what is delivered again takes no effect again, by the deployed idempotency table');

    const again = await serverless('deploy', deployment);
    check(/no changes to deploy/i.test(again), 'no update without a change');
    say('deploying again without a change updates nothing');

    await serverless('deploy', deployment, '--param', 'partitions=5');
    const partitions = await partitionCount(broker.address, topic);
    check(partitions === 5, `5 partitions, not ${partitions}`);
    say('deploying with a change adds partitions');

    await administer(broker.address, (admin) => admin.deleteTopics({ topics: [`${topic}.dlq`] }));
    const changed = ['--param', 'partitions=5', '--param', 'logLevel=debug'];
    await serverless('deploy', deployment, ...changed);
    check((await partitionCount(broker.address, `${topic}.dlq`)) === 1, 'the topic that was deleted');
    say('deploying any change creates a topic again that was deleted');

    await administer(broker.address, (admin) => admin.deleteTopics({ topics: [`${topic}.dlq`] }));
    await serverless('deploy', deployment, ...changed, '--force');
    check((await partitionCount(broker.address, `${topic}.dlq`)) === 1, 'the topic that was deleted');
    say('deploying with --force does so without a change');

    const changing = ['--param', 'topicPrefix=other.', '--param', 'esm=on-demand'];
    const refusal = await refused(serverless('deploy', deployment, ...changing));
    for (const change of [
      'topicPrefix would change from dev. to other.',
      'esm would change from provisioned to on-demand',
      'accepts consumer group id kafka-events-dev-consume only once',
    ])
      check(refusal.includes(change), `"${change}" in: ${refusal}`);
    check((await partitionCount(broker.address, 'other.events')) === 0, 'no topic of the other prefix');
    say('deploying with other choices stops, names them, and changes nothing');

    const allowed = ['--param', 'groupSuffix=2', '--param', 'allowChange=topicPrefix,esm'];
    await serverless('deploy', deployment, ...changing, ...allowed);
    check((await partitionCount(broker.address, 'other.events')) > 0, 'a topic of the other prefix');
    say('with the permission it goes on');

    await serverless('remove', deployment, ...changing);
    check(!(await stackExists(endpoint)), 'no stack after the removal');
    check((await readTopic(broker, topic)).length === 1, 'the topic and its record after the removal');
    say('removed: no stack, and the topic is kept');
  } finally {
    emulator.kill();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error when the catalogue has no event type for the topic */
function exampleOfTopic(name: string): CatalogueEvent {
  const type = catalogue.find((eventType) => topicOf(eventType.type) === name)?.type;
  if (type === undefined) throw new Error(`No event type of the catalogue belongs to the topic ${name}.`);
  return exampleEvent(type);
}

async function install(): Promise<void> {
  if (existsSync(join(environmentFolder, 'bin/ministack'))) return;
  say('installing MiniStack');
  await run('python3', ['-m', 'venv', environmentFolder]);
  await run(join(environmentFolder, 'bin/pip'), ['install', '--quiet', 'ministack']);
}

function startEmulator(port: number, folder: string): ChildProcess {
  // Functions run in folders below this one. The runtime of Lambda holds the AWS SDK; the emulator's has to find it here.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'run'));
  return spawn(join(environmentFolder, 'bin/ministack'), [], {
    cwd: join(folder, 'run'),
    env: {
      ...process.env,
      GATEWAY_PORT: String(port),
      TMPDIR: folder,
      PATH: `${join(environmentFolder, 'bin')}:${process.env.PATH}`,
    },
    stdio: 'ignore',
  });
}

interface Deployment {
  readonly endpoint: string;
  readonly brokers: string;
}

/** Runs the framework on an existing cluster; the emulator has no MSK resources to create one. */
function serverless(command: string, { endpoint, brokers }: Deployment, ...more: string[]): Promise<string> {
  const parameters = [
    'cluster=existing',
    `clusterArn=arn:aws:kafka:${region}:000000000000:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1`,
    'subnets=subnet-0a1b2c3d4e5f60718',
    'securityGroup=sg-0a1b2c3d4e5f60718',
    'kafkaAuth=none',
    'auth=none',
    'idempotency=dynamodb',
    `brokers=${brokers}`,
  ].flatMap((parameter) => ['--param', parameter]);
  return run(
    process.execPath,
    [require.resolve('serverless/bin/serverless.js'), command, '--region', region, ...parameters, ...more],
    {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: region,
    },
  );
}

/** Without blocking this process, in which the broker runs. */
async function run(
  file: string,
  options: string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(file, options, {
    cwd: root,
    env: { ...process.env, ...environment },
  });
  return stdout + stderr;
}

/** What a command said that must fail. */
async function refused(command: Promise<string>): Promise<string> {
  return command.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error: unknown) => `${Object(error).stdout}${Object(error).stderr}`,
  );
}

function partitionCount(brokers: string, topic: string): Promise<number> {
  return administer(brokers, async (admin) => {
    if (!(await admin.listTopics()).includes(topic)) return 0;
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  });
}

async function stackExists(endpoint: string): Promise<boolean> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // The emulator reads the service from it, and checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/cloudformation/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: `Action=DescribeStacks&StackName=${stack}`,
  });
  return response.ok && !(await response.text()).includes('DELETE_COMPLETE');
}

async function responds(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`expected ${what}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
