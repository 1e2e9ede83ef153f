import { Recorder } from '../../../../../lib/local/console/recorder.ts';

const MEGABYTE = 1024 * 1024;

test.each([
  ['many small chunks: the last 5,000', 1_000, 20_000, 5_000],
  ['large chunks: the last 8 MiB', MEGABYTE / 4, 100, 32],
])('keeps what functions printed in %s', (_case, size, count, kept) => {
  const { observe, printed } = new Recorder();
  for (let index = 0; index < count; index++) {
    observe({ kind: 'printed', functionName: 'consume', bytes: new Uint8Array(size) });
  }
  expect(printed.length).toBe(kept);
});

test.each([
  ['short ones: the last 1,000', 100, 3_000, 1_000],
  ['long ones: the last 2 MiB', 32 * 1024, 1_000, 64],
])('keeps answers of the HTTP API, %s', (_case, size, count, kept) => {
  const { observe, answers } = new Recorder();
  const body = 'x'.repeat(size);
  for (let index = 0; index < count; index++) {
    observe({
      kind: 'answered',
      method: 'POST',
      path: '/events',
      functionName: 'publish',
      headers: new Map(),
      status: 202,
      body,
      durationMs: index,
    });
  }
  expect(answers.length).toBe(kept);
  expect(answers.last(1)).toMatchObject([{ body, durationMs: count - 1 }]);
});
