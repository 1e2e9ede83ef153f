import { backoff, retry } from '../../../lib/retry.ts';

/** Work that fails so often, and how often it was tried. */
function failing(times: number) {
  const work = {
    attempts: 0,
    run: async () => {
      work.attempts++;
      if (work.attempts <= times) throw new Error(`failure ${work.attempts}`);
      return 'done';
    },
  };
  return work;
}
const pauseMs = () => 1;

describe('retry', () => {
  test('tries until there is a result, and tells of each failure before it', async () => {
    const work = failing(2);
    const told: unknown[] = [];
    const onRetry = (error: unknown, attempts: number) => told.push([String(error), attempts]);
    expect(await retry(work.run, { pauseMs, onRetry })).toBe('done');
    expect(told).toEqual([
      ['Error: failure 1', 1],
      ['Error: failure 2', 2],
    ]);
  });

  test('gives up after so many attempts, with the last failure', async () => {
    const work = failing(10);
    await expect(retry(work.run, { attempts: 3, pauseMs })).rejects.toThrow('failure 3');
    expect(work.attempts).toBe(3);
  });

  test('does not repeat what cannot pass', async () => {
    const work = failing(10);
    await expect(retry(work.run, { pauseMs, isPassing: () => false })).rejects.toThrow('failure 1');
    expect(work.attempts).toBe(1);
  });

  test('begins no attempt after the deadline', async () => {
    const work = failing(10);
    const deadline = Date.now() + 60_000;
    await expect(retry(work.run, { deadline, pauseMs: () => 60_000 })).rejects.toThrow('failure 1');
    expect(work.attempts).toBe(1);
  });

  test('ends a pause when it is told to, with the failure before it', async () => {
    const work = failing(10);
    const stop = new AbortController();
    const trying = retry(work.run, {
      pauseMs: () => 60_000,
      signal: stop.signal,
      onRetry: () => setImmediate(() => stop.abort()),
    });
    await expect(trying).rejects.toThrow('failure 1');
    expect(work.attempts).toBe(1);
  });

  test('names the failure before, when an attempt itself was cut short', async () => {
    const stop = new AbortController();
    let attempts = 0;
    const trying = retry(
      async () => {
        attempts++;
        if (attempts === 1) throw new Error('not ready yet');
        stop.abort();
        throw new Error('aborted');
      },
      { pauseMs, signal: stop.signal },
    );
    await expect(trying).rejects.toThrow('not ready yet');
  });
});

test('pauses double up to the longest', () => {
  const pause = backoff(100, 500);
  expect([1, 2, 3, 4, 5].map(pause)).toEqual([100, 200, 400, 500, 500]);
});
