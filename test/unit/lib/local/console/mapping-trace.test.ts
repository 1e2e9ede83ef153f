import { MappingTrace } from '../../../../../lib/local/console/mapping-trace.ts';
import type { Place } from '../../../../../lib/local/observation.ts';

const places = (...offsets: number[]): Place[] => offsets.map((offset) => ({ partition: 0, offset }));
const at = (offset: number): Place => ({ partition: 0, offset });

/** One invocation of a batch and what is sent again. */
const invocation = (
  trace: MappingTrace,
  number: number,
  { attempt = 1, sent, retry = [] }: { attempt?: number; sent: number[]; retry?: number[][] },
): void => {
  trace.add({ kind: 'invoking', batch: 1, invocation: number, attempt, records: places(...sent) }, number);
  trace.add(
    {
      kind: 'invoked',
      batch: 1,
      invocation: number,
      outcome: retry.length === 0 ? 'success' : 'failure',
      reason: 'Error: no',
      requestId: `r${number}`,
      retry: retry.map((each) => places(...each)),
      pauseMs: 100,
    },
    number + 0.5,
  );
};

test('a batch that was split in two is told as three invocations', () => {
  const trace = new MappingTrace();
  invocation(trace, 1, {
    sent: [0, 1, 2, 3, 4],
    retry: [
      [0, 1, 2],
      [3, 4],
    ],
  });
  invocation(trace, 2, { sent: [0, 1, 2] });
  invocation(trace, 3, { sent: [3, 4] });
  expect(trace.invocations(10)).toMatchObject([
    { records: 5, outcome: 'failure', retry: [3, 2], offsets: [{ partition: 0, runs: [[0, 4]] }] },
    { records: 3, outcome: 'success', durationMs: 0.5 },
    { records: 2, outcome: 'success' },
  ]);
  expect(trace.invocationsOf(at(4)).map(({ invocation: number }) => number)).toEqual([1, 3]);
});

test.each<[string, (trace: MappingTrace) => void, object]>([
  ['waits', () => {}, { state: 'waiting', attempts: 0 }],
  [
    'is with the function',
    (trace) => trace.add({ kind: 'invoking', batch: 1, invocation: 1, attempt: 1, records: places(0) }, 1),
    { state: 'processing', attempts: 1 },
  ],
  [
    'is sent again',
    (trace) => invocation(trace, 1, { sent: [0, 1], retry: [[0]] }),
    { state: 'retrying', attempts: 1 },
  ],
  [
    'is done at the second attempt',
    (trace) => {
      invocation(trace, 1, { sent: [0], retry: [[0]] });
      invocation(trace, 2, { attempt: 2, sent: [0] });
    },
    { state: 'done', attempts: 2 },
  ],
  [
    'is given up',
    (trace) => {
      invocation(trace, 1, { sent: [0], retry: [[0]] });
      trace.add(
        { kind: 'discarded', records: places(0), condition: 'RecordAgeExceeded', destination: 'none' },
        3,
      );
    },
    { state: 'discarded', attempts: 1 },
  ],
  [
    'is filtered out',
    (trace) => trace.add({ kind: 'polled', partition: 0, records: [record(0), record(1)], filtered: [0] }, 1),
    { state: 'filtered', attempts: 0 },
  ],
  [
    'is skipped',
    (trace) => trace.add({ kind: 'skipped', partition: 0, offset: 0 }, 1),
    { state: 'skipped', attempts: 0 },
  ],
  [
    'was done before',
    (trace) => trace.add({ kind: 'committed', partition: 0, offset: 9 }, 1),
    { state: 'done', attempts: 0 },
  ],
])('says of a record that it %s', (_case, happen, expected) => {
  const trace = new MappingTrace();
  happen(trace);
  expect(trace.stateOf(at(0))).toEqual(expected);
});

test('a record that is delivered anew after a reset waits no longer for its old invocation', () => {
  const trace = new MappingTrace();
  invocation(trace, 1, { sent: [0] });
  trace.add({ kind: 'reset' }, 2);
  trace.add({ kind: 'invoking', batch: 2, invocation: 2, attempt: 1, records: places(0) }, 3);
  expect(trace.stateOf(at(0))).toEqual({ state: 'processing', attempts: 1 });
});

function record(offset: number) {
  return {
    partition: 0,
    offset,
    timestamp: 1,
    timestampType: 'CREATE_TIME' as const,
    key: null,
    value: null,
    headers: [],
  };
}
