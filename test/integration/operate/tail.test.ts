import { eventually } from '../../../lib/testing/eventually.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';
import { validData } from '../../support/valid-data.ts';
import { operate, startKafkaTool, type ToolRun } from './dead-letter-tool.ts';

let broker: TestKafka;

beforeEach(async () => {
  broker = await startTestKafka();
  await broker.createTopic('events', 3);
});

/** Sends orders, which are spread over the partitions by their ids. */
async function produceOrders(...ids: readonly string[]): Promise<void> {
  const orders = ids.map((orderId) => ({
    id: `e-${orderId}`,
    type: 'order.placed',
    data: { ...validData['order.placed'], orderId },
  }));
  const input = orders.map((event) => JSON.stringify(event)).join('\n');
  expect((await operate(broker, ['produce'], {}, { input })).exitCode).toBe(0);
}

const raw = (...args: readonly string[]) =>
  operate(broker, ['produce', '--raw', '--topic', 'events', ...args]);
const tail = (...args: readonly string[]) => operate(broker, ['tail', 'events', ...args]);
const idsIn = ({ out }: Pick<ToolRun, 'out'>) => [...out.matchAll(/ {2}e-(\w+) {2}/g)].map(([, id]) => id);

describe('tail', () => {
  test('shows the events of all partitions, the oldest first, without what is sensitive', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await produceOrders(id);

    const run = await tail();

    expect(run.exitCode).toBe(0);
    expect(idsIn(run)).toEqual(['a', 'b', 'c', 'd']);
    expect(run.out).toMatch(/^\S+Z {2}events\/\d\/\d {2}a {2}order\.placed {2}e-a {2}\{"orderId":"a",/);
    expect(run.out).toContain('"customerEmail":"[redacted]"');
    expect(run.out).toContain('4 records of events\n');
  });

  test('shows what is sensitive when it is asked to', async () => {
    await produceOrders('a');
    expect((await tail('--sensitive')).out).toContain('"customerEmail":"zoe@example.com"');
  });

  test('gives programs an object for each record', async () => {
    await produceOrders('a');
    const { out, err } = await tail('--json');
    expect(JSON.parse(out)).toEqual({
      topic: 'events',
      partition: expect.any(Number),
      offset: 0,
      time: expect.stringMatching(/Z$/),
      key: 'a',
      event: expect.objectContaining({ id: 'e-a', type: 'order.placed', source: '/events' }),
      data: { ...validData['order.placed'], orderId: 'a', customerEmail: '[redacted]' },
    });
    expect(err).toBe('1 record of events\n');
  });

  test.each([
    [
      'of a type that marks something',
      ['--header', 'ce_type=order.placed', '--data', '{"email":"zoe"}'],
      '[redacted]',
    ],
    ['of an unknown type', ['--header', 'ce_type=unknown', '--data', 'zoe'], '[redacted]'],
    ['of a type that marks nothing', ['--header', 'ce_type=order.shipped', '--data', 'text'], 'text'],
    ['a tombstone', ['--tombstone'], '(tombstone)'],
  ])('shows a record that is no valid event: %s', async (_, args, value) => {
    await raw('--key', 'k', ...args);
    const { out } = await tail();
    expect(out).toMatch(/ {2}(?:k|\[redacted\]) {2}no valid event: \S/);
    expect(out.split('\n')[0]?.endsWith(`  ${value}`)).toBe(true);
  });

  test.each([
    ['--type', ['--type', 'order.shipped'], ['s']],
    ['--key', ['--key', 'b'], ['b']],
    ['--where', ['--where', '/lines/0/sku=cup', '--where', '/orderId=a'], ['a']],
    ['-n', ['-n', '2'], ['a', 'b']],
  ])('picks records by %s', async (_, args, ids) => {
    await produceOrders('a');
    await produceOrders('b');
    const shipped = '{"orderId":"s","carrier":"post"}';
    await operate(broker, ['produce', 'order.shipped', '--data', shipped, '--attribute', 'id=e-s']);
    expect(idsIn(await tail(...args))).toEqual(ids);
  });

  test.each([
    ['the beginning', () => 'beginning', ['a', 'b']],
    ['the end', () => 'end', []],
    ['a time', (between: number) => new Date(between).toISOString(), ['b']],
  ])('begins at %s', async (_, from, ids) => {
    await produceOrders('a');
    const sent = Date.now();
    await eventually('another millisecond', () => Date.now() > sent);
    const between = Date.now();
    await produceOrders('b');
    expect(idsIn(await tail('--from', from(between)))).toEqual(ids);
  });

  test('begins at an offset of a partition, and reads only that', async () => {
    await broker.createTopic('one', 2);
    for (const data of ['a', 'b', 'c']) {
      await operate(broker, ['produce', '--raw', '--topic', 'one', '--key', 'k', '--data', data]);
    }
    const { out: all } = await operate(broker, ['tail', 'one', '--json']);
    const { partition } = JSON.parse(all.split('\n')[0] ?? '');
    const { out } = await operate(broker, ['tail', 'one', '--from', `${partition}:1`]);
    expect(out).toMatch(/one\/\d\/1 .* {2}b\n.*one\/\d\/2 .* {2}c\n/);
    const other = await operate(broker, ['tail', 'one', '--from', '9:0']);
    expect([other.exitCode, other.err]).toEqual([
      1,
      'There is no partition 9: the topic has 2, counted from 0\n',
    ]);
  });

  test('follows until it is interrupted, which is no failure', async () => {
    await produceOrders('a');
    const interruption = new AbortController();
    let seen = '';
    const following = operate(
      broker,
      ['tail', 'events', '-f'],
      {},
      {
        signal: interruption.signal,
        onOut: (out) => {
          seen = out;
        },
      },
    );
    await eventually('what is sent now is seen', async () => {
      await produceOrders('b');
      return seen.includes('e-b');
    });
    interruption.abort();
    const run = await following;
    expect(run.exitCode).toBe(0);
    expect(idsIn(run)).not.toContain('a');
  });

  test('follows for a time', async () => {
    expect(await tail('--follow', '--seconds', '1')).toEqual({
      exitCode: 0,
      out: '0 records of events\n',
      err: '',
    });
  });

  test('says which topic is missing', async () => {
    const { exitCode, err } = await operate(broker, ['tail', 'nowhere']);
    expect([exitCode, err]).toEqual([1, expect.stringContaining('There is no topic nowhere at ')]);
  });
});

describe('tail --group', () => {
  test('begins at the earliest record, commits what it has shown, and goes on there', async () => {
    await produceOrders('a', 'b', 'c', 'd', 'e');
    const first = await tail('--group', 'readers', '-n', '3');
    const second = await tail('--group', 'readers', '-n', '2');

    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(first.out).toContain('readers: reads events/0, events/1, events/2\n');
    expect([...idsIn(first), ...idsIn(second)].toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await operate(broker, ['lag'])).out).toContain('0 records behind');
  });

  test('is stopped by Ctrl-C: it commits and leaves the group', async () => {
    await produceOrders('a', 'b', 'c', 'd', 'e');
    const consumer = startKafkaTool(broker, ['tail', 'events', '--group', 'readers']);
    await eventually('all are shown', () => idsIn({ out: consumer.out() }).length === 5, 30_000);
    consumer.child.kill('SIGINT');

    expect(await consumer.ended).toMatchObject({ exitCode: 0, err: '' });
    const lag = await operate(broker, ['lag', '--group', 'readers', '--json']);
    const partitions = lag.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(partitions.map(({ lag, members }) => [lag, members])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});
