import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommittedOffsets } from '../../../../../../lib/local/broker/groups/committed-offsets.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'committed-offsets-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const commit = (topic: string, partition: number, offset: number) => ({
  topic,
  partition,
  offset,
  leaderEpoch: -1,
  metadata: null,
});

test('the last commit of a partition counts, after a restart too', () => {
  const before = new CommittedOffsets(directory);
  before.commit('g', [commit('t', 0, 5), commit('t', 1, 6)]);
  before.commit('g', [commit('t', 0, 9)]);
  const after = new CommittedOffsets(directory);
  expect(after.get('g', 't', 0)?.offset).toBe(9);
  expect(after.get('g', 't', 1)?.offset).toBe(6);
});

test('a torn last line is no commit, and does not harm the next one', () => {
  new CommittedOffsets(directory).commit('g', [commit('t', 0, 5)]);
  appendFileSync(join(directory, 'committed-offsets.jsonl'), '{"group":"g","topic":"t","partition":0,"off');
  new CommittedOffsets(directory).commit('g', [commit('t', 1, 7)]);
  const after = new CommittedOffsets(directory);
  expect([after.get('g', 't', 0)?.offset, after.get('g', 't', 1)?.offset]).toEqual([5, 7]);
});

test('removed offsets stay removed', () => {
  const before = new CommittedOffsets(directory);
  before.commit('g', [commit('t', 0, 1), commit('u', 0, 2)]);
  before.commit('h', [commit('t', 0, 3)]);
  before.removeTopic('t');
  const after = new CommittedOffsets(directory);
  expect(after.groups()).toEqual(['g']);
  expect(after.get('g', 'u', 0)?.offset).toBe(2);
});

test('many commits do not make the file grow without end', () => {
  const offsets = new CommittedOffsets(directory);
  for (let offset = 0; offset < 10_500; offset++) offsets.commit('g', [commit('t', 0, offset)]);
  const lines = readFileSync(join(directory, 'committed-offsets.jsonl'), 'utf8').split('\n').length;
  expect(lines).toBeLessThan(1000);
  expect(new CommittedOffsets(directory).get('g', 't', 0)?.offset).toBe(10_499);
});
