import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { builtBundles } from '../../../lib/build/bundle-contents.ts';
import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { MAX_BATCH_BYTES } from '../../../lib/kafka/record.ts';
import { ensureTopics } from '../../../lib/kafka/topics.ts';
import { MAX_FAILURE_BYTES } from '../../../lib/kafka/wanted-topic.ts';
import { createLog } from '../../../lib/log.ts';
import { httpEvent } from '../../../lib/testing/http-event.ts';
import { mskEvent } from '../../../lib/testing/msk-event.ts';
import { bundledFunction } from '../../support/bundled-function.ts';
import { message } from '../../support/message.ts';
import { readTopic } from '../../support/read-topic.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';

const root = resolve(__dirname, '../../..');

let kafka: TestKafka;
beforeEach(async () => {
  kafka = await startTestKafka();
});

test('the bundle of publish delivers what is posted', async () => {
  await kafka.createTopic('events', 1);
  const publish = await bundledFunction('publish', { KAFKA_BROKERS: kafka.address });
  const body = { type: 'message.posted', data: message(1) };
  expect(await publish.invoke(httpEvent({ body }))).toMatchObject({
    ok: true,
    payload: { statusCode: 202 },
  });
  const [record] = await readTopic(kafka, 'events');
  expect(JSON.parse(String(record?.value))).toEqual(message(1));
});

test('the bundle of consume writes what it rejects to the dead letter topic', async () => {
  await kafka.createTopic('events.dlq', 1);
  const consume = await bundledFunction('consume', {
    KAFKA_BROKERS: kafka.address,
    REPORT_BATCH_ITEM_FAILURES: 'true',
  });
  expect(await consume.invoke(mskEvent([{ value: 'not JSON' }, { value: message(2) }]))).toMatchObject({
    ok: true,
    payload: { batchItemFailures: [] },
  });
  const letters = await readTopic(kafka, 'events.dlq');
  expect(letters.map(({ value }) => String(value))).toEqual(['not JSON']);
});

test('the stack that a bundle logs names files and lines of the sources', async () => {
  const packaged = { bundle: true, minify: true, platform: 'node', sourcemap: 'external' } as const;
  expect(readFileSync(join(root, 'serverless.yml'), 'utf8')).toContain('sourcemap: external');
  const folder = mkdtempSync(join(tmpdir(), 'failing-bundle-'));
  const stdin = {
    contents: `import { abbreviated } from './lib/errors.ts';
      import { createLog } from './lib/log.ts';
      export const fail = (write) => {
        try { abbreviated(undefined); } catch (error) { createLog({ write }).error('failed', { error }); }
      };`,
    resolveDir: root,
  };
  const outfile = join(folder, 'failing.js');
  try {
    await build({ stdin, outfile, ...packaged, logLevel: 'silent' });
    const lines: string[] = [];
    require(outfile).fail((line: string) => lines.push(line));
    const source = readFileSync(join(root, 'lib/errors.ts'), 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('text.length > MAX_QUOTED')) + 1;
    expect(JSON.parse(lines[0] ?? '').error.stack).toMatch(new RegExp(`lib/errors\\.ts:${line}:\\d+`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the largest record that the topic takes is small enough for the dead letter topic', async () => {
  const dlq = {
    name: 'events.dlq',
    partitions: 1,
    config: { 'max.message.bytes': String(MAX_FAILURE_BYTES) },
  };
  await ensureTopics(kafkaConfiguration({ KAFKA_BROKERS: kafka.address }), [dlq], {
    deadline: Date.now() + 10_000,
    log: createLog({ write: () => {} }),
    pauseMs: 100,
  });
  const consume = await bundledFunction('consume', {
    KAFKA_BROKERS: kafka.address,
    REPORT_BATCH_ITEM_FAILURES: 'true',
  });
  const value = 'x'.repeat(MAX_BATCH_BYTES - 100);
  expect(await consume.invoke(mskEvent([{ value }]))).toMatchObject({ payload: { batchItemFailures: [] } });
  const letters = await readTopic(kafka, 'events.dlq');
  expect(letters.map((letter) => letter.value?.length)).toEqual([value.length]);
});

test('the bundle of topics creates, grows and deletes topics', async () => {
  const topics = await bundledFunction('topics', {});
  const asked = (operation: string, partitions: number) =>
    topics.invoke({ operation, brokers: kafka.address, topics: [{ name: 'events', partitions }] });

  expect(await asked('ensure', 1)).toMatchObject({ payload: { events: 'created' } });
  expect(await asked('ensure', 3)).toMatchObject({ payload: { events: 'grown' } });
  expect(await asked('ensure', 3)).toMatchObject({ payload: { events: 'unchanged' } });
  expect(await asked('delete', 3)).toMatchObject({ payload: { events: 'deleted' } });
  expect(await asked('delete', 3)).toMatchObject({ payload: { events: 'absent' } });
});

test('the bundle of operate reads and replays dead letters', async () => {
  await kafka.createTopic('events', 1);
  await kafka.createTopic('events.dlq', 1);
  const environment = { KAFKA_BROKERS: kafka.address };
  const consume = await bundledFunction('consume', { ...environment, REPORT_BATCH_ITEM_FAILURES: 'true' });
  await consume.invoke(mskEvent([{ value: 'not JSON' }]));
  const operate = await bundledFunction('operate', environment);
  expect(await operate.invoke({ command: 'dead-letters replay --topic events.dlq' })).toMatchObject({
    ok: true,
    payload: { problems: [], ok: true, notes: ['Replayed 1 dead letter of events.dlq; 0 left'] },
  });
  const [record] = await readTopic(kafka, 'events');
  expect(String(record?.value)).toBe('not JSON');
  // What these send to Kafka must be in the bundle as well.
  expect(await operate.invoke({ command: 'tail events -n 1' })).toMatchObject({
    payload: { ok: true, notes: ['1 record of events'] },
  });
  expect(await operate.invoke({ command: 'doctor --records 0' })).toMatchObject({
    payload: { ok: true, notes: ['Nothing is wrong'] },
  });
});

test.each(['publish', 'consume'])(
  'the bundle of %s carries nothing of what an operator needs',
  async (name) => {
    await bundledFunction(name, {});
    const sources = [...(builtBundles.get(`handlers/${name}`)?.keys() ?? [])];
    expect(sources).toContain('lib/kafka');
    expect(sources.filter((source) => /^lib\/(?:operate|kafka\/(?:reading|wire))/.test(source))).toEqual([]);
  },
);
