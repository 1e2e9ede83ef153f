import { INVOCATIONS_PER_POLLER } from '../../../../../lib/local/mapping/choices.ts';
import { PartitionQueue } from '../../../../../lib/local/mapping/partition-queue.ts';
import { type Batch, Poller } from '../../../../../lib/local/mapping/poller.ts';
import { preparedRecord } from '../../../../support/event-source-mapping.ts';

const limits = { batchSize: 3, payloadBytes: 6_291_456, envelopeBytes: 200 };

function queue(partition: number): PartitionQueue {
  return new PartitionQueue(partition, { startOffset: 0, offset: 0, committed: undefined });
}

/** Adds records that arrive now. */
function arrive(to: PartitionQueue, count: number): void {
  const first = to.fetchedOffset;
  const records = Array.from({ length: count }, (_, index) =>
    preparedRecord({ partition: to.partition, offset: first + index }),
  );
  to.add(records, first + count, Date.now());
}

/** A poller whose batches last until they are finished by hand. */
function start(partitions: readonly PartitionQueue[], batchingWindowMs: number) {
  const sent: { offsets: Record<number, number[]>; finish: () => Promise<void> }[] = [];
  const run = (batch: Batch): Promise<void> =>
    new Promise((resolve) => {
      const offsets = Object.fromEntries(
        [...batch].map(([{ partition }, records]) => [partition, records.map(({ source }) => source.offset)]),
      );
      const finish = async (): Promise<void> => {
        for (const one of batch.keys()) one.setRemaining([], Date.now());
        resolve();
        await jest.advanceTimersByTimeAsync(0);
      };
      sent.push({ offsets, finish });
    });
  return { poller: new Poller({ partitions, limits, batchingWindowMs, run }), sent };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a batch that is full goes out at once', () => {
  const one = queue(0);
  const { poller, sent } = start([one], 500);
  arrive(one, 3);
  poller.poll();
  expect(sent.map(({ offsets }) => offsets)).toEqual([{ 0: [0, 1, 2] }]);
});

test('the window begins when the first record arrives, and later ones do not prolong it', () => {
  const one = queue(0);
  const { poller, sent } = start([one], 500);
  jest.advanceTimersByTime(10_000);
  arrive(one, 1);
  poller.poll();
  jest.advanceTimersByTime(300);
  arrive(one, 1);
  poller.poll();
  jest.advanceTimersByTime(199);
  expect(sent).toHaveLength(0);
  jest.advanceTimersByTime(1);
  expect(sent.map(({ offsets }) => offsets)).toEqual([{ 0: [0, 1] }]);
});

test('records of a partition that was in flight wait for a window of their own', async () => {
  const one = queue(0);
  const { poller, sent } = start([one], 500);
  arrive(one, 4);
  poller.poll();
  jest.advanceTimersByTime(5_000);
  await sent[0]?.finish();
  expect(sent).toHaveLength(1);
  jest.advanceTimersByTime(500);
  expect(sent.map(({ offsets }) => offsets)).toEqual([{ 0: [0, 1, 2] }, { 0: [3] }]);
});

test('a window of 0 sends what is there', () => {
  const [one, two] = [queue(0), queue(1)];
  const { poller, sent } = start([one, two], 0);
  arrive(one, 1);
  arrive(two, 1);
  poller.poll();
  expect(sent.map(({ offsets }) => offsets)).toEqual([{ 0: [0], 1: [0] }]);
});

test('the partition that waits longest comes first, so that a busy one does not starve it', async () => {
  const [busy, quiet] = [queue(0), queue(1)];
  const { poller, sent } = start([busy, quiet], 500);
  arrive(busy, 6);
  poller.poll();
  jest.advanceTimersByTime(100);
  arrive(quiet, 1);
  poller.poll();
  jest.advanceTimersByTime(100);
  await sent[0]?.finish();
  expect(sent[1]?.offsets).toEqual({ 0: [3, 4], 1: [0] });
});

test('there are never more batches in flight than a poller keeps, nor two of one partition', async () => {
  const queues = Array.from({ length: INVOCATIONS_PER_POLLER + 2 }, (_, partition) => queue(partition));
  const { poller, sent } = start(queues, 0);
  for (const one of queues) arrive(one, 6);
  poller.poll();
  expect(sent).toHaveLength(INVOCATIONS_PER_POLLER);
  jest.advanceTimersByTime(1);
  await sent[0]?.finish();
  expect(sent).toHaveLength(INVOCATIONS_PER_POLLER + 1);
  expect(sent.flatMap(({ offsets }) => Object.keys(offsets))).toEqual(['0', '1', '2', '3', '4', '5']);
});

test('a closed poller sends nothing more', () => {
  const one = queue(0);
  const { poller, sent } = start([one], 500);
  arrive(one, 1);
  poller.poll();
  poller.close();
  jest.advanceTimersByTime(500);
  arrive(one, 5);
  poller.poll();
  expect(sent).toHaveLength(0);
});
