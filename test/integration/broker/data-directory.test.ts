import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Admin, Kafka } from 'kafkajs';
import { type Broker, startBroker } from '../../../lib/local/broker/broker.ts';
import { createLog } from '../../../lib/log.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { kafkaClient, temporaryDirectory } from '../../support/broker.ts';
import { administer } from '../../support/kafka-administration.ts';

const TOPIC = 'orders';
const GROUP = 'readers';

let directory: string;
const lines: string[] = [];

beforeEach(() => {
  directory = temporaryDirectory();
  lines.length = 0;
});

/** Runs something on a broker over the directory, which is stopped afterwards. */
async function withBroker<T>(work: (broker: Broker, client: Kafka) => T | Promise<T>): Promise<T> {
  const log = createLog({ write: (line) => lines.push(line), level: 'info' });
  const broker = await startBroker({ port: 0, dataDirectory: directory, log });
  try {
    return await work(broker, kafkaClient(broker));
  } finally {
    await broker.stop({ abrupt: true });
  }
}

async function send(client: Kafka, ...values: string[]): Promise<void> {
  const producer = client.producer();
  await producer.connect();
  await producer.send({ topic: TOPIC, messages: values.map((value) => ({ value, partition: 0 })) });
  await producer.disconnect();
}

/** Reads with the group until there are `count` records. */
async function consume(client: Kafka, count: number): Promise<string[]> {
  const consumer = client.consumer({ groupId: GROUP, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const values: string[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(String(message.value));
    },
  });
  await eventually(`${count} records`, () => values.length >= count);
  await consumer.disconnect();
  return values;
}

const onAdmin = <T>(work: (admin: Admin) => Promise<T>) =>
  withBroker((broker) => administer(broker.address, work));
const filesBelow = (path: string) => readdirSync(path, { recursive: true }).map(String).sort();

/** Writes into the file what the group has committed. */
function commit(offset: number | string): void {
  appendFileSync(
    join(directory, 'committed-offsets.jsonl'),
    `{"group":"${GROUP}","topic":"${TOPIC}","partition":0,"offset":${offset},"leaderEpoch":-1,"metadata":""}\n`,
  );
}

/** A data directory with three records, of which the group has read all, and one more topic. */
async function filled(): Promise<string> {
  await withBroker(async (broker, client) => {
    broker.createTopic(TOPIC, 1);
    broker.createTopic('other', 2);
    await send(client, 'a', 'b', 'c');
  });
  commit(3);
  lines.length = 0;
  return join(directory, 'topics', `${TOPIC}-1`, '0', '00000000000000000000.log');
}

describe('a directory that is not ours is refused and left as it is', () => {
  const foreign: [string, (path: string) => void][] = [
    ['a folder of topics', (path) => mkdirSync(join(path, 'topics', 'gardening'), { recursive: true })],
    [
      'a folder of topics with names like ours',
      (path) => {
        mkdirSync(join(path, 'topics', 'week-1', '0'), { recursive: true });
        writeFileSync(join(path, 'topics', 'week-1', '0', 'notes.txt'), 'mine');
      },
    ],
    ['another file', (path) => writeFileSync(join(path, 'letter.txt'), 'mine')],
    ['a topics.json of another kind', (path) => writeFileSync(join(path, 'topics.json'), '{"gardening":[]}')],
    ['a file called topics', (path) => writeFileSync(join(path, 'topics'), 'mine')],
  ];

  test.each(foreign)('%s', async (_, create) => {
    create(directory);
    const before = filesBelow(directory);
    await expect(withBroker(() => {})).rejects.toThrow(
      'use a new or an empty directory (KAFKA_DATA_DIRECTORY)',
    );
    expect(filesBelow(directory)).toEqual(before);
  });

  test.each([
    ['of something else', '{"format":"other"}', 'was not written by this broker'],
    ['of a later version', '{"format":"embedded-kafka-broker","version":2}', 'version 2'],
    ['that cannot be read', 'x', 'was not written by this broker'],
  ])('a marker %s', async (_, content, message) => {
    writeFileSync(join(directory, 'data-directory.json'), content);
    await expect(withBroker(() => {})).rejects.toThrow(message);
  });
});

test('foreign files beside the topics of a data directory are left alone', async () => {
  await filled();
  mkdirSync(join(directory, 'topics', 'gardening'));
  mkdirSync(join(directory, 'topics', 'stale-7', '0'), { recursive: true });
  await onAdmin(async () => {});
  expect(readdirSync(join(directory, 'topics')).sort()).toEqual([
    'gardening',
    'orders-1',
    'other-2',
    'stale-7',
  ]);
  expect(lines.join()).toContain('stale-7 belongs to no topic');
});

