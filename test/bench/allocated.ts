/** Flags of Node.js for a process that measures memory: a young generation that holds all that is measured. */
export const memoryFlags = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128'];

/** Batches within which what is kept would show. */
const MANY_BATCHES = 2_000;

/** How many bytes one run allocates, on the heap and beside it, kept or not. */
export async function allocatedBy(run: () => unknown): Promise<number> {
  const before = await usedAfterCollection();
  await run();
  return used() - before;
}

/** How many bytes more are in use after many runs. */
export async function heapAfter(run: () => unknown): Promise<number> {
  const before = await usedAfterCollection();
  for (let batch = 0; batch < MANY_BATCHES; batch++) await run();
  return (await usedAfterCollection()) - before;
}

/** Twice, because memory beside the heap is given back in the turn after its owner was collected. */
async function usedAfterCollection(): Promise<number> {
  for (let time = 0; time < 2; time++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return used();
}

function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
