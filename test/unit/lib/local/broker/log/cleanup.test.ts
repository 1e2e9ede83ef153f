import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchSizeAt, hasValidCrc, readBatchHeader } from '../../../../../../lib/kafka/wire/record-batch.ts';
import { readRecords } from '../../../../../../lib/kafka/wire/records.ts';
import { logSettings } from '../../../../../../lib/local/broker/log/log-settings.ts';
import { PartitionLog } from '../../../../../../lib/local/broker/log/partition-log.ts';
import type { TopicConfigs } from '../../../../../../lib/local/broker/log/topic-configs.ts';
import { type BatchOptions, CODECS, recordBatch } from '../record-batches.ts';

const UNLIMITED = -1;
/** Every batch gets a segment of its own. */
const SMALL_SEGMENTS = { 'internal.segment.bytes': '1' };
const log = { debug() {}, info() {}, warn() {}, error() {} };
let directory: string;
let configs: TopicConfigs;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cleanup-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(kept: string | undefined, given: TopicConfigs): PartitionLog {
  configs = given;
  return new PartitionLog({ directory: kept, settings: () => logSettings(configs, UNLIMITED), log });
}

function append(partition: PartitionLog, options: BatchOptions): void {
  const batch = recordBatch(options);
  const header = readBatchHeader(batch);
  if (!header) throw new Error('no batch');
  partition.append(batch, header, 0);
}

/** One record `key` = `value`. */
const put = (partition: PartitionLog, key: string, value: string | null, timestamp = 1000) =>
  append(partition, { keys: [key], values: [value], timestamp });

/** The batches that a consumer reads, up to the end. */
function* batches(partition: PartitionLog) {
  for (let next = partition.logStartOffset; next < partition.nextOffset; ) {
    const bytes = partition.read(next, 1, true) ?? Buffer.alloc(0);
    const batch = bytes.subarray(0, batchSizeAt(bytes, 0) ?? 0);
    if (batch.length === 0) return;
    const header = readBatchHeader(batch);
    if (!header) throw new Error('no batch');
    expect(hasValidCrc(batch)).toBe(true);
    yield { batch, header };
    next = header.baseOffset + header.lastOffsetDelta + 1;
  }
}

/** All records as a consumer reads them: offset and key, with ! when there is no value. */
function records(partition: PartitionLog): string[] {
  return [...batches(partition)].flatMap(({ batch, header }) =>
    readRecords(batch, header).map(
      ({ offset, key, hasValue }) => `${offset}${key ?? '-'}${hasValue ? '' : '!'}`,
    ),
  );
}

