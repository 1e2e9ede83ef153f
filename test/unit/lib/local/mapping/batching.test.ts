import fc from 'fast-check';
import {
  type BatchLimits,
  cutBatch,
  envelopeBytes,
  eventBytes,
  MAXIMUM_PAYLOAD_BYTES,
  type PreparedRecord,
  prepareRecord,
} from '../../../../../lib/local/mapping/batching.ts';
import { eventEnvelope, kafkaEvent } from '../../../../../lib/local/mapping/kafka-event.ts';
import { RecordPacker } from '../../../../../lib/local/mapping/record-packer.ts';
import { recordRun } from '../../../../support/consumed-record.ts';
import { CLUSTER_ARN, consumedRecord } from '../../../../support/event-source-mapping.ts';

const envelope = eventEnvelope({ kind: 'msk', eventSourceArn: CLUSTER_ARN }, ['localhost:9092']);
const limits: BatchLimits = {
  batchSize: 3,
  payloadBytes: MAXIMUM_PAYLOAD_BYTES,
  envelopeBytes: envelopeBytes(envelope),
};

function queue(
  partition: number,
  count: number,
  valueBytes = 5,
  within: BatchLimits = limits,
): PreparedRecord[] {
  const packer = new RecordPacker('orders');
  return Array.from({ length: count }, (_, offset) => {
    const record = consumedRecord({ partition, offset, value: Buffer.alloc(valueBytes) });
    return prepareRecord(packer, record, within);
  });
}

function sizeOf(records: readonly PreparedRecord[]): number {
  return Buffer.byteLength(JSON.stringify(kafkaEvent(envelope, records).unpack()));
}

test('a record that waits keeps nothing in memory of the batch that it was fetched with', () => {
  const fetched = Buffer.alloc(1_048_576);
  const headers = [['h', fetched.subarray(9, 12)]] as const;
  const record = consumedRecord({ key: fetched.subarray(0, 3), value: fetched.subarray(3, 9), headers });
  const { source, packed } = prepareRecord(new RecordPacker('orders'), record, limits);
  expect(source.key).toEqual(Buffer.alloc(3));
  expect(source.key?.buffer).not.toBe(fetched.buffer);
  expect(packed.data.buffer).not.toBe(fetched.buffer);
  expect(packed.headers[0]?.content.buffer).not.toBe(fetched.buffer);
});

test.each([
  ['fewer records than the batch size wait for more', [2], [2], false],
  ['the batch size ends a batch', [3], [3], true],
  ['more records than the batch size stay for the next batch', [5], [3], true],
  ['a batch takes records of several partitions', [2, 2], [2, 1], true],
  ['a full partition leaves the next ones waiting', [4, 2], [3, 0], true],
])('%s', (_, lengths, counts, full) => {
  expect(
    cutBatch(
      lengths.map((length, partition) => queue(partition, length)),
      limits,
    ),
  ).toEqual({ counts, full });
});

test('6 MB of serialized JSON end a batch: base64 and the rest of the event count', () => {
  const million = 1_000_000;
  const large = { ...limits, batchSize: 100 };
  const [records = []] = [queue(0, 6, million)];
  const { counts, full } = cutBatch([records], large);
  // A million bytes are 1,333,336 of base64: four of them fit, five do not.
  expect({ counts, full }).toEqual({ counts: [4], full: true });
});

test('no event is larger than the payload limit, and none ends early for its sake', () => {
  fc.assert(
    fc.property(
      fc.tuple(recordRun(0), recordRun(1)),
      fc.integer({ min: 200, max: 3_000 }),
      fc.integer({ min: 1, max: 10 }),
      (runs, payloadBytes, batchSize) => {
        const within = { batchSize, payloadBytes, envelopeBytes: envelopeBytes(envelope) };
        const queues = runs.map((run) =>
          run.map((record) => prepareRecord(new RecordPacker('örders'), record, within)),
        );
        const { counts, full } = cutBatch(queues, within);
        const taken = queues.flatMap((records, index) => records.slice(0, counts[index]));
        const next = queues.flatMap((records, index) => records.slice(counts[index]))[0];
        if (taken.some(({ undeliverable }) => undeliverable !== undefined)) {
          expect(taken).toHaveLength(1);
          return;
        }
        expect(eventBytes(envelope, taken)).toBe(sizeOf(taken));
        if (taken.length > 0) expect(sizeOf(taken)).toBeLessThanOrEqual(payloadBytes);
        expect(taken.length).toBeLessThanOrEqual(batchSize);
        if (!full) expect(next).toBeUndefined();
        else if (taken.length < batchSize && next !== undefined && next.undeliverable === undefined) {
          expect(sizeOf([...taken, next])).toBeGreaterThan(payloadBytes);
        }
      },
    ),
  );
});

describe('a record that fits no event', () => {
  const tight = { ...limits, payloadBytes: 1_000 };
  const large = queue(0, 1, 1_000, tight);

  test('is known by its documented condition', () => {
    expect(large[0]?.undeliverable).toBe('MaximumPayloadSizeExceeded');
  });

  test('ends the batch before it', () => {
    expect(cutBatch([[...queue(0, 2, 5, tight), ...large]], tight)).toEqual({ counts: [2], full: true });
  });

  test('is taken alone, in its turn', () => {
    expect(cutBatch([[...large, ...queue(0, 2, 5, tight)]], tight)).toEqual({ counts: [1], full: true });
  });
});
