import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../lib/testing/eventually.ts';
import { readTopic } from '../../support/read-topic.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';
import { validData } from '../../support/valid-data.ts';
import { operate, startKafkaTool } from './dead-letter-tool.ts';

let broker: TestKafka;
let folder: string;

beforeEach(async () => {
  broker = await startTestKafka();
  await broker.createTopic('events', 1);
  folder = mkdtempSync(join(tmpdir(), 'produce-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const order = JSON.stringify(validData['order.placed']);
const shipped = (orderId: string) =>
  JSON.stringify({ type: 'order.shipped', data: { orderId, carrier: 'post' } });

describe('produce', () => {
  test('sends one event and says where it is', async () => {
    const run = await operate(broker, ['produce', 'order.placed', '--data', order, '--attribute', 'id=e-1']);

    expect(run).toEqual({
      exitCode: 0,
      out: 'events/0/0  order.placed  e-1\nFlushed: 1 event delivered\n',
      err: '',
    });
    const [record] = await readTopic(broker, 'events');
    expect(record?.key?.toString()).toBe('order-1');
    expect(record?.value?.toString()).toBe(order);
    expect(record?.headers).toMatchObject({
      ce_id: Buffer.from('e-1'),
      ce_type: Buffer.from('order.placed'),
      ce_dataschema: Buffer.from('urn:event-schema:order.placed:2'),
    });
  });

  test('sends the events of a file in order, passes over lines that are wrong, and fails in the end', async () => {
    const file = join(folder, 'events.ndjson');
    const wrong = '{"type":"order.shipped","data":{"orderId":""}}';
    writeFileSync(file, [shipped('o-1'), '', wrong, 'no json', shipped('o-2')].join('\n'));

    const { exitCode, out, err } = await operate(broker, ['produce', '--file', file, '--json']);

    expect(exitCode).toBe(1);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({ topic: 'events', partition: 0, offset: 0, type: 'order.shipped' }),
      expect.objectContaining({ offset: 1, id: expect.any(String), timestamp: expect.any(Number) }),
    ]);
    expect(err).toContain(
      'Line 3 was not delivered: /data/carrier Is missing. /data/orderId Must NOT have fewer',
    );
    expect(err).toContain('Line 4 was not delivered: The body cannot be read. Must be JSON');
    expect(err).toContain('Flushed: 2 events delivered, 2 not\n');
    expect(await valuesIn('events')).toEqual([
      '{"orderId":"o-1","carrier":"post"}',
      '{"orderId":"o-2","carrier":"post"}',
    ]);
  });

  test('reads data of one type from standard input', async () => {
    const input = '{"orderId":"o-1","carrier":"post"}\n{"orderId":"o-2","carrier":"post"}';
    const run = await operate(broker, ['produce', 'order.shipped'], {}, { input });
    expect(run).toMatchObject({ exitCode: 0, out: expect.stringContaining('Flushed: 2 events delivered') });
  });

  test.each([
    [
      'an unknown type',
      ['oder.placed', '--data', '{}'],
      'no event type "oder.placed"; did you mean order.placed?',
    ],
    ['data that is no JSON', ['order.placed', '--data', '{'], 'It was not delivered: /data Must be JSON'],
    [
      'a number that JavaScript would change',
      ['order.placed', '--data', '{"totalCents":12345678901234567890}'],
      '/data/totalCents Must be a number that',
    ],
    [
      'a file that is missing',
      ['--file', '/nowhere.ndjson'],
      "no such file or directory, open '/nowhere.ndjson'",
    ],
  ])('refuses %s', async (_, args, message) => {
    const { exitCode, err } = await operate(broker, ['produce', ...args]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining(message)]);
    expect(await readTopic(broker, 'events')).toEqual([]);
  });

  test('with --raw sends any bytes with key and headers', async () => {
    await broker.createTopic('anything', 1);
    const raw = ['produce', '--raw', '--topic', 'anything', '--key', 'k'];
    await operate(broker, [...raw, '--header', 'trace=1', '--data', 'hello']);
    await operate(broker, [...raw, '--base64', '--data', 'AP8=']);
    const { out } = await operate(broker, [...raw, '--tombstone']);

    expect(out).toBe('anything/0/2\nFlushed: 1 record delivered\n');
    expect(await readTopic(broker, 'anything')).toMatchObject([
      { key: Buffer.from('k'), value: Buffer.from('hello'), headers: { trace: Buffer.from('1') } },
      { value: Buffer.from([0, 255]) },
      { value: null },
    ]);
  });

  test('stops when a delivery fails, so that no later event overtakes the failed one', async () => {
    const { exitCode, out, err } = await operate(
      broker,
      ['produce', '--raw', '--topic', 'nowhere'],
      {},
      { input: 'a\n' },
    );
    expect([exitCode, out]).toEqual([1, 'Stopped after line 1: 0 records delivered, 1 not\n']);
    expect(err).toMatch(/^Line 1 was not delivered: sending to nowhere failed: UNKNOWN_TOPIC_OR_PARTITION/);
  });

  test('keeps to a rate', async () => {
    const input = Array.from({ length: 9 }, (_, index) => `${index}\n`).join('');
    const begun = Date.now();
    await operate(broker, ['produce', '--raw', '--topic', 'events', '--rate', '10'], {}, { input });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(800);
  });

  test('stopped by Ctrl-C, it says what is delivered', async () => {
    const tool = startKafkaTool(broker, ['produce']);
    tool.child.stdin.write(`${shipped('o-1')}\n${shipped('o-2')}\n`);
    await eventually('both are delivered', () => tool.out().split('\n').length > 2, 30_000);
    tool.child.kill('SIGINT');
    const { exitCode, out, err } = await tool.ended;

    expect([exitCode, err]).toEqual([130, '']);
    expect(out).toContain('Interrupted: 2 events delivered; the next line is 3\n');
    expect(await readTopic(broker, 'events')).toHaveLength(2);
  });
});

async function valuesIn(topic: string): Promise<(string | undefined)[]> {
  return (await readTopic(broker, topic)).map(({ value }) => value?.toString());
}
