import fc from 'fast-check';
import { type PreparedRecord, prepareRecord } from '../../../../../lib/local/mapping/batching.ts';
import { RecordPacker } from '../../../../../lib/local/mapping/record-packer.ts';
import {
  backoffMs,
  type Outcome,
  type RetryPolicy,
  retryPolicy,
  settle,
  type WorkItem,
} from '../../../../../lib/local/mapping/retry-policy.ts';
import { consumedRecord } from '../../../../support/event-source-mapping.ts';

const limits = { batchSize: 100, payloadBytes: 1_000_000, envelopeBytes: 100 };
const unlimited: RetryPolicy = {
  maximumRetries: Number.POSITIVE_INFINITY,
  bisect: false,
  resend: 'reported',
};

function record(offset: number, partition = 0): PreparedRecord {
  const source = consumedRecord({ offset, partition });
  return prepareRecord(new RecordPacker('orders'), source, limits);
}

const item = (records: PreparedRecord[], failures = 0): WorkItem => ({
  records,
  failures,
  invocations: failures,
});
const offsets = (items: readonly WorkItem[]) =>
  items.map(({ records }) => records.map(({ source }) => source.offset));
const failed = (...numbers: number[]): Outcome => ({
  kind: 'partial',
  isFailed: ({ source }) => numbers.includes(source.offset),
});

const batch = [0, 1, 2, 3].map((offset) => record(offset));

test('success leaves nothing to do', () => {
  expect(settle(item(batch), { kind: 'success' }, unlimited)).toEqual({ retry: [], discarded: [] });
});

test('a failed batch is sent again as it was', () => {
  const { retry, discarded } = settle(item(batch), { kind: 'failure' }, unlimited);
  expect(retry).toEqual([{ records: batch, failures: 1, invocations: 1 }]);
  expect(discarded).toEqual([]);
});

test.each([
  ['0 retries: discarded after the first attempt', 0, 0, 4],
  ['2 retries: sent again after the second attempt', 2, 1, 0],
  ['2 retries: discarded after the third attempt', 2, 2, 4],
])('%s', (_, maximumRetries, failures, discarded) => {
  const settlement = settle(item(batch, failures), { kind: 'failure' }, { ...unlimited, maximumRetries });
  expect(settlement.discarded).toHaveLength(discarded);
  expect(settlement.retry).toHaveLength(discarded === 0 ? 1 : 0);
});

test('an error of the service does not count as an attempt', () => {
  const { retry } = settle(item(batch, 2), { kind: 'uncounted' }, { ...unlimited, maximumRetries: 2 });
  expect(retry[0]).toMatchObject({ failures: 2, invocations: 3 });
});

describe('bisecting', () => {
  const bisect = { ...unlimited, bisect: true, maximumRetries: 1 };

  test('halves a failed batch, first half first, without using up an attempt', () => {
    const { retry } = settle(item(batch, 1), { kind: 'failure' }, bisect);
    expect(offsets(retry)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(retry.map(({ failures }) => failures)).toEqual([1, 1]);
  });

  test('counts the attempts of a record that is alone', () => {
    const alone = [record(0)];
    expect(settle(item(alone, 0), { kind: 'failure' }, bisect).retry).toHaveLength(1);
    expect(settle(item(alone, 1), { kind: 'failure' }, bisect).discarded).toEqual(alone);
  });
});

describe('a partial response', () => {
  test('has only the reported records sent again', () => {
    expect(offsets(settle(item(batch), failed(1, 3), unlimited).retry)).toEqual([[1, 3]]);
  });

  test('has everything of a partition from its lowest reported record sent again, in the other mode', () => {
    const two = [...batch, record(0, 1), record(1, 1)];
    const outcome: Outcome = {
      kind: 'partial',
      isFailed: ({ source }) => source.partition === 0 && source.offset === 2,
    };
    expect(offsets(settle(item(two), outcome, { ...unlimited, resend: 'from-lowest' }).retry)).toEqual([
      [2, 3],
    ]);
  });

  test('discards only what it reports when attempts are used up', () => {
    const { discarded, retry } = settle(item(batch), failed(2), { ...unlimited, maximumRetries: 0 });
    expect(discarded).toEqual([batch[2]]);
    expect(retry).toEqual([]);
  });
});

test('no record is lost or invented: each is retried, discarded or done, once and in order', () => {
  const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
    fc.constant<Outcome>({ kind: 'success' }),
    fc.constant<Outcome>({ kind: 'failure' }),
    fc.constant<Outcome>({ kind: 'uncounted' }),
    fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }).map((numbers) => failed(...numbers)),
  );
  fc.assert(
    fc.property(
      outcomes,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      (outcome, size, failures, bisect, maximumRetries) => {
        const records = Array.from({ length: size }, (_, offset) => record(offset));
        const { retry, discarded } = settle(item(records, failures), outcome, {
          ...unlimited,
          bisect,
          maximumRetries,
        });
        const left = [...retry.flatMap((work) => work.records), ...discarded];
        expect(left).toEqual(records.filter((one) => left.includes(one)));
        if (outcome.kind === 'failure' || outcome.kind === 'uncounted') expect(left).toHaveLength(size);
      },
    ),
  );
});

test.each([
  ['nothing declared: for ever', -1, undefined, Number.POSITIVE_INFINITY],
  ['a destination: ten retries', -1, 'kafka://failed', 10],
  ['a number: as declared', 3, undefined, 3],
  ['a number over ten with a destination: as declared', 20, 'kafka://failed', 20],
])('retries with %s', (_, maximumRetryAttempts, onFailureDestination, expected) => {
  const policy = retryPolicy(
    { maximumRetryAttempts, onFailureDestination, bisectBatchOnFunctionError: false },
    'reported',
  );
  expect(policy.maximumRetries).toBe(expected);
});

test('the wait before a retry doubles up to ten seconds', () => {
  const waits = [1, 2, 3, 7, 8, 50].map((invocations) =>
    backoffMs({ records: [], failures: 0, invocations }),
  );
  expect(waits).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
});
