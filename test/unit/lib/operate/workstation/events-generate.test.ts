import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeRecord } from '../../../../../lib/consume/decode-record.ts';
import { recordsByPartition } from '../../../../../lib/consume/msk-event.ts';
import { eventsInRequest } from '../../../../../lib/http/events-in-request.ts';
import { httpRequest } from '../../../../../lib/http/request.ts';
import { run, type Surroundings } from '../../../../../lib/operate/run.ts';
import { fromKafkaRecord } from '../../../../../lib/schema/kafka-binding.ts';
import { validateEvent } from '../../../../../lib/schema/validation.ts';

async function generate(line: string, surroundings: Partial<Surroundings> = {}): Promise<string> {
  let out = '';
  const exitCode = await run(['events', 'generate', ...line.split(' ').filter(Boolean)], {
    environment: {},
    standardOutput: (text) => {
      out += text;
    },
    standardError: () => {},
    signal: new AbortController().signal,
    ...surroundings,
  });
  expect(exitCode).toBe(0);
  return out;
}

/** By topic and partition, the types of its records: `undefined` where a consumer would reject one. */
function typesIn(text: string): Record<string, (string | undefined)[]> {
  const types = recordsByPartition(JSON.parse(text)).map(({ topicPartition, records }) => {
    const ofPartition = records.map((record) => {
      const decoded = decodeRecord(record);
      const event = decoded.ok ? fromKafkaRecord(decoded.value) : decoded;
      const valid = event.ok ? validateEvent(event.value) : event;
      return valid.ok ? valid.value.type : undefined;
    });
    return [topicPartition, ofPartition] as const;
  });
  return Object.fromEntries(types);
}

test('makes a valid event of each type', async () => {
  expect(typesIn(await generate(''))).toEqual({
    'events-0': ['message.posted', 'order.placed', 'order.shipped'],
  });
});

test('makes as many as asked for, of the types that are named, over several partitions', async () => {
  expect(typesIn(await generate('order.placed order.shipped --count 3 --partitions 2'))).toEqual({
    'events-0': ['order.placed', 'order.placed'],
    'events-1': ['order.shipped'],
  });
});

test('adds records that nobody can process', async () => {
  const out = await generate('order.placed --poison');
  expect(typesIn(out)['events-0']).toEqual(['order.placed', ...Array.from({ length: 4 }, () => undefined)]);
});

test('adds a tombstone', async () => {
  const [, tombstone] = JSON.parse(await generate('order.placed --tombstone')).records['events-0'];
  expect(tombstone).toMatchObject({ key: expect.any(String) });
  expect(tombstone).not.toHaveProperty('value');
});

test.each([
  ['one event', '--count 1', ['message.posted']],
  ['several', 'order.shipped --count 2', ['order.shipped', 'order.shipped']],
])('makes a request with %s', async (_, line, types) => {
  const event = JSON.parse(await generate(`${line} --as http`));
  expect(event.version).toBe('2.0');
  expect(eventsInRequest(httpRequest(event)).map(({ type }) => type)).toEqual(types);
});

test('writes a file, and says what to invoke with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'generated-'));
  const file = join(folder, 'new', 'event.json');
  const command = (name: string, brokers = 'localhost:9092') =>
    `Wrote ${file}: npx serverless invoke local -f ${name} --path ${file} --env KAFKA_BROKERS=${brokers}\n`;
  const reading = (topic: string) => ({
    declaredConsumers: async () => [{ topic, deadLetterTopic: `${topic}.dlq`, functionName: 'bill' }],
  });
  try {
    const line = `order.placed --out ${file}`;
    expect(await generate(line, reading('events'))).toBe(command('bill'));
    expect(typesIn(readFileSync(file, 'utf8'))).toEqual({ 'events-0': ['order.placed'] });
    expect(await generate(`${line} --as http`, { environment: { KAFKA_BROKERS: 'kafka:9092' } })).toBe(
      command('publish', 'kafka:9092'),
    );
    expect(await generate(line, reading('orders'))).toBe(
      `Wrote ${file}: no function of serverless.yml reads events\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
