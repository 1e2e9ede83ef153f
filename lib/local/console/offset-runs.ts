import type { Place } from '../observation.ts';
import type { PartitionRuns } from './wire.ts';

/** Sums up records as runs of offsets, by partition. A run goes on where offsets follow each other without a gap. */
export function runsOf(places: readonly Place[]): PartitionRuns[] {
  const byPartition = new Map<number, [number, number][]>();
  for (const { partition, offset } of places) {
    const runs = byPartition.get(partition);
    const run = runs?.at(-1);
    if (runs === undefined) byPartition.set(partition, [[offset, offset]]);
    else if (run !== undefined && offset === run[1] + 1) run[1] = offset;
    else runs.push([offset, offset]);
  }
  return [...byPartition].map(([partition, runs]) => ({ partition, runs }));
}

/** Whether runs of offsets hold a record. */
export function holds(all: readonly PartitionRuns[], { partition, offset }: Place): boolean {
  return all.some(
    (each) =>
      each.partition === partition && each.runs.some(([first, last]) => first <= offset && offset <= last),
  );
}

/** How many records these are. */
export function countOf(all: readonly PartitionRuns[]): number {
  return all.reduce(
    (sum, { runs }) => sum + runs.reduce((part, [first, last]) => part + last - first + 1, 0),
    0,
  );
}
