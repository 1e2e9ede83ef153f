import { eventually } from '../../../lib/testing/eventually.ts';
import { readTopic } from '../../support/read-topic.ts';
import { type FaultyKafka, startFaultyKafka } from '../../support/test-kafka.ts';
import { DEAD_LETTERS, deadLetter, startTool, type ToolProcess, tool } from './dead-letter-tool.ts';

const LETTERS = 240;
const PARTITIONS = 3;
/** Of every answer to a produce request, so that a signal finds the replay at work. */
const PRODUCE_DELAY_MS = 5;

let broker: FaultyKafka;

beforeEach(async () => {
  broker = await startFaultyKafka();
  // As many partitions, so that what was in order in one of them stays comparable.
  await broker.createTopic('events', PARTITIONS);
  await broker.createTopic(DEAD_LETTERS, PARTITIONS);
  const records = Array.from({ length: LETTERS }, (_, index) => ({
    key: `key ${index % 10}`,
    value: `${index}`,
  }));
  await deadLetter(broker, records);
  broker.faults.delay(PRODUCE_DELAY_MS, 'Produce');
});

/** The values of a topic by partition, each at its first appearance only. */
async function firstAppearances(topic: string): Promise<{ values: string[][]; records: number }> {
  const records = await readTopic(broker, topic);
  const values = Array.from({ length: PARTITIONS }, (_, partition) => [
    ...new Set(records.filter((record) => record.partition === partition).map(({ value }) => String(value))),
  ]);
  return { values, records: records.length };
}

function replayedLines({ out }: ToolProcess): number {
  return out().split('→').length - 1;
}

test('killed twice in the middle, the next run replays the rest: nothing is lost, order is kept', async () => {
  const { values: expected } = await firstAppearances(DEAD_LETTERS);
  for (let kills = 0; kills < 2; kills++) {
    const killed = startTool(broker, ['replay']);
    await eventually('the replay is underway', () => replayedLines(killed) > LETTERS / 4, 30_000);
    killed.child.kill('SIGKILL');
    expect((await killed.ended).out).not.toContain('Replayed');
  }

  const last = await tool(broker, ['replay']);

  expect(last.err).toContain('Another replay of events.dlq is running, or was killed a moment ago');
  expect(last.exitCode).toBe(0);
  expect(last.out).toContain('; 0 left');
  const { values, records } = await firstAppearances('events');
  expect(values).toEqual(expected);
  // One record can be underway at each kill.
  expect(records).toBeLessThanOrEqual(LETTERS + 2);
});

test('Ctrl-C stops after the current record and says what is left; the next run sends only that', async () => {
  const { values: expected } = await firstAppearances(DEAD_LETTERS);
  const interrupted = startTool(broker, ['replay']);
  await eventually('the replay is underway', () => replayedLines(interrupted) > LETTERS / 4, 30_000);
  // Twice, because both the terminal and npm send it.
  interrupted.child.kill('SIGINT');
  interrupted.child.kill('SIGINT');
  const { exitCode, out, err } = await interrupted.ended;

  expect([exitCode, err]).toEqual([130, '']);
  const replayed = replayedLines(interrupted);
  expect(replayed).toBeLessThan(LETTERS);
  expect(out).toContain(
    `Interrupted: replayed ${replayed} dead letters of events.dlq; ${LETTERS - replayed} left\n`,
  );
  const rest = await tool(broker, ['replay']);
  expect(rest.out).toContain(`Replayed ${LETTERS - replayed} dead letters of events.dlq; 0 left`);
  expect(await firstAppearances('events')).toEqual({ values: expected, records: LETTERS });
});

test('two runs at once send nothing twice', async () => {
  const first = startTool(broker, ['replay']);
  await eventually('the replay is underway', () => replayedLines(first) > 0, 30_000);
  const second = await tool(broker, ['replay']);

  expect((await first.ended).exitCode).toBe(0);
  // It waits for the first to leave, and gives up when that takes long; either way it sends nothing.
  expect(second.out).not.toContain('→');
  expect((await readTopic(broker, 'events')).length).toBe(LETTERS);
});

test('a run that loses the cluster says so, and the next one sends the rest', async () => {
  const { values: expected } = await firstAppearances(DEAD_LETTERS);
  const cut = startTool(broker, ['replay']);
  await eventually('the replay is underway', () => replayedLines(cut) > LETTERS / 4, 30_000);
  broker.faults.refuse();
  broker.faults.reset();
  const { exitCode, err } = await cut.ended;

  expect(exitCode).toBe(1);
  expect(err).toContain('No answer from Kafka');
  await broker.faults.accept();
  expect((await tool(broker, ['replay'])).exitCode).toBe(0);
  const { values, records } = await firstAppearances('events');
  expect(values).toEqual(expected);
  expect(records).toBeLessThanOrEqual(LETTERS + 1);
});
