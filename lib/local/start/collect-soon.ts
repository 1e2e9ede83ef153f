import { setFlagsFromString } from 'node:v8';

/** How often it is looked whether this process is at work… */
const LOOK_MS = 1_000;
/** …which it is when its event loop is busy for this share of the time. */
const BUSY = 0.2;

/**
 * Has V8 keep the heap small, here and in the workers of the functions. By default the young generation grows to more than a
 * hundred megabytes and a small heap fourfold, and hardly anything is given back.
 */
export function collectSoon(): void {
  // The young generation stays as large as it is now; Node.js 20 and 22 still let it grow to 32 MB…
  setFlagsFromString('--semi-space-growth-factor=1');
  // …or, in a worker, as large as it is at the start: half of it, in MB.
  setFlagsFromString('--min-semi-space-size=1');
  // Garbage is collected when the heap has doubled.
  setFlagsFromString('--heap-growing-percent=100');
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    // With it, V8 gives memory back that is not used, but each event would take a third more time.
    setFlagsFromString(utilization > BUSY ? '--no-optimize-for-size' : '--optimize-for-size');
  }, LOOK_MS).unref();
}
