import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ConsumedRecord } from '../../../../../lib/kafka/reading/consumed-record.ts';
import { decodeBatches } from '../../../../../lib/kafka/reading/decode-batches.ts';
import { eventEnvelope, kafkaEvent } from '../../../../../lib/local/mapping/kafka-event.ts';
import { RecordPacker } from '../../../../../lib/local/mapping/record-packer.ts';
import { recordRun } from '../../../../support/consumed-record.ts';
import {
  encodeBatch,
  endOfTransaction,
  TRANSACTIONAL,
  withChecksum,
} from '../../../../support/record-batch.ts';

function records(first: number, count: number): ConsumedRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition: 0,
    offset: first + index,
    timestamp: 1_760_000_000_000 + index,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from(`value ${first + index}`),
    headers: [],
  }));
}

const offsetsOf = (decoded: { records: readonly ConsumedRecord[] }) =>
  decoded.records.map(({ offset }) => offset);

test('records come out as they were produced: any bytes, null key and value, headers in order and repeated', () => {
  fc.assert(
    fc.property(recordRun(3), (run) => {
      const baseOffset = run[0]?.offset ?? 0;
      const decoded = decodeBatches(encodeBatch({ baseOffset, records: run }), {
        partition: 3,
        offset: baseOffset,
        abortedTransactions: [],
      });
      expect(decoded.records).toEqual(run);
      expect(decoded.nextOffset).toBe((run.at(-1)?.offset ?? 0) + 1);
    }),
  );
});

test('records keep their own headers when these are nearly those of the record before', () => {
  const name = fc.constantFrom('', 'a', 'b', 'ab');
  const value = fc.option(fc.constantFrom('', 'a', 'b', 'ab').map((text) => Buffer.from(text)));
  const headers = fc.array(fc.tuple(name, value), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(headers, { minLength: 2, maxLength: 6 }), (all) => {
      const run = records(0, all.length).map((record, index) => ({ ...record, headers: all[index] ?? [] }));
      const decoded = decodeBatches(encodeBatch({ baseOffset: 0, records: run }), {
        partition: 0,
        offset: 0,
        abortedTransactions: [],
      });
      expect(decoded.records).toEqual(run);
      const envelope = eventEnvelope({ kind: 'msk', eventSourceArn: undefined }, []);
      const packer = new RecordPacker('t');
      const event = kafkaEvent(
        envelope,
        decoded.records.map((record) => packer.pack(record)),
      );
      expect(event.unpack().records['t-0']?.map(({ headers }) => headers)).toEqual(
        run.map(({ headers }) =>
          headers.map(([name, content]) => ({ [name]: [...new Int8Array(content ?? [])] })),
        ),
      );
    }),
  );
});

