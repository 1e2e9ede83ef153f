import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { packageVariant } from '../../lib/build/package-variant.ts';
import { templateVariants } from '../../lib/build/template-variants.ts';
import { validateTemplate } from '../../lib/build/validate-template.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { blocksOf } from '../readme/blocks.ts';
import { freePorts, startOffline } from '../support/offline-process.ts';
import { consumed, post, postedEvent } from '../support/posted-event.ts';
import { readTopic } from '../support/read-topic.ts';
import { copyServiceOnFixtures } from '../support/service-on-fixtures.ts';

jest.setTimeout(180_000);

const root = resolve(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'second-topic-'));
const service = join(folder, 'service');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The blocks of README, "A second topic with its own consumer", in order. */
function recipe(): [topicLine: string, handler: string, block: string] {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n');
  const from = lines.indexOf('## A second topic with its own consumer') + 1;
  const to = lines.findIndex((line, index) => index >= from && line.startsWith('## '));
  const blocks = blocksOf(root, 'README.md').filter(({ line }) => line > from && line < to);
  const [topicLine = '', handler = '', block = ''] = blocks.map((each) => each.lines.join('\n'));
  return [topicLine, handler, block];
}

function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(join(service, file), 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(join(service, file), after);
}

/** What `npm run schemas` says in the service, and whether it succeeded. */
function schemas(...flags: string[]): { ok: boolean; said: string } {
  const tsx = require.resolve('tsx/cli');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, 'lib/build/schemas.ts', ...flags], {
    cwd: service,
    encoding: 'utf8',
  });
  return { ok: status === 0, said: stdout + stderr };
}

beforeAll(() => {
  const [topicLine, handler, block] = recipe();
  copyServiceOnFixtures(service);
  expect(schemas('release')).toMatchObject({ ok: true });
  edit('lib/schema/event-types/order-placed.ts', (text) =>
    text.replace("  type: 'order.placed',\n", `$&  ${topicLine}\n`),
  );
  writeFileSync(join(service, 'handlers/bill.ts'), handler);
  edit('serverless.yml', (text) => text.replace('functions:\n', `$&${block.replace(/^/gm, '  ')}\n\n`));
});

test('README tells it in three steps: a line, a handler file and a block of serverless.yml', () => {
  expect(recipe()).toEqual([
    "topic: 'orders',",
    expect.stringContaining('consumeHandler'),
    expect.any(String),
  ]);
});

test('the released event type changes its topic only with the command that README gives', () => {
  expect(schemas('check')).toEqual({ ok: false, said: expect.stringContaining('order.placed') });
  const [, reason = ''] =
    /`npm run schemas -- check --accept "(.+?)"`/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  expect(schemas('check', '--accept', reason)).toMatchObject({ ok: true });
  expect(schemas('check')).toMatchObject({ ok: true });
});

test('what the recipe makes type-checks', async () => {
  await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', service]);
});

test.each(['default', 'existing on-demand'])(
  'it packages as %s, with all that its function needs',
  async (name) => {
    const variant = templateVariants[name] ?? { stage: '', parameters: {} };
    const { resources, templateFile } = await packageVariant(variant, join(folder, name), service);
    expect(validateTemplate(templateFile)).toEqual([]);

    const prefix = name === 'default' ? '' : 'dev.';
    const { groupSuffix } = variant.parameters;
    const suffix = groupSuffix === undefined ? '' : `-${groupSuffix}`;
    const mapping = Object.entries(resources).find(
      ([, { Type, Properties }]) =>
        Type === 'AWS::Lambda::EventSourceMapping' &&
        JSON.stringify(Properties?.FunctionName).includes('Bill'),
    );
    expect(mapping?.[1].Properties).toMatchObject({
      Topics: [`${prefix}orders`],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `kafka-events-dev-bill${suffix}` },
    });
    expect(resources.BillLambdaFunction?.Properties).toMatchObject({
      Role: { 'Fn::GetAtt': ['BillRole', 'Arn'] },
      Environment: { Variables: { KAFKA_BROKERS: { 'Fn::GetAtt': ['Topics', 'BootstrapBrokers'] } } },
    });
    const topics = Object(resources.Topics?.Properties).Topics.map((topic: { name: string }) => topic.name);
    for (const topic of ['orders', 'orders.dlq']) expect(topics).toContain(prefix + topic);
    const granted = JSON.stringify(resources.BillPolicy?.Properties);
    expect(granted).toContain(`/${prefix}orders"`);
    expect(granted).toContain(`/${prefix}orders.dlq"`);
    expect(granted).not.toContain(`/${prefix}events"`);
    expect(JSON.stringify(resources.PublishPolicy?.Properties)).toContain(`/${prefix}orders"`);
    expect(resources.BillLagAlarm?.Properties?.Dimensions).toEqual([
      { Name: 'EventSourceMappingUUID', Value: { Ref: mapping?.[0] } },
    ]);
    expect(JSON.stringify(resources.Dashboard?.Properties)).toContain('bill: lag in events');
  },
);

test('npm start runs it: each topic is consumed by its own function, and has its own dead letters', async () => {
  const ports = await freePorts();
  const offline = startOffline(ports, { directory: service, flags: ['--ephemeral'] });
  await offline.started();
  const order = {
    type: 'order.placed',
    data: { orderId: 'o-1', lines: [{ sku: 's', quantity: 1 }], totalCents: 1, currency: 'EUR' },
  };
  const { body } = await post(ports, [postedEvent(1), order]);
  expect(body.deliveries).toMatchObject([{ topic: 'events' }, { topic: 'orders' }]);
  await consumed(offline, 1);
  await eventually('the order billed', () => offline.lines('order billed').length === 1);
  expect(offline.lines('order billed')).toMatchObject([
    { orderId: 'o-1', topic: 'orders', offset: 0, correlationId: expect.any(String) },
  ]);
  expect(offline.lines('event consumed')).toMatchObject([{ topic: 'events' }]);

  const broker = { address: `127.0.0.1:${ports.kafkaPort}` };
  const producer = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: 'orders', messages: [{ value: 'not JSON' }] });
  await producer.disconnect();
  await eventually('a dead letter', () => offline.lines('record rejected').length === 1);
  expect(await readTopic(broker, 'orders.dlq')).toHaveLength(1);
  expect(await readTopic(broker, 'events.dlq')).toHaveLength(0);
  expect(await offline.stop('SIGINT')).toBe(0);
});
