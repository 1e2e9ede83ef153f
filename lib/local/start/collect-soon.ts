import { setFlagsFromString } from 'node:v8';

/** How often to check whether this process is busy… */
const CHECK_MS = 1_000;
/** …which means that its event loop works for more than this share of the time. */
const BUSY = 0.2;

/**
 * Has V8 keep the heap small, here and in the workers of the functions. By default the young generation grows to more than a
 * hundred megabytes and a small heap fourfold, and hardly anything is given back.
 */
export function collectSoon(): void {
  // The young generation stays as large as it is now; Node.js 20 and 22 still let it grow to 32 MB…
  setFlagsFromString('--semi-space-growth-factor=1');
  // …or, in a worker, as large as it is at the start, in MB. An event of a full batch with values of 2 KB fits in.
  setFlagsFromString('--min-semi-space-size=2');
  // That is too little to share among threads: waking them takes longer, and takes cores from the functions.
  setFlagsFromString('--no-parallel-scavenge');
  // What outlives one collection is often just in use: an event of an invocation. V8 would allocate such objects, and those that
  // they lead to, among the old ones from then on.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // Garbage is collected when the heap has doubled.
  setFlagsFromString('--heap-growing-percent=100');
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    // With it, V8 gives back memory that is not used, but each event takes a third more time.
    setFlagsFromString(utilization > BUSY ? '--no-optimize-for-size' : '--optimize-for-size');
  }, CHECK_MS).unref();
}