test('records before the offset that was asked for are left out', () => {
  const set = encodeBatch({ baseOffset: 10, records: records(10, 5) });
  const decoded = decodeBatches(set, { partition: 0, offset: 13, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([13, 14]);
});

test('a batch that the fetch cut off is left for the next one', () => {
  const whole = encodeBatch({ baseOffset: 0, records: records(0, 2) });
  const set = Buffer.concat([whole, encodeBatch({ baseOffset: 2, records: records(2, 2) }).subarray(0, 80)]);
  const decoded = decodeBatches(set, { partition: 0, offset: 0, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([0, 1]);
  expect(decoded.nextOffset).toBe(2);
});

test('control records are not for consumers, but reading goes on behind them', () => {
  const set = Buffer.concat([
    encodeBatch({ baseOffset: 0, records: records(0, 1), producerId: 7, attributes: TRANSACTIONAL }),
    endOfTransaction(1, 7, 'commit'),
  ]);
  const decoded = decodeBatches(set, { partition: 0, offset: 0, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([0]);
  expect(decoded.nextOffset).toBe(2);
});

test('records of an aborted transaction are left out, those of others and of a later one are not', () => {
  const set = Buffer.concat([
    encodeBatch({ baseOffset: 0, records: records(0, 1), producerId: 7, attributes: TRANSACTIONAL }),
    encodeBatch({ baseOffset: 1, records: records(1, 1), producerId: 8, attributes: TRANSACTIONAL }),
    encodeBatch({ baseOffset: 2, records: records(2, 1) }),
    endOfTransaction(3, 7, 'abort'),
    encodeBatch({ baseOffset: 4, records: records(4, 1), producerId: 7, attributes: TRANSACTIONAL }),
    endOfTransaction(5, 7, 'commit'),
  ]);
  const decoded = decodeBatches(set, {
    partition: 0,
    offset: 0,
    abortedTransactions: [{ producerId: 7, firstOffset: 0 }],
  });
  expect(offsetsOf(decoded)).toEqual([1, 2, 4]);
});

describe('a batch that cannot be read holds up nothing but itself', () => {
  const changed = (change: (batch: Buffer) => Buffer) =>
    withChecksum(change(encodeBatch({ baseOffset: 2, records: records(2, 3) })));
  const withContent = (codec: number, content: Buffer) =>
    changed((batch) => {
      const packed = Buffer.concat([batch.subarray(0, 61), content]);
      packed.writeInt32BE(packed.length - 12, 8);
      packed.writeInt16BE(codec, 21);
      return packed;
    });

  test.each<[string, () => Buffer, RegExp]>([
    ['a flipped byte', () => flipped(encodeBatch({ baseOffset: 2, records: records(2, 3) }), 70), /CRC-32C/],
    ['broken gzip', () => withContent(1, Buffer.from('no gzip')), /cannot be decompressed/],
    ['broken snappy', () => withContent(2, Buffer.from([20, 0xff, 1])), /cannot be decompressed/],
    ['broken lz4', () => withContent(3, Buffer.from('no lz4')), /lz4/],
    ['codec 7', () => withContent(7, Buffer.from('x')), /unknown codec 7/],
    ['a gzip bomb', () => withContent(1, gzipSync(Buffer.alloc(65 * 1024 * 1024))), /unpack to more than/],
    ['too many records', () => changed((batch) => set(batch, 57, 4)), /too early/],
    ['too few records', () => changed((batch) => set(batch, 57, 2)), /behind the last record/],
    ['a negative count', () => changed((batch) => set(batch, 57, -1)), /claims -1 records/],
    ['a last offset before its records', () => changed((batch) => set(batch, 23, 0)), /offset delta 1/],
    ['a record that is too long', () => changed((batch) => batch.fill(0x7e, 61, 62)), /length|early/],
    [
      'messages of a format before Kafka 0.11',
      () => changed((batch) => magic(batch, 1)),
      /before Kafka 0\.11/,
    ],
  ])('%s', (_, damaged, reason) => {
    const bytes = Buffer.concat([
      encodeBatch({ baseOffset: 0, records: records(0, 2) }),
      damaged(),
      encodeBatch({ baseOffset: 5, records: records(5, 2) }),
    ]);
    const decoded = decodeBatches(bytes, { partition: 0, offset: 0, abortedTransactions: [] });
    expect(offsetsOf(decoded)).toEqual([0, 1, 5, 6]);
    expect(decoded.unreadable).toMatchObject([
      { partition: 0, firstOffset: 2, reason: expect.stringMatching(reason) },
    ]);
    expect(decoded.unreadable[0]?.lastOffset).toBeLessThan(5);
    expect(decoded.nextOffset).toBe(7);
  });

  test('its header does not make reading skip the batch behind it, nor the end of the partition', () => {
    const huge = set(encodeBatch({ baseOffset: 0, records: records(0, 2) }), 23, 1_000_000);
    const next = encodeBatch({ baseOffset: 2, records: records(2, 1) });
    const fetch = { partition: 0, offset: 0, abortedTransactions: [] };
    const before = decodeBatches(Buffer.concat([huge, next]), fetch);
    expect(before.unreadable).toMatchObject([{ firstOffset: 0, lastOffset: 1 }]);
    expect(offsetsOf(before)).toEqual([2]);
    const cut = decodeBatches(Buffer.concat([huge, next.subarray(0, 20)]), fetch);
    expect(cut.nextOffset).toBe(2);
    expect(decodeBatches(huge, { ...fetch, endOffset: 2 }).nextOffset).toBe(2);
  });

  test('of which a part was read already counts from where reading goes on', () => {
    const damaged = flipped(encodeBatch({ baseOffset: 0, records: records(0, 5) }), 70);
    const decoded = decodeBatches(damaged, { partition: 0, offset: 3, abortedTransactions: [] });
    expect(decoded.unreadable).toMatchObject([{ firstOffset: 3, lastOffset: 4 }]);
  });
});

test('what unpacks to very much is left for the next fetch, batch by batch', () => {
  const batch = (offset: number) =>
    encodeBatch({
      baseOffset: offset,
      records: records(offset, 1).map((record) => ({ ...record, value: Buffer.alloc(9_000_000) })),
    });
  const bytes = Buffer.concat([batch(0), batch(1), batch(2)]);
  const decoded = decodeBatches(bytes, { partition: 0, offset: 0, abortedTransactions: [] });
  expect(offsetsOf(decoded)).toEqual([0, 1]);
  expect(decoded.nextOffset).toBe(2);
});

test('any bytes are decoded or told of as unreadable, and reading never goes back', () => {
  const header = fc.record({
    size: fc.integer({ min: -100, max: 200 }),
    attributes: fc.integer({ min: 0, max: 0x3f }),
    lastOffsetDelta: fc.integer(),
    count: fc.integer({ min: -2, max: 100 }),
    rest: fc.uint8Array({ maxLength: 150 }),
    isChecked: fc.boolean(),
  });
  fc.assert(
    fc.property(header, ({ size, attributes, lastOffsetDelta, count, rest, isChecked }) => {
      const bytes = Buffer.concat([encodeBatch({ baseOffset: 0, records: [] }), rest]);
      bytes.writeInt32BE(size, 8);
      bytes.writeInt16BE(attributes, 21);
      bytes.writeInt32BE(lastOffsetDelta, 23);
      bytes.writeInt32BE(count, 57);
      if (isChecked) withChecksum(bytes);
      const decoded = decodeBatches(bytes, {
        partition: 0,
        offset: 0,
        endOffset: 50,
        abortedTransactions: [],
      });
      expect(decoded.nextOffset).toBeGreaterThanOrEqual(0);
      for (const { firstOffset, lastOffset } of decoded.unreadable) {
        expect(firstOffset).toBeLessThanOrEqual(lastOffset);
        expect(lastOffset).toBeLessThan(decoded.nextOffset);
      }
    }),
    { numRuns: 1_000 },
  );
});

function flipped(batch: Buffer, at: number): Buffer {
  batch.writeUInt8(batch.readUInt8(at) ^ 1, at);
  return batch;
}

function set(batch: Buffer, at: number, value: number): Buffer {
  batch.writeInt32BE(value, at);
  return batch;
}

function magic(batch: Buffer, value: number): Buffer {
  batch.writeInt8(value, 16);
  return batch;
}
