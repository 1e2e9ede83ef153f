import { FunctionFaults } from '../../../../../lib/local/function/function-faults.ts';

test.each([
  ['fail', 'Error'],
  ['crash', 'Runtime.ExitError'],
] as const)('%s applies to as many invocations as were asked for', async (kind, errorType) => {
  const faults = new FunctionFaults();
  faults.set('consume', { kind, times: 2, delayMs: 0 });
  const outcomes = [];
  for (let invocation = 0; invocation < 3; invocation++) outcomes.push(await faults.apply('consume', 1_000));
  expect(outcomes.slice(0, 2)).toMatchObject([{ errorType }, { errorType }]);
  expect(outcomes[2]).toBeUndefined();
  expect(faults.all.size).toBe(0);
});

test('a fault of one function leaves the others alone, and ends when it is cleared', async () => {
  const faults = new FunctionFaults();
  faults.set('consume', { kind: 'fail', times: Number.POSITIVE_INFINITY, delayMs: 0 });
  expect(await faults.apply('publish', 1_000)).toBeUndefined();
  expect(await faults.apply('consume', 1_000)).toBeDefined();
  faults.clear('consume');
  expect(await faults.apply('consume', 1_000)).toBeUndefined();
});

test.each([
  ['shorter than the timeout goes on', 10, 1_000, undefined],
  ['as long as the timeout is one', 1_000, 10, { errorType: 'Sandbox.Timedout' }],
])('a delay %s', async (_case, delayMs, timeoutMs, expected) => {
  const faults = new FunctionFaults();
  faults.set('consume', { kind: 'delay', times: 1, delayMs });
  const error = await faults.apply('consume', timeoutMs);
  if (expected === undefined) expect(error).toBeUndefined();
  else expect(error).toMatchObject(expected);
});
