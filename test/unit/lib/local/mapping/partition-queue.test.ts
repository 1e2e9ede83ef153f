import fc from 'fast-check';
import type { PreparedRecord } from '../../../../../lib/local/mapping/batching.ts';
import { PartitionQueue } from '../../../../../lib/local/mapping/partition-queue.ts';
import { preparedRecord } from '../../../../support/event-source-mapping.ts';

function queueWith(...offsets: number[]): PartitionQueue {
  const queue = new PartitionQueue(0, { startOffset: 10, offset: 10, committed: 10 });
  queue.add(
    offsets.map((offset) => preparedRecord({ offset })),
    20,
    0,
  );
  return queue;
}

/** Adds so many records with gaps between their offsets, and returns them. */
function arriving(queue: PartitionQueue, count: number): PreparedRecord[] {
  const first = queue.fetchedOffset;
  const records = Array.from({ length: count }, (_, index) => preparedRecord({ offset: first + 2 * index }));
  queue.add(records, first + 2 * count, 0);
  return records;
}

test('what is done ends before the first record that waits', () => {
  expect(queueWith(12, 15).doneOffset).toBe(12);
});

test('what is done ends before the first record in flight', () => {
  const queue = queueWith(12, 15);
  queue.take(1);
  expect(queue.doneOffset).toBe(12);
});

test('what is done is everything that was read when nothing waits: what is left out needs no processing', () => {
  const queue = queueWith(12);
  queue.take(1);
  queue.setRemaining([], 0);
  expect(queue.doneOffset).toBe(20);
});

test('there is nothing to commit before the first record is done, also without a committed offset', () => {
  const queue = new PartitionQueue(0, { startOffset: 5, offset: 5, committed: undefined });
  expect(queue.isAhead).toBe(false);
  queue.add([preparedRecord({ offset: 5 })], 6, 0);
  expect(queue.isAhead).toBe(false);
  queue.take(1);
  queue.setRemaining([], 0);
  expect(queue.isAhead).toBe(true);
});

test('a partition takes no more records once two batches and two megabytes wait, and none while it prepares', () => {
  const queue = queueWith(12);
  expect(queue.wants(100)).toBe(true);
  queue.isPreparing = true;
  expect(queue.wants(100)).toBe(false);
  queue.isPreparing = false;
  const large: PreparedRecord = { ...preparedRecord({ offset: 30 }), bytes: 2_100_000 };
  queue.add([large], 31, 0);
  expect(queue.wants(1)).toBe(false);
  expect(queue.wants(100)).toBe(true);
  queue.add([large, large, large], 34, 0);
  expect(queue.wants(10_000)).toBe(false);
});

test('whatever is taken and left, what is done never passes a record that is not', () => {
  const step = fc.record({
    arrive: fc.integer({ min: 0, max: 4 }),
    take: fc.integer({ min: 1, max: 4 }),
    keep: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const queue = new PartitionQueue(0, { startOffset: 0, offset: 0, committed: undefined });
      const undone = new Set<number>();
      for (const { arrive, take, keep } of steps) {
        for (const { source } of arriving(queue, arrive)) undone.add(source.offset);
        if (queue.isBusy) continue;
        const taken = queue.take(take);
        const kept = taken.slice(Math.max(0, taken.length - keep));
        queue.setRemaining(kept, 0);
        for (const { source } of taken.slice(0, taken.length - kept.length)) undone.delete(source.offset);
        expect(queue.doneOffset).toBe(Math.min(...undone, queue.fetchedOffset));
        queue.setRemaining([], 0);
        for (const { source } of kept) undone.delete(source.offset);
      }
    }),
  );
});
