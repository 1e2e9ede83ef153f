import { Kafka, logLevel } from 'kafkajs';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';
import { DEAD_LETTERS, deadLetter, operate, startTool, tool } from './dead-letter-tool.ts';

let broker: TestKafka;

beforeEach(async () => {
  broker = await startTestKafka();
  await broker.createTopic('events', 1);
  await broker.createTopic(DEAD_LETTERS, 1);
});

async function consumerGroups(): Promise<string[]> {
  const admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  return groups.map(({ groupId }) => groupId);
}

async function valuesIn(topic: string): Promise<(string | undefined)[]> {
  const records = await readTopic(broker, topic);
  return records.map(({ value }) => value?.toString());
}

/** Dead letters of some days ago, all from the topic `events`. */
async function oldDeadLetters(days: number, values: readonly string[]): Promise<void> {
  const producer = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const timestamp = String(Date.now() - days * 24 * 60 * 60 * 1_000);
  const headers = { '__connect.errors.topic': 'events' };
  await producer.send({
    topic: DEAD_LETTERS,
    messages: values.map((value) => ({ value, timestamp, headers })),
  });
  await producer.disconnect();
}

describe('a replay that the cluster may have forgotten', () => {
  beforeEach(() => oldDeadLetters(8, ['a', 'b']));

  test('is not repeated unasked: nothing is sent, and the way on is named', async () => {
    await deadLetter(broker, [{ value: 'c' }]);
    for (const flags of [['--dry-run'], []]) {
      const { exitCode, err } = await tool(broker, ['replay', ...flags]);
      expect(exitCode).toBe(1);
      expect(err).toMatch(
        /^events\.dlq\/0\/0 was not replayed: it is older than a week, .* with --from events\.dlq\/0\/0 for all of them$/m,
      );
    }
    expect(await valuesIn('events')).toEqual([]);
    expect((await tool(broker, ['list'])).out).toContain(
      '3 dead letters in events.dlq, 0 of them replayed, as far as the cluster remembers: a week',
    );
  });

  test('begins at --from: everything before counts as replayed, and the next replay continues from there', async () => {
    await deadLetter(broker, [{ value: 'c' }]);
    expect(await tool(broker, ['replay', '--from', 'events.dlq/0/1', '--limit', '1'])).toMatchObject({
      exitCode: 0,
    });
    expect(await valuesIn('events')).toEqual(['b']);
    expect((await tool(broker, ['replay'])).out).toContain('Replayed 1 dead letter of events.dlq; 0 left');
    expect(await valuesIn('events')).toEqual(['b', 'c']);
    expect((await tool(broker, ['list'])).out).toContain(
      '3 dead letters in events.dlq, 3 of them replayed\n',
    );
  });

  test('is sent when it is named, which says nothing of the others', async () => {
    expect(await tool(broker, ['replay', 'events.dlq/0/1'])).toMatchObject({ exitCode: 0 });
    expect(await tool(broker, ['replay'])).toMatchObject({ exitCode: 1 });
    expect(await valuesIn('events')).toEqual(['b']);
  });

  test('stays remembered for as long as replays go on', async () => {
    await tool(broker, ['replay', '--from', 'events.dlq/0/0']);
    await oldDeadLetters(8, ['d']);
    expect(await tool(broker, ['replay'])).toMatchObject({ exitCode: 0 });
    expect(await valuesIn('events')).toEqual(['a', 'b', 'd']);
  });

  test('takes coordinates, or --from, or neither', async () => {
    const { exitCode, err } = await tool(broker, ['replay', 'events.dlq/0/1', '--from', 'events.dlq/0/0']);
    expect([exitCode, err]).toEqual([
      2,
      expect.stringContaining('replay takes coordinates or --from, not both'),
    ]);
  });
});

test('dead letters of six days are replayed without being asked about', async () => {
  await oldDeadLetters(6, ['a']);
  expect(await tool(broker, ['replay'])).toMatchObject({ exitCode: 0 });
  expect(await valuesIn('events')).toEqual(['a']);
});