test('a directory of a version without marker is adopted', async () => {
  await filled();
  rmSync(join(directory, 'data-directory.json'));
  mkdirSync(join(directory, 'on-failure'));
  expect(await onAdmin((admin) => admin.listTopics())).toEqual([TOPIC, 'other']);
  expect(existsSync(join(directory, 'data-directory.json'))).toBe(true);
  expect(lines.join()).toContain('is from a version without a marker file');
});

test('without topics.json the topics are recovered from their folders, with their records', async () => {
  await filled();
  rmSync(join(directory, 'topics.json'));
  const [offsets] = await onAdmin((admin) => admin.fetchTopicOffsets(TOPIC));
  expect(offsets).toMatchObject({ low: '0', high: '3' });
  expect(lines.join()).toContain('topics.json is missing: orders, other recovered from the folders');
  expect(await onAdmin((admin) => admin.fetchTopicOffsets('other'))).toHaveLength(2);
});

test('a deleted topic stays deleted when the broker died before its files were gone', async () => {
  await filled();
  const topics = join(directory, 'topics');
  mkdirSync(join(topics, `${TOPIC}-1.deleted`, '0'), { recursive: true });
  rmSync(join(topics, `${TOPIC}-1`), { recursive: true });
  expect(await onAdmin((admin) => admin.listTopics())).toEqual(['other']);
  expect(readdirSync(topics)).toEqual(['other-2']);
});

describe('after damage', () => {
  test('a consumer group that was ahead of a cut-off tail gets all records that are written next', async () => {
    const file = await filled();
    const whole = readFileSync(file);
    truncateSync(file, whole.length - 1);
    const values = await withBroker(async (_, client) => {
      await send(client, 'd', 'e');
      return consume(client, 2);
    });
    expect(values).toEqual(['d', 'e']);
    expect(lines.join()).toContain(
      'group readers had committed offset 3 of orders-0, which ends at 0: the offset was set to 0',
    );
    expect(readFileSync(`${file}.damaged-0`)).toEqual(whole.subarray(0, -1));
  });

  test.each([
    ['1e300', '1e300'],
    ['1e400', '1e400'],
    ['beyond the end', '17'],
  ])('a committed offset of %s is the end of the log', async (_, offset) => {
    await filled();
    commit(offset);
    const values = await withBroker(async (_broker, client) => {
      await send(client, 'd');
      return consume(client, 1);
    });
    expect(values).toEqual(['d']);
    expect(lines.join()).toContain('which ends at 3: the offset was set to 3');
  });

  test.each(['-5', '1.5'])('a committed offset of %s is forgotten', async (offset) => {
    await filled();
    commit(offset);
    expect(await withBroker((_broker, client) => consume(client, 3))).toEqual(['a', 'b', 'c']);
    expect(lines.join()).toContain('is not a valid offset: it was deleted');
  });

  test('lines that are no committed offsets are kept and said, the others count', async () => {
    await filled();
    const file = join(directory, 'committed-offsets.jsonl');
    appendFileSync(file, 'damaged\n');
    commit(1);
    const before = readFileSync(file, 'utf8');
    expect(await withBroker((_broker, client) => consume(client, 2))).toEqual(['b', 'c']);
    expect(lines.join()).toContain('1 of its lines are not committed offsets');
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(before);
  });

  test('the committed offset of a topic that is gone does not hide the records of the next', async () => {
    await filled();
    rmSync(join(directory, 'topics.json'));
    rmSync(join(directory, 'topics'), { recursive: true });
    const values = await withBroker(async (broker, client) => {
      broker.createTopic(TOPIC, 1);
      await send(client, 'new');
      return consume(client, 1);
    });
    expect(values).toEqual(['new']);
    expect(lines.join()).toContain('which does not exist: the offset was deleted');
  });

  test('a consumer goes on behind a flipped byte, and the log says where it is', async () => {
    const file = await withBroker(async (broker, client) => {
      broker.createTopic(TOPIC, 1);
      for (const value of ['first', 'flipped', 'last']) await send(client, value);
      return join(directory, 'topics', `${TOPIC}-1`, '0', '00000000000000000000.log');
    });
    const bytes = readFileSync(file);
    bytes.writeUInt8(0x58, bytes.indexOf('flipped'));
    writeFileSync(file, bytes);
    expect(await withBroker((_broker, client) => consume(client, 2))).toEqual(['first', 'last']);
    expect(lines.join()).toContain(`${file} is damaged`);
  });
});
