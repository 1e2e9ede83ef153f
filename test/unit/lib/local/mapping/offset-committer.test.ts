import type { Assignment } from '../../../../../lib/kafka/reading/consumer.ts';
import { OffsetCommitter } from '../../../../../lib/local/mapping/offset-committer.ts';
import { PartitionQueue } from '../../../../../lib/local/mapping/partition-queue.ts';

/** A queue that is done with everything before its offset. */
function doneQueue(partition: number, offset: number): PartitionQueue {
  const queue = new PartitionQueue(partition, { startOffset: 0, offset: 0, committed: undefined });
  queue.add([], offset, 0);
  return queue;
}

function committerFor(queues: PartitionQueue[], commit: Assignment['commit']) {
  const ended = new AbortController();
  const committed: number[] = [];
  const failures: unknown[] = [];
  const assignment: Assignment = {
    memberId: 'member',
    generation: 1,
    partitionCount: 2,
    committed: new Map(),
    ended: ended.signal,
    readFrom: () => {},
    commit,
    endOffsets: async () => new Map(),
  };
  const committer = new OffsetCommitter({
    assignment,
    queues,
    onCommitted: (offsets) => committed.push(offsets),
    onFailed: (error) => failures.push(error),
  });
  return { committer, ended, committed, failures };
}

test('everything that is done is committed in one request, and then there is nothing left to commit', async () => {
  const requests: [number, number][][] = [];
  const queues = [doneQueue(0, 5), doneQueue(1, 7), doneQueue(2, 0)];
  const { committer, committed } = committerFor(queues, async (offsets) => void requests.push([...offsets]));
  await committer.commit();
  await committer.commit();
  expect(requests).toEqual([
    [
      [0, 5],
      [1, 7],
    ],
  ]);
  expect(committed).toEqual([5, 7]);
});

test('what is done during a request is committed by the next one, and never two at a time', async () => {
  const requests: number[] = [];
  const queue = doneQueue(0, 1);
  let inFlight = 0;
  const { committer } = committerFor([queue], async (offsets) => {
    expect(++inFlight).toBe(1);
    requests.push(...offsets.values());
    if (requests.length < 4) {
      queue.add([], queue.fetchedOffset + 1, 0);
      void committer.commit();
    }
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
  });
  await committer.commit();
  expect(requests).toEqual([1, 2, 3, 4]);
});

test('a request that fails is made again, with what is done by then', async () => {
  const requests: number[] = [];
  const queue = doneQueue(0, 1);
  const { committer, failures } = committerFor([queue], async (offsets) => {
    requests.push(...offsets.values());
    if (requests.length > 1) return;
    queue.add([], 9, 0);
    throw new Error('not now');
  });
  await committer.commit();
  expect(requests).toEqual([1, 9]);
  expect(failures).toHaveLength(1);
});

test('nothing is committed once the assignment has ended', async () => {
  const { committer, ended, failures } = committerFor([doneQueue(0, 1)], async () => {
    ended.abort();
    throw new Error('another generation');
  });
  await committer.commit();
  await committer.commit();
  expect(failures).toEqual([]);
});
