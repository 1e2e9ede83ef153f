import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { batchSizeAt, readBatchHeader } from '../../../../../../lib/kafka/wire/record-batch.ts';
import { logSettings } from '../../../../../../lib/local/broker/log/log-settings.ts';
import { PartitionLog } from '../../../../../../lib/local/broker/log/partition-log.ts';
import { type BatchOptions, CODECS, recordBatch } from '../record-batches.ts';

const MEBIBYTE = 1024 * 1024;
const warnings: string[] = [];
const report = (message: string) => warnings.push(message);
const log = { debug() {}, info() {}, warn: report, error: report };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'partition-log-'));
  warnings.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(retentionBytes = MEBIBYTE): PartitionLog {
  return new PartitionLog({ directory, settings: () => logSettings({}, retentionBytes), log });
}

function append(partition: PartitionLog, options?: BatchOptions) {
  const batch = recordBatch(options);
  const header = readBatchHeader(batch);
  if (!header) throw new Error('no batch');
  return partition.append(batch, header, 0);
}

/** The base offsets of all batches, read as a consumer reads them. */
function baseOffsets(partition: PartitionLog, from = partition.logStartOffset, maxBytes = 2000): number[] {
  const offsets: number[] = [];
  for (let next = from; next < partition.nextOffset; ) {
    const bytes = partition.read(next, maxBytes, true) ?? Buffer.alloc(0);
    expect(bytes.length).toBeGreaterThan(0);
    for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at) ?? 0) {
      const header = readBatchHeader(bytes, at);
      offsets.push(header?.baseOffset ?? -1);
      next = (header?.baseOffset ?? 0) + (header?.lastOffsetDelta ?? 0) + 1;
    }
  }
  return offsets;
}

function segmentFiles(): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(directory, name));
}

