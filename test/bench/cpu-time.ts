/**
 * Runs for a while at least, and returns how many nanoseconds of CPU time one run took. Not how long: a function has a
 * share of a core, so work is what it pays for; and work is much the same on a machine that has other things to do.
 */
export async function cpuTimeOf(run: () => unknown, durationMs: number): Promise<number> {
  const before = process.cpuUsage();
  const deadline = Date.now() + durationMs;
  let runs = 0;
  do {
    await run();
    runs++;
  } while (Date.now() < deadline);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / runs;
}