describe('list', () => {
  test('says of each dead letter where it is, where it came from and why, and how many there are', async () => {
    await deadLetter(broker, [
      { value: 'a', offset: 15 },
      { value: 'b', offset: 16 },
    ]);

    const { exitCode, out } = await tool(broker, ['list']);

    expect(exitCode).toBe(0);
    const [first, second, ...rest] = out.trimEnd().split('\n');
    expect(first).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}open {6}events\.dlq\/0\/0 {2}from events\/0\/15 {2}schema_violation {2}\/data\/id Must be integer\.$/,
    );
    expect(second).toContain('events.dlq/0/1  from events/0/16');
    expect(rest).toEqual(['2 dead letters in events.dlq, 0 of them replayed']);
  });

  test('gives JSON lines and nothing else to programs', async () => {
    await deadLetter(broker, [{ value: 'a', offset: 15 }]);

    const { out, err } = await tool(broker, ['list', '--json']);

    expect(JSON.parse(out)).toEqual({
      coordinates: 'events.dlq/0/0',
      time: expect.stringMatching(/Z$/),
      replayed: false,
      original: 'events/0/15',
      reason: 'schema_violation',
      message: '/data/id Must be integer.',
      originalTime: '2025-10-09T08:53:20.015Z',
      functionName: 'consume',
      requestId: 'request-1',
    });
    expect(err).toBe('1 dead letter in events.dlq, 0 of them replayed\n');
  });

  test('says what was replayed, and by itself leaves no consumer group behind', async () => {
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);
    await tool(broker, ['list']);
    const groupsBefore = await consumerGroups();
    await tool(broker, ['replay', 'events.dlq/0/1']);

    const { out } = await tool(broker, ['list']);

    expect(groupsBefore).toEqual([]);
    expect(out).toMatch(/ open {6}events\.dlq\/0\/0 .*\n.* replayed {2}events\.dlq\/0\/1 /);
    expect(out).toContain('2 dead letters in events.dlq, 1 of them replayed');
  });

  test('of an empty topic is no failure', async () => {
    expect(await tool(broker, ['list'])).toEqual({
      exitCode: 0,
      out: '0 dead letters in events.dlq, 0 of them replayed\n',
      err: '',
    });
  });

  test.each([
    ['--topic', ['--topic', 'others'], {}],
    ['KAFKA_DEAD_LETTER_TOPIC', [], { KAFKA_DEAD_LETTER_TOPIC: 'others' }],
    ['--topic rather than KAFKA_DEAD_LETTER_TOPIC', ['--topic', 'others'], { KAFKA_DEAD_LETTER_TOPIC: 'x' }],
  ])('reads the topic of %s', async (_, flags, environment) => {
    await broker.createTopic('others', 2);
    expect((await tool(broker, ['list', ...flags], environment)).out).toContain('0 dead letters in others');
  });
});

describe('list of a cluster that is named by flags', () => {
  test.each([
    ['all topics', [], {}, 'events.dlq'],
    ['a topic of the catalogue', ['--topic', 'events'], {}, 'events.dlq'],
    ['a topic with a prefix', ['--topic', 'events'], { KAFKA_TOPIC_PREFIX: 'test.' }, 'test.events.dlq'],
    [
      'such a topic by its whole name',
      ['--topic', 'test.events'],
      { KAFKA_TOPIC_PREFIX: 'test.' },
      'test.events.dlq',
    ],
    ['all topics with a prefix', [], { KAFKA_TOPIC_PREFIX: 'test.' }, 'test.events.dlq'],
  ])('reads the dead letter topic of %s', async (_, flags, environment, topic) => {
    await broker.createTopic('test.events.dlq', 1);
    const args = ['list', '--brokers', broker.address, '--auth', 'none', ...flags];
    const { exitCode, out } = await tool(broker, args, {
      KAFKA_BROKERS: 'nobody.invalid:1',
      KAFKA_AUTH: 'iam',
      ...environment,
    });
    expect([exitCode, out]).toEqual([0, `0 dead letters in ${topic}, 0 of them replayed\n`]);
  });

  test('says which topic is missing', async () => {
    const { exitCode, err } = await tool(broker, ['list', '--topic', 'nowhere']);
    expect(exitCode).toBe(1);
    expect(err).toContain('nowhere');
  });
});

