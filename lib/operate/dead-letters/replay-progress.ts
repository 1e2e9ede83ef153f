import { MAX_METADATA_BYTES, type OffsetAndMetadata } from '../../kafka/reading/group-protocol.ts';
import type { PartitionBounds } from '../../kafka/reading/topic-reader.ts';

/** Offsets from the first to the last, both included. */
interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Which dead letters of a partition were replayed: all before `next`, and some after it that were replayed by their
 * coordinates. It is kept as a committed offset, with the latter in its metadata.
 */
export interface ReplayProgress {
  readonly next: number;
  /** In order, apart from each other and from `next`. */
  readonly ahead: readonly OffsetRange[];
}

/**
 * Reads the progress from what the replay group committed.
 *
 * @param committed - undefined when nothing was replayed yet
 * @param bounds - of the partition; a commit behind its end belongs to an earlier topic of that name and is ignored
 */
export function readProgress(
  committed: OffsetAndMetadata | undefined,
  { first, end }: PartitionBounds,
): ReplayProgress {
  if (committed === undefined || committed.offset > end) return { next: first, ahead: [] };
  const ahead = committed.metadata.split(',').flatMap((text): OffsetRange[] => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    return from === undefined ? [] : [{ from: Number(from), to: Number(to) }];
  });
  return normalize(Math.max(first, committed.offset), ahead);
}

/** What to commit; undefined when too many dead letters were replayed out of order for the metadata of a commit. */
export function committedProgress({ next, ahead }: ReplayProgress): OffsetAndMetadata | undefined {
  const metadata = ahead.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(',');
  return metadata.length > MAX_METADATA_BYTES ? undefined : { offset: next, metadata };
}

export function isReplayed({ next, ahead }: ReplayProgress, offset: number): boolean {
  return offset < next || ahead.some(({ from, to }) => from <= offset && offset <= to);
}

/** Everything up to an offset, included, was replayed. */
export function replayedUpTo({ next, ahead }: ReplayProgress, offset: number): ReplayProgress {
  return normalize(Math.max(next, offset + 1), ahead);
}

/** One dead letter was replayed, whatever comes before it. */
export function replayedAlone({ next, ahead }: ReplayProgress, offset: number): ReplayProgress {
  return normalize(next, [...ahead, { from: offset, to: offset }]);
}

/** How many offsets before the end are not replayed. */
export function remaining({ next, ahead }: ReplayProgress, end: number): number {
  const before = ahead.map(({ from, to }) => Math.max(0, Math.min(to + 1, end) - from));
  return Math.max(0, end - next) - before.reduce((sum, count) => sum + count, 0);
}

function normalize(next: number, ranges: readonly OffsetRange[]): ReplayProgress {
  const ahead: OffsetRange[] = [];
  let start = next;
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = ahead.at(-1);
    if (from <= start) start = Math.max(start, to + 1);
    else if (last !== undefined && from <= last.to + 1) {
      ahead[ahead.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    } else ahead.push({ from, to });
  }
  return { next: start, ahead };
}
