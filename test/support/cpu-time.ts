/**
 * Milliseconds of CPU time that work took, which other work on the machine does not lengthen.
 *
 * @param work - to be done once
 */
export function cpuTimeMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