describe('show', () => {
  test('shows headers, key and value, as text where they are', async () => {
    await deadLetter(broker, [
      {
        key: 'k',
        value: { id: 1 },
        headers: [
          ['ce_id', 'one'],
          ['trace', Buffer.from([0, 255])],
        ],
      },
    ]);

    const { exitCode, out } = await tool(broker, ['show', 'events.dlq/0/0']);

    expect(exitCode).toBe(0);
    expect(out).toContain('original    events/0/0\n');
    expect(out).toContain('  ce_id: one\n  trace: base64:AP8=\n  __connect.errors.topic: events\n');
    expect(out).toContain('key         k\nvalue\n{\n  "id": 1\n}\n');
  });

  test('gives every byte to programs', async () => {
    await deadLetter(broker, [{ key: Buffer.from([255]), value: null, headers: [['a', 'b']] }]);

    const shown: unknown = JSON.parse((await tool(broker, ['show', 'events.dlq/0/0', '--json'])).out);

    expect(shown).toMatchObject({ key: { base64: '/w==' }, value: null });
    expect(shown).toHaveProperty('headers.0', { name: 'a', text: 'b' });
  });

  test.each([
    ['behind the end', 'events.dlq/0/1', 'events.dlq/0 holds offsets 0 to 0'],
    ['in a partition that is not there', 'events.dlq/1/0', 'events.dlq has 1 partition, counted from 0'],
  ])('says that there is nothing %s', async (_, coordinates, what) => {
    await deadLetter(broker, [{ value: 'a' }]);

    expect(await tool(broker, ['show', coordinates])).toEqual({
      exitCode: 1,
      out: '',
      err: `There is nothing at ${coordinates}: ${what}\n`,
    });
  });
});

