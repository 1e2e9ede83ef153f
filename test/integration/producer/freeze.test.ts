import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { type FaultyKafka, startFaultyKafka, type TestKafka } from '../../support/test-kafka.ts';
import { TOPIC } from '../../support/test-producer.ts';
import type { Published } from './publisher-process.ts';

/** The timeout that serverless.yml gives the publisher is longer. */
const BUDGET_MS = 10_000;

let publisher: ChildProcess;

afterEach(async () => {
  const exited = once(publisher, 'exit');
  publisher.kill('SIGKILL');
  await exited;
});

async function startPublisher({ address }: TestKafka): Promise<void> {
  publisher = fork(join(__dirname, 'publisher-process.ts'), {
    execArgv: ['--conditions=fixture', '--import', 'tsx'],
    env: { ...process.env, KAFKA_BROKERS: address, KAFKA_AUTH: 'none' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(publisher, 'message');
}

async function publish(id: number): Promise<Published> {
  publisher.send({ id, budgetMs: BUDGET_MS });
  const [published] = await once(publisher, 'message');
  return published;
}

async function storedIds(broker: TestKafka): Promise<string[]> {
  return (await readTopic(broker, TOPIC)).map(({ headers }) => String(headers.ce_id));
}

describe('a publisher that was frozen', () => {
  test.each<[string, (broker: FaultyKafka) => void]>([
    ['were dropped without a word', ({ faults }) => faults.dropSilently()],
    ['were reset', ({ faults }) => faults.reset()],
  ])('publishes within its budget when its connections %s meanwhile', async (_case, lose) => {
    const broker = await startFaultyKafka();
    await broker.createTopic(TOPIC, 1);
    await startPublisher(broker);
    expect(await publish(1)).toMatchObject({ statusCode: 202 });

    publisher.kill('SIGSTOP');
    lose(broker);
    const answer = publish(2);
    publisher.kill('SIGCONT');

    const { statusCode, body, tookMs } = await answer;
    expect({ statusCode, body }).toMatchObject({ statusCode: 202 });
    expect(tookMs).toBeLessThan(BUDGET_MS);
    expect(await publish(3)).toMatchObject({ statusCode: 202 });
    expect(await storedIds(broker)).toEqual(['1', '2', '3']);
  });
});

describe('the embedded broker', () => {
  test('is published to by a publisher that was frozen while it was restarted', async () => {
    const before = await startTestBroker();
    before.createTopic(TOPIC, 1);
    await startPublisher(before);
    expect(await publish(1)).toMatchObject({ statusCode: 202 });

    publisher.kill('SIGSTOP');
    await before.stop({ abrupt: true });
    const after = await startTestBroker({ port: before.port });
    after.createTopic(TOPIC, 1);
    publisher.kill('SIGCONT');

    expect(await publish(2)).toMatchObject({ statusCode: 202 });
    expect(await storedIds(after)).toEqual(['2']);
  });
});
