import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Producer } from 'kafkajs';
import { kafkaClient, startTestBroker, temporaryDirectory } from '../../support/broker.ts';

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Sends single records one after the other until it fails, and returns the last acknowledged offset. */
async function sendUntilItFails(producer: Producer, onFirst: () => void): Promise<number> {
  let acknowledged = -1;
  try {
    for (;;) {
      const [answer] = await producer.send({ topic: 'kept', messages: [{ value: `after ${acknowledged}` }] });
      if (acknowledged === 20) onFirst();
      acknowledged = Number(answer?.baseOffset);
    }
  } catch {
    return acknowledged;
  }
}

test('kill -9 in the middle of writing loses nothing that was acknowledged', async () => {
  const dataDirectory = temporaryDirectory();
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'serve.ts'), dataDirectory]);
  children.push(child);
  const [address] = await once(createInterface(child.stdout), 'line');
  const client = kafkaClient({ address: String(address) }, { retry: { initialRetryTime: 50, retries: 1 } });
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const admin = client.admin();
  await admin.connect();
  await admin.setOffsets({ groupId: 'g', topic: 'kept', partitions: [{ partition: 0, offset: '7' }] });
  await admin.disconnect();
  const acknowledged = await sendUntilItFails(producer, () => child.kill('SIGKILL'));
  await producer.disconnect().catch(() => {});

  const again = kafkaClient(await startTestBroker({ dataDirectory })).admin();
  await again.connect();
  const [partition] = await again.fetchTopicOffsets('kept');
  expect(acknowledged).toBeGreaterThan(20);
  // The record that was under way may or may not be there.
  expect([acknowledged + 1, acknowledged + 2]).toContain(Number(partition?.high));
  const [committed] = await again.fetchOffsets({ groupId: 'g', topics: ['kept'] });
  expect(committed?.partitions[0]?.offset).toBe('7');
  await again.disconnect();
});