describe('replay', () => {
  test('sends every record back byte for byte, without what was said about its rejection', async () => {
    const binary = Buffer.from([0, 255, 10, 128]);
    await deadLetter(broker, [
      {
        key: binary,
        value: binary,
        headers: [
          ['b', binary],
          ['a', ''],
          ['a', 'again'],
        ],
      },
      { key: 'tombstone', value: null },
      { value: '' },
    ]);

    const { exitCode, out } = await tool(broker, ['replay']);

    expect(exitCode).toBe(0);
    expect(out).toBe(
      'events.dlq/0/0 → events/0/0\nevents.dlq/0/1 → events/0/1\nevents.dlq/0/2 → events/0/2\n' +
        'Replayed 3 dead letters of events.dlq; 0 left\n',
    );
    const mark = (offset: number) => ({
      '__dead.letter.replayed.from': Buffer.from(`events.dlq/0/${offset}`),
    });
    expect(await readTopic(broker, 'events')).toEqual([
      {
        partition: 0,
        offset: 0,
        key: binary,
        value: binary,
        headers: { b: binary, a: [Buffer.from(''), Buffer.from('again')], ...mark(0) },
      },
      { partition: 0, offset: 1, key: Buffer.from('tombstone'), value: null, headers: mark(1) },
      { partition: 0, offset: 2, key: null, value: Buffer.from(''), headers: mark(2) },
    ]);
  });

  test('keeps the order of headers, also of those with the same name', async () => {
    const headers = ['b', 'a', '1', 'b'].map((name, index): [string, string] => [name, `${index}`]);
    await deadLetter(broker, [{ value: 'a', headers }]);
    await tool(broker, ['replay']);

    const { out } = await tool(broker, ['show', 'events/0/0', '--json']);
    expect(JSON.parse(out)).toHaveProperty('headers', [
      ...headers.map(([name, text]) => ({ name, text })),
      { name: '__dead.letter.replayed.from', text: 'events.dlq/0/0' },
    ]);
  });

  test('replays each once; the next run takes what came since', async () => {
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);
    await tool(broker, ['replay']);
    const second = await tool(broker, ['replay']);
    await deadLetter(broker, [{ value: 'c' }]);
    const third = await tool(broker, ['replay']);

    expect(second.out).toBe('Replayed 0 dead letters of events.dlq; 0 left\n');
    expect(third.out).toContain('Replayed 1 dead letter of events.dlq; 0 left');
    expect(await valuesIn('events')).toEqual(['a', 'b', 'c']);
  });

  test('sends all to one topic when told', async () => {
    await broker.createTopic('fixed', 1);
    await deadLetter(broker, [
      { topic: 'orders', value: 'a' },
      { topic: 'events', value: 'b' },
    ]);

    expect((await tool(broker, ['replay', '--to', 'fixed'])).exitCode).toBe(0);
    expect(await valuesIn('fixed')).toEqual(['a', 'b']);
    expect(await valuesIn('events')).toEqual([]);
  });

  test('with --dry-run says what would be sent where, and changes nothing', async () => {
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);

    const { exitCode, out } = await tool(broker, ['replay', '--dry-run']);

    expect(exitCode).toBe(0);
    expect(out).toBe(
      'events.dlq/0/0 would go to events\nevents.dlq/0/1 would go to events\n' +
        'Would replay 2 dead letters of events.dlq; nothing was sent\n',
    );
    expect(await consumerGroups()).toEqual([]);
    expect(await valuesIn('events')).toEqual([]);
  });

  test('replays the named ones only, in order, and not again with the others', async () => {
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }, { value: 'c' }, { value: 'd' }]);
    const named = await tool(broker, ['replay', 'events.dlq/0/3', 'events.dlq/0/1', 'events.dlq/0/3']);
    const others = await tool(broker, ['replay']);

    expect(named.out).toContain('Replayed 2 dead letters of events.dlq; 2 left');
    expect(others.out).toContain('Replayed 2 dead letters of events.dlq; 0 left');
    expect(await valuesIn('events')).toEqual(['b', 'd', 'a', 'c']);
  });

  test('replays a named one again', async () => {
    await deadLetter(broker, [{ value: 'a' }]);
    await tool(broker, ['replay']);

    expect((await tool(broker, ['replay', 'events.dlq/0/0'])).exitCode).toBe(0);
    expect(await valuesIn('events')).toEqual(['a', 'a']);
  });

  test('a dead letter that cannot be sent stops its partition and no other', async () => {
    await broker.createTopic('two.dlq', 2);
    const producer = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const origin = { '__connect.errors.topic': 'events' };
    const messages = [
      { partition: 0, value: 'a', headers: origin },
      { partition: 0, value: 'foreign' },
      { partition: 0, value: 'behind', headers: origin },
      { partition: 1, value: 'b', headers: origin },
    ];
    for (const message of messages) await producer.send({ topic: 'two.dlq', messages: [message] });
    await producer.disconnect();

    const stopped = await tool(broker, ['replay', '--topic', 'two.dlq']);
    const sentElsewhere = await tool(broker, ['replay', 'two.dlq/0/1', '--to', 'events']);
    const rest = await tool(broker, ['replay', '--topic', 'two.dlq']);

    expect(stopped.exitCode).toBe(1);
    expect(stopped.err).toBe(
      'two.dlq/0/1 was not replayed: it does not name its original topic: name one with --to\n',
    );
    expect(stopped.out).toContain('Replayed 2 dead letters of two.dlq; 2 left');
    expect([sentElsewhere.exitCode, rest.exitCode]).toEqual([0, 0]);
    expect(await valuesIn('events')).toEqual(['a', 'b', 'foreign', 'behind']);
  });

  test('a topic that does not exist loses no dead letter', async () => {
    await deadLetter(broker, [{ topic: 'gone', value: 'a' }]);

    const { exitCode, err } = await tool(broker, ['replay']);

    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /^events\.dlq\/0\/0 was not replayed: sending to gone failed: UNKNOWN_TOPIC_OR_PARTITION.*\n$/,
    );
    await broker.createTopic('gone', 1);
    expect((await tool(broker, ['replay'])).exitCode).toBe(0);
    expect(await valuesIn('gone')).toEqual(['a']);
  });

  test('the dead letter topic cannot be replayed into itself', async () => {
    await deadLetter(broker, [{ topic: DEAD_LETTERS, value: 'a' }]);

    expect((await tool(broker, ['replay', '--to', DEAD_LETTERS])).err).toBe(
      'events.dlq cannot be replayed into itself\n',
    );
    expect((await tool(broker, ['replay'])).err).toContain('name another with --to');
  });
});

