import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { TOPIC } from '../../support/test-producer.ts';
import type { Published } from './publisher-process.ts';

/** The timeout that serverless.yml gives the publisher is longer. */
const BUDGET_MS = 10_000;

let broker: Broker;
let publisher: ChildProcess;

beforeEach(async () => {
  broker = await startTestBroker();
  broker.createTopic(TOPIC, 1);
  publisher = fork(join(__dirname, 'publisher-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, KAFKA_BROKERS: broker.address, KAFKA_TOPIC: TOPIC, KAFKA_AUTH: 'none' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(publisher, 'message');
}, 20_000);
afterEach(async () => {
  const exited = once(publisher, 'exit');
  publisher.kill('SIGKILL');
  await exited;
});

async function publish(id: number): Promise<Published> {
  publisher.send({ id, budgetMs: BUDGET_MS });
  const [published] = await once(publisher, 'message');
  return published;
}

describe('a publisher that was frozen', () => {
  test.each<[string, () => void]>([
    ['were dropped without a word', () => broker.faults.dropSilently()],
    ['were reset', () => broker.faults.reset()],
  ])(
    'publishes within its budget when its connections %s meanwhile',
    async (_case, lose) => {
      expect(await publish(1)).toMatchObject({ statusCode: 202 });

      publisher.kill('SIGSTOP');
      lose();
      const answer = publish(2);
      publisher.kill('SIGCONT');

      const { statusCode, body, tookMs } = await answer;
      expect({ statusCode, body }).toMatchObject({ statusCode: 202 });
      expect(tookMs).toBeLessThan(BUDGET_MS);
      expect(await publish(3)).toMatchObject({ statusCode: 202 });
      expect(await storedIds()).toEqual(['1', '2', '3']);
    },
    30_000,
  );

  test('publishes when the broker was restarted meanwhile', async () => {
    expect(await publish(1)).toMatchObject({ statusCode: 202 });
    publisher.kill('SIGSTOP');
    await broker.stop({ abrupt: true });
    broker = await startTestBroker({ port: broker.port });
    broker.createTopic(TOPIC, 1);
    publisher.kill('SIGCONT');
    expect(await publish(2)).toMatchObject({ statusCode: 202 });
    expect(await storedIds()).toEqual(['2']);
  }, 30_000);
});

async function storedIds(): Promise<string[]> {
  return (await readTopic(broker, TOPIC)).map(({ headers }) => String(headers.ce_id));
}
