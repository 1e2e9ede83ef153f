import { median } from './rounds.ts';

const TIMES = 200;

/** Microseconds that something takes, done again and again, one after the other. */
export async function medianTime(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const begin = performance.now();
    await work();
    times.push((performance.now() - begin) * 1_000);
  }
  return median(times);
}