describe('what goes wrong is one sentence and an exit code', () => {
  test('a topic that does not exist', async () => {
    expect(await tool(broker, ['list', '--topic', 'none'])).toEqual({
      exitCode: 1,
      out: '',
      err: `There is no topic none at ${broker.address}\n`,
    });
  });

  test('a cluster that cannot be reached', async () => {
    const gone = await startTestBroker();
    await gone.stop();

    for (const command of ['list', 'replay']) {
      const { exitCode, out, err } = await tool(gone, [command]);
      expect([exitCode, out]).toEqual([1, '']);
      expect(err).toMatch(/^No answer from Kafka at 127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n$/);
      expect(err).not.toContain('security group');
    }
  });

  test('a cluster that is not configured', async () => {
    const { exitCode, err } = await tool(broker, ['list'], { KAFKA_BROKERS: '' });
    expect(exitCode).toBe(1);
    expect(err).toBe(
      'set KAFKA_BROKERS (host:port, comma-separated) or MSK_CLUSTER_ARN, or give --brokers or --cluster-arn\n',
    );
  });

  test('a command line that makes no sense', async () => {
    const { exitCode, out, err } = await startTool(broker, ['purge']).ended;
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(/^Unknown command "purge"\n\nUsage: npm run kafka/);
  });
});

describe('edit', () => {
  const broken = { orderId: 'o-1', carrier: 7 };
  const headers: [string, string][] = [
    ['ce_specversion', '1.0'],
    ['ce_id', 'e-1'],
    ['ce_source', '/test'],
    ['ce_type', 'order.shipped'],
  ];

  test('sends a dead letter back with the change, and with the headers that say where it comes from', async () => {
    await deadLetter(broker, [{ key: 'o-1', value: broken, headers }]);

    const run = await tool(broker, ['edit', 'events.dlq/0/0', '--set', '/carrier=post', '--set', '/note=a']);

    expect(run).toMatchObject({ exitCode: 0, out: expect.stringContaining('events.dlq/0/0 → events/0/0') });
    const [record] = await readTopic(broker, 'events');
    expect(record).toMatchObject({
      key: Buffer.from('o-1'),
      value: Buffer.from('{"orderId":"o-1","carrier":"post","note":"a"}'),
      headers: {
        ce_id: Buffer.from('e-1'),
        '__dead.letter.edited': Buffer.from('value'),
        '__dead.letter.replayed.from': Buffer.from('events.dlq/0/0'),
      },
    });
    expect(Object.keys(record?.headers ?? {}).filter((name) => name.startsWith('__connect'))).toEqual([]);
    expect((await tool(broker, ['list'])).out).toContain('1 of them replayed');
  });

  test.each([
    [
      'what a consumer would reject again',
      ['--set', '/carrier=8'],
      'would reject it again (--unchecked sends it',
    ],
    ['a place that is not there', ['--set', '/lines/0/sku=cup'], 'The value has no place /lines/0/sku'],
  ])('refuses %s', async (_, change, message) => {
    await deadLetter(broker, [{ value: broken, headers }]);
    const { exitCode, err } = await tool(broker, ['edit', 'events.dlq/0/0', ...change]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining(message)]);
    expect(await readTopic(broker, 'events')).toEqual([]);
  });

  test('sends anything with --unchecked, the value from standard input', async () => {
    await deadLetter(broker, [{ value: broken, headers }]);
    const args = ['dead-letters', 'edit', 'events.dlq/0/0', '--value', '-', '--key', 'k', '--unchecked'];
    expect((await operate(broker, args, {}, { input: 'anything' })).exitCode).toBe(0);
    expect(await readTopic(broker, 'events')).toMatchObject([
      {
        key: Buffer.from('k'),
        value: Buffer.from('anything'),
        headers: { '__dead.letter.edited': Buffer.from('key,value') },
      },
    ]);
  });
});