describe.each([
  ['in memory', false],
  ['in files', true],
])('%s', (_, onDisk) => {
  const create = (given: TopicConfigs) => open(onDisk ? directory : undefined, given);
  /** The same log after a restart, when there is something left of it. */
  const reopened = (partition: PartitionLog) => {
    if (!onDisk) return partition;
    partition.close();
    return open(directory, configs);
  };

  test('retention.ms removes whole segments whose latest record is too old', () => {
    const partition = create({ ...SMALL_SEGMENTS, 'retention.ms': '500' });
    put(partition, 'a', '1', 1000);
    put(partition, 'b', '2', 2000);
    put(partition, 'c', '3', 3000);
    partition.retain(2500);
    expect(records(reopened(partition))).toEqual(['1b', '2c']);
    expect(partition.logStartOffset).toBe(1);
  });

  test('retention.ms empties a log that is too old altogether, and offsets go on', () => {
    const partition = create({ 'retention.ms': '500' });
    put(partition, 'a', '1', 1000);
    partition.retain(1500);
    expect(records(partition)).toEqual(['0a']);
    partition.retain(1501);
    expect(partition.logStartOffset).toBe(1);
    const after = reopened(partition);
    put(after, 'b', '2', 2000);
    expect(records(after)).toEqual(['1b']);
  });

  test.each([
    ['retention.ms=-1', { 'retention.ms': '-1' }],
    ['cleanup.policy=compact', { 'cleanup.policy': 'compact', 'retention.ms': '1', 'retention.bytes': '1' }],
    ['an empty cleanup.policy', { 'cleanup.policy': '', 'retention.ms': '1', 'retention.bytes': '1' }],
  ])('nothing is too old with %s', (__, given) => {
    const partition = create({ ...SMALL_SEGMENTS, ...given });
    put(partition, 'a', '1');
    put(partition, 'b', '2');
    partition.retain(Number.MAX_SAFE_INTEGER);
    expect(records(partition)).toEqual(['0a', '1b']);
  });

  test('retention.bytes applies as soon as it is changed', () => {
    const partition = create(SMALL_SEGMENTS);
    for (const key of ['a', 'b', 'c']) put(partition, key, '1');
    configs = { ...SMALL_SEGMENTS, 'retention.bytes': '100' };
    partition.retain(1000);
    expect(records(reopened(partition))).toEqual(['2c']);
  });

  test('segment.ms ends a segment whose first record is older than that', () => {
    const partition = create({ 'segment.ms': '100', 'retention.ms': '500' });
    put(partition, 'a', '1', 1000);
    put(partition, 'b', '2', 1100);
    put(partition, 'c', '3', 1201);
    partition.retain(1601);
    expect(records(partition)).toEqual(['2c']);
  });

  describe('compaction', () => {
    const COMPACT = { ...SMALL_SEGMENTS, 'cleanup.policy': 'compact' };

    test('keeps the last record of each key at its offset, and the active segment as it is', () => {
      const partition = create(COMPACT);
      put(partition, 'a', '1');
      put(partition, 'b', '1');
      put(partition, 'a', '2');
      append(partition, { keys: ['c', 'd', 'c'], values: ['1', '1', '2'] });
      append(partition, { keys: ['a', 'a'], values: ['3', '4'] });
      partition.compact(5000);
      const expected = ['1b', '2a', '4d', '5c', '6a', '7a'];
      expect(records(partition)).toEqual(expected);
      expect(partition.logStartOffset).toBe(0);
      const after = reopened(partition);
      expect(records(after)).toEqual(expected);
      expect([after.logStartOffset, after.nextOffset]).toEqual([0, 8]);
    });

    test('does nothing without the policy', () => {
      const partition = create(SMALL_SEGMENTS);
      for (const value of ['1', '2', '3']) put(partition, 'a', value);
      partition.compact(5000);
      expect(records(partition)).toEqual(['0a', '1a', '2a']);
    });

    test('min.compaction.lag.ms protects what is younger', () => {
      const partition = create({ ...COMPACT, 'min.compaction.lag.ms': '1000' });
      put(partition, 'a', '1', 1000);
      put(partition, 'a', '2', 2000);
      put(partition, 'a', '3', 3000);
      put(partition, 'z', 'active', 4000);
      partition.compact(3000);
      expect(records(partition)).toEqual(['1a', '2a', '3z']);
      partition.compact(4000);
      expect(records(partition)).toEqual(['2a', '3z']);
    });

    test('a record without a value deletes its key, and goes itself after delete.retention.ms', () => {
      const partition = create({ ...COMPACT, 'delete.retention.ms': '1000' });
      put(partition, 'a', '1', 1000);
      put(partition, 'a', null, 2000);
      put(partition, 'z', 'active', 2000);
      partition.compact(2999);
      expect(records(partition)).toEqual(['1a!', '2z']);
      partition.compact(3000);
      expect(records(reopened(partition))).toEqual(['2z']);
    });

    test.each(Object.entries(CODECS))('reads batches with %s', (__, codec) => {
      const partition = create(COMPACT);
      append(partition, { keys: ['a', 'b', 'a'], values: ['1', '1', '2'], ...codec });
      put(partition, 'z', 'active');
      partition.compact(5000);
      expect(records(partition)).toEqual(['1b', '2a', '3z']);
    });

    test('works together with retention', () => {
      const partition = create({ ...COMPACT, 'cleanup.policy': 'compact,delete', 'retention.ms': '500' });
      put(partition, 'a', '1', 1000);
      put(partition, 'b', '1', 2000);
      put(partition, 'b', '2', 2100);
      put(partition, 'z', 'active', 2200);
      partition.compact(2300);
      partition.retain(2300);
      expect(records(partition)).toEqual(['2b', '3z']);
    });
  });
});

test('compaction leaves no other files behind', () => {
  const partition = open(directory, { ...SMALL_SEGMENTS, 'cleanup.policy': 'compact' });
  for (const value of ['1', '2', '3']) put(partition, 'a', value);
  partition.compact(5000);
  expect(readdirSync(directory).sort()).toEqual([
    '00000000000000000000.log',
    '00000000000000000001.log',
    '00000000000000000002.log',
  ]);
});
