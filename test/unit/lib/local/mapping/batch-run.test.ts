import {
  type BatchRunOptions,
  type Discarded,
  runBatch,
} from '../../../../../lib/local/mapping/batch-run.ts';
import type { PreparedRecord } from '../../../../../lib/local/mapping/batching.ts';
import { createMetrics } from '../../../../../lib/local/mapping/metrics.ts';
import { PartitionQueue } from '../../../../../lib/local/mapping/partition-queue.ts';
import type { Batch } from '../../../../../lib/local/mapping/poller.ts';
import { createLog } from '../../../../../lib/log.ts';
import {
  BROKEN,
  preparedRecord,
  recordingFunction,
  recordsOf,
} from '../../../../support/event-source-mapping.ts';

function batchOf(...records: PreparedRecord[]): Batch {
  const batch = new Map<PartitionQueue, PreparedRecord[]>();
  for (const partition of new Set(records.map(({ source }) => source.partition))) {
    const queue = new PartitionQueue(partition, { startOffset: 0, offset: 0, committed: undefined });
    const own = records.filter(({ source }) => source.partition === partition);
    queue.add(own, 100, 0);
    batch.set(queue, queue.take(own.length));
  }
  return batch;
}

function options(changes: Partial<BatchRunOptions> = {}) {
  const fn = recordingFunction();
  const discarded: Discarded[] = [];
  const stopping = new AbortController();
  return {
    fn,
    discarded,
    stopping,
    options: {
      envelope: { eventSource: 'aws:kafka', bootstrapServers: 'localhost:9092' },
      policy: { maximumRetries: 0, bisect: false, resend: 'reported' },
      reportBatchItemFailures: false,
      maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      duplicates: () => false,
      metrics: createMetrics(),
      log: createLog({ write: () => {} }),
      invoke: fn.invoke,
      discard: async (batch) => void discarded.push(batch),
      progressed: () => {},
      judged: () => {},
      stopping: stopping.signal,
      ...changes,
    } satisfies BatchRunOptions,
  };
}

test('a record that fits no payload is discarded without an invocation, by its documented condition', async () => {
  const { fn, discarded, options: run } = options();
  const large = preparedRecord({ offset: 1 }, 'MaximumPayloadSizeExceeded');
  const batch = batchOf(large);
  await runBatch(batch, run);
  expect(fn.events).toEqual([]);
  expect(discarded).toEqual([
    { records: [large], condition: 'MaximumPayloadSizeExceeded', invocations: 0, result: undefined },
  ]);
  expect([...batch.keys()].map(({ isBusy }) => isBusy)).toEqual([false]);
});

test('a batch out of attempts is discarded with the last answer of the function', async () => {
  const { fn, discarded, options: run } = options();
  fn.answer = () => BROKEN;
  await runBatch(batchOf(preparedRecord({ offset: 1 })), run);
  expect(discarded).toEqual([
    expect.objectContaining({
      condition: 'RetryAttemptsExhausted',
      invocations: 1,
      result: expect.objectContaining({ ok: false }),
    }),
  ]);
});

test('a failed attempt says when the next one begins, and the last one says of none', async () => {
  const lines: unknown[] = [];
  const { fn, options: run } = options({
    policy: { maximumRetries: 2, bisect: false, resend: 'reported' },
    log: createLog({ write: (line) => lines.push(JSON.parse(line)) }),
  });
  fn.answer = () => BROKEN;
  await runBatch(batchOf(preparedRecord({ offset: 1 })), run);
  expect(lines).toEqual([
    expect.objectContaining({ attempt: 1, nextAttemptInMs: 100 }),
    expect.objectContaining({ attempt: 2, nextAttemptInMs: 200 }),
    expect.not.objectContaining({ nextAttemptInMs: expect.anything() }),
  ]);
});

test('a partition is free as soon as its own records are done', async () => {
  const busy: Record<number, boolean>[] = [];
  const batch = batchOf(
    preparedRecord({ partition: 0, offset: 1 }),
    preparedRecord({ partition: 1, offset: 1 }),
  );
  const { fn, options: run } = options({
    reportBatchItemFailures: true,
    policy: { maximumRetries: 1, bisect: false, resend: 'reported' },
    progressed: () =>
      busy.push(Object.fromEntries([...batch.keys()].map((queue) => [queue.partition, queue.isBusy]))),
  });
  fn.answer = (_, index) => ({
    payload: {
      batchItemFailures: index === 0 ? [{ itemIdentifier: { partition: 'orders-1', offset: 1 } }] : [],
    },
  });
  await runBatch(batch, run);
  expect(busy).toEqual([
    { 0: false, 1: true },
    { 0: false, 1: false },
  ]);
});

test('no attempt begins once the mapping stops, and what is not done stays so', async () => {
  const {
    fn,
    stopping,
    options: run,
  } = options({
    policy: { maximumRetries: Number.POSITIVE_INFINITY, bisect: false, resend: 'reported' },
  });
  fn.answer = () => {
    stopping.abort();
    return BROKEN;
  };
  const batch = batchOf(preparedRecord({ offset: 7 }));
  await runBatch(batch, run);
  expect(fn.events).toHaveLength(1);
  expect([...batch.keys()].map(({ doneOffset }) => doneOffset)).toEqual([7]);
});

test('an invocation that the service could not make is made again and not counted', async () => {
  const { fn, options: run } = options();
  let calls = 0;
  await runBatch(batchOf(preparedRecord({ offset: 1 })), {
    ...run,
    invoke: async (event) => {
      if (calls++ === 0) throw new Error('the service is not there');
      return fn.invoke(event);
    },
  });
  expect(recordsOf(fn.events)).toHaveLength(1);
});