describe.each([
  ['in memory', () => new PartitionLog({ settings: () => logSettings({}, MEBIBYTE), log })],
  ['in files', () => open()],
])('a partition %s', (_, create) => {
  test('gives every record the next offset', () => {
    const partition = create();
    expect(append(partition, { values: ['a', 'b', 'c'] })).toEqual({ kind: 'appended', baseOffset: 0 });
    expect(append(partition)).toEqual({ kind: 'appended', baseOffset: 3 });
    expect(partition.nextOffset).toBe(4);
  });

  test('answers the batch that holds an offset, from its start', () => {
    const partition = create();
    append(partition, { values: ['a', 'b', 'c'] });
    append(partition, { values: ['d'] });
    expect(readBatchHeader(partition.read(2, 10, true) ?? Buffer.alloc(0))?.baseOffset).toBe(0);
    expect(readBatchHeader(partition.read(3, 10, true) ?? Buffer.alloc(0))?.baseOffset).toBe(3);
  });

  test('answers nothing at its end, and undefined outside', () => {
    const partition = create();
    append(partition);
    expect(partition.read(1, 1000, true)).toHaveLength(0);
    expect(partition.read(2, 1000, true)).toBeUndefined();
    expect(partition.read(-1, 1000, true)).toBeUndefined();
  });

  test('gives one batch over the limit only when it is the first', () => {
    const partition = create();
    append(partition);
    expect(partition.read(0, 1, false)).toHaveLength(0);
    expect(partition.read(0, 1, true)).toHaveLength(recordBatch().length);
  });

  test('reads back every batch, of whatever sizes, at whatever fetch size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 20_000 }),
        (sizes, maxBytes) => {
          const partition = create();
          const start = partition.nextOffset;
          const expected = sizes.map((size) => {
            const result = append(partition, { values: ['x'.repeat(size), 'y'] });
            return result.kind === 'appended' ? result.baseOffset : -1;
          });
          expect(baseOffsets(partition, start, maxBytes)).toEqual(expected);
          partition.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  test('finds the first record of a time or later', () => {
    const partition = create();
    for (let index = 0; index < 200; index++)
      append(partition, { values: ['a', 'b'], timestamp: 1000 + 10 * index });
    expect(partition.offsetFrom(0)).toEqual({ offset: 0, timestamp: 1000 });
    expect(partition.offsetFrom(1001)).toEqual({ offset: 1, timestamp: 1001 });
    expect(partition.offsetFrom(2002)).toEqual({ offset: 202, timestamp: 2010 });
    expect(partition.offsetFrom(1_000_000)).toBeUndefined();
    expect(partition.offsetOfMaxTimestamp()).toEqual({ offset: 399, timestamp: 2991 });
  });

  describe.each([['uncompressed', {}], ...Object.entries(CODECS)])('times in a batch, %s', (_, codec) => {
    const LOG_APPEND_TIME = 0b1000;
    const withTimes = (partition: PartitionLog, more: BatchOptions = {}) => {
      append(partition, { values: ['early'], timestamp: 500 });
      append(partition, { values: ['a', 'b', 'c', 'd'], timestamp: 1000, ...codec, ...more });
      append(partition, { values: ['late'], timestamp: 900 });
    };

    test('the first record of a time or later is found', () => {
      const partition = create();
      withTimes(partition);
      expect(partition.offsetFrom(1000)).toEqual({ offset: 1, timestamp: 1000 });
      expect(partition.offsetFrom(1002)).toEqual({ offset: 3, timestamp: 1002 });
      expect(partition.offsetFrom(1004)).toBeUndefined();
    });

    test('the record with the latest time is found', () => {
      const partition = create();
      withTimes(partition);
      expect(partition.offsetOfMaxTimestamp()).toEqual({ offset: 4, timestamp: 1003 });
    });

    test('deleted records are passed over, the rest of their batch is not', () => {
      const partition = create();
      withTimes(partition);
      partition.deleteRecordsBefore(3);
      expect(partition.offsetFrom(0)).toEqual({ offset: 3, timestamp: 1002 });
      expect(partition.offsetOfMaxTimestamp()).toEqual({ offset: 4, timestamp: 1003 });
      partition.deleteRecordsBefore(5);
      expect(partition.offsetFrom(0)).toEqual({ offset: 5, timestamp: 900 });
      expect(partition.offsetOfMaxTimestamp()).toEqual({ offset: 5, timestamp: 900 });
    });

    test('with LogAppendTime all records have the time of the append', () => {
      const partition = create();
      const attributes = LOG_APPEND_TIME | ('attributes' in codec ? codec.attributes : 0);
      withTimes(partition, { attributes, maxTimestamp: 2000 });
      expect(partition.offsetFrom(1500)).toEqual({ offset: 1, timestamp: 2000 });
      expect(partition.offsetOfMaxTimestamp()).toEqual({ offset: 1, timestamp: 2000 });
    });
  });

  test('drops its oldest segments beyond the retention, and keeps the newest records', () => {
    const partition = create();
    const value = 'x'.repeat(10_000);
    for (let index = 0; index < 300; index++) append(partition, { values: [value] });
    expect(partition.size).toBeLessThanOrEqual(MEBIBYTE);
    expect(partition.size).toBeGreaterThan(MEBIBYTE / 2);
    expect(partition.logStartOffset).toBeGreaterThan(0);
    expect(baseOffsets(partition).at(-1)).toBe(299);
    expect(partition.read(0, 1000, true)).toBeUndefined();
  });

  test('deletes records up to an offset', () => {
    const partition = create();
    for (let index = 0; index < 10; index++) append(partition);
    partition.deleteRecordsBefore(4);
    expect(partition.logStartOffset).toBe(4);
    expect(partition.read(3, 1000, true)).toBeUndefined();
    expect(partition.offsetFrom(0)?.offset).toBe(4);
  });

  test('tells those who wait that something was appended, until they stop', () => {
    const partition = create();
    let appends = 0;
    const stop = partition.onAppend(() => appends++);
    append(partition);
    stop();
    append(partition);
    expect(appends).toBe(1);
  });
});

describe('idempotent producers', () => {
  const from = (baseSequence: number, more: BatchOptions = {}) => ({
    producerId: 1,
    producerEpoch: 0,
    baseSequence,
    ...more,
  });

  test('a repeated batch gets the offset it already has', () => {
    const partition = open();
    append(partition, from(0, { values: ['a', 'b'] }));
    append(partition, from(2));
    expect(append(partition, from(0, { values: ['a', 'b'] }))).toEqual({ kind: 'duplicate', baseOffset: 0 });
    expect(append(partition, from(2))).toEqual({ kind: 'duplicate', baseOffset: 2 });
    expect(partition.nextOffset).toBe(3);
  });

  test.each([
    ['a gap', from(5), 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['an older epoch', from(1, { producerEpoch: -1 }), 'INVALID_PRODUCER_EPOCH'],
    ['a new epoch that does not start at 0', from(1, { producerEpoch: 1 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  ])('%s is refused', (_, options, error) => {
    const partition = open();
    append(partition, from(0));
    expect(append(partition, options)).toEqual({ kind: 'refused', error });
    expect(partition.nextOffset).toBe(1);
  });

  test('a new epoch starts again at 0', () => {
    const partition = open();
    append(partition, from(0));
    expect(append(partition, from(0, { producerEpoch: 1 }))).toEqual({ kind: 'appended', baseOffset: 1 });
  });

  test('sequence numbers go on with 0 after the largest one', () => {
    const partition = open();
    append(partition, from(2 ** 31 - 2, { values: ['a', 'b'] }));
    expect(append(partition, from(0)).kind).toBe('appended');
  });

  test('the 1,000 that wrote last are remembered, as of any number', () => {
    const partition = open();
    for (let producerId = 0; producerId <= 1000; producerId++) append(partition, { ...from(0), producerId });
    expect(append(partition, { ...from(0), producerId: 1 }).kind).toBe('duplicate');
    // Of a forgotten one any sequence is taken.
    expect(append(partition, { ...from(7), producerId: 0 }).kind).toBe('appended');
  });

  test('duplicates are still recognised after a restart', () => {
    const before = open();
    append(before, from(0));
    append(before, from(1));
    before.close();
    expect(append(open(), from(1))).toEqual({ kind: 'duplicate', baseOffset: 1 });
  });
});

describe('after a restart', () => {
  test('everything is there, and goes on where it ended', () => {
    const before = open();
    for (let index = 0; index < 300; index++) append(before, { values: ['x'.repeat(5000)] });
    before.close();
    const after = open();
    expect(after.logStartOffset).toBe(before.logStartOffset);
    expect(baseOffsets(after)).toEqual(baseOffsets(before));
    expect(append(after)).toEqual({ kind: 'appended', baseOffset: 300 });
    expect(warnings).toEqual([]);
  });

  test('deleted records stay deleted', () => {
    const before = open();
    for (let index = 0; index < 10; index++) append(before);
    before.deleteRecordsBefore(7);
    before.close();
    expect(open().logStartOffset).toBe(7);
  });

  test('a torn last write is cut off with a warning, whatever is left of it', () => {
    const before = open();
    for (let index = 0; index < 3; index++) append(before);
    before.close();
    const [file = ''] = segmentFiles();
    const whole = readFileSync(file);
    const size = recordBatch().length;
    for (let left = 1; left < size; left++) {
      writeFileSync(file, whole);
      truncateSync(file, 2 * size + left);
      warnings.length = 0;
      const after = open();
      expect(baseOffsets(after)).toEqual([0, 1]);
      expect(append(after)).toEqual({ kind: 'appended', baseOffset: 2 });
      after.close();
      expect(warnings).toEqual([expect.stringContaining(`${left} bytes`)]);
    }
  });

  test.each([
    [
      'a broken CRC',
      () => {
        const batch = recordBatch({ baseOffset: 2 });
        batch.writeUInt8(batch.readUInt8(40) ^ 1, 40);
        return batch;
      },
    ],
    ['zeros', () => Buffer.alloc(500)],
    ['noise', () => Buffer.alloc(500, 0xa7)],
    ['what would be batches', () => Buffer.alloc(500, 2)],
  ])('%s at the end is cut off and kept beside the log, the batches before stay', (_, tail) => {
    const before = open();
    append(before);
    append(before);
    before.close();
    const [file = ''] = segmentFiles();
    appendFileSync(file, tail());
    const after = open();
    expect(baseOffsets(after)).toEqual([0, 1]);
    expect(readFileSync(`${file}.damaged-2`)).toEqual(tail());
    expect(warnings).toEqual([expect.stringContaining(`${file}.damaged-2`)]);
    after.close();
    appendFileSync(file, tail());
    open();
    expect(readFileSync(`${file}.damaged-2-2`)).toEqual(tail());
  });

  test.each([
    ['a log start beyond the end', '17\n'],
    ['a log start of 1e300', '1e300'],
    ['a log start that is no number', 'now'],
  ])('%s hides no record, and the correction is said', (_, content) => {
    const before = open();
    for (let index = 0; index < 3; index++) append(before);
    before.close();
    writeFileSync(join(directory, 'log-start-offset'), content);
    const after = open();
    expect(baseOffsets(after)).toEqual([0, 1, 2]);
    expect(warnings).toEqual([expect.stringContaining('the start was set to 0')]);
    after.close();
    open();
    expect(warnings).toHaveLength(1);
  });
});

describe('a damaged batch', () => {
  const BATCHES = 100;
  const sized = (index: number) => ({ values: ['x'.repeat(10_000 + index), 'y'] });
  const size = recordBatch(sized(0)).length;
  /** Flips a byte of the batch that starts at offset 10, `at` bytes behind its start, in the sealed or active segment. */
  const damage = (file: string, at: number) => {
    const bytes = readFileSync(file);
    for (let position = 0; position < bytes.length; position += batchSizeAt(bytes, position) ?? 0) {
      const offset = readBatchHeader(bytes, position)?.baseOffset ?? 0;
      if (offset % 100 !== 10) continue;
      bytes.writeUInt8(bytes.readUInt8(position + at) ^ 0x55, position + at);
      writeFileSync(file, bytes);
      return offset;
    }
    throw new Error('no such batch');
  };
  const PLACES = {
    'its base offset': 2,
    'its length': 10,
    'its magic': 16,
    'its count': 60,
    'a value': 5000,
  };

  describe.each(Object.entries(PLACES))('whose damage is in %s', (_, at) => {
    test.each([
      ['sealed', 0],
      ['active', -1],
    ])('in a %s segment holds up nothing but itself, after a restart', (_kind, index) => {
      const before = open(8 * MEBIBYTE);
      for (let batch = 0; batch < BATCHES; batch++) append(before, sized(batch));
      const all = baseOffsets(before);
      before.close();
      const file = segmentFiles().at(index) ?? '';
      const lost = damage(file, at);
      const after = open(8 * MEBIBYTE);
      expect(baseOffsets(after, 0, 2 * size + 1000)).toEqual(all.filter((offset) => offset !== lost));
      expect(warnings).toEqual([expect.stringContaining(`${file} is damaged`)]);
      expect(append(after)).toEqual({ kind: 'appended', baseOffset: 2 * BATCHES });
      after.close();
    });
  });

  test.each([
    ['sealed', 0],
    ['active', -1],
  ])('in a %s segment is not handed out either when the damage comes while the log is open', (_, index) => {
    for (const at of Object.values(PLACES)) {
      rmSync(directory, { recursive: true });
      warnings.length = 0;
      const partition = open(8 * MEBIBYTE);
      for (let batch = 0; batch < BATCHES; batch++) append(partition, sized(batch));
      const all = baseOffsets(partition);
      const lost = damage(segmentFiles().at(index) ?? '', at);
      const found = baseOffsets(partition, 0, 2 * size + 1000);
      // A base offset is not covered by the CRC: while the log is open, only a start can tell that it leaps.
      if (at !== PLACES['its base offset']) expect(found).toEqual(all.filter((offset) => offset !== lost));
      expect(baseOffsets(partition, lost + 2)).toEqual(all.filter((offset) => offset > lost));
      partition.close();
    }
  });
});
