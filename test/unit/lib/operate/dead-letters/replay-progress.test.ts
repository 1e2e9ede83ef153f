import fc from 'fast-check';
import {
  committedProgress,
  isReplayed,
  readProgress,
  remaining,
  replayedAlone,
  replayedUpTo,
} from '../../../../../lib/operate/dead-letters/replay-progress.ts';

const END = 40;
const bounds = { first: 0, end: END };
const offsets = Array.from({ length: END }, (_, offset) => offset);

const steps = fc.array(
  fc.record({ alone: fc.boolean(), offset: fc.nat({ max: END - 1 }) }, { noNullPrototype: true }),
);

test('after any replays, exactly what was replayed counts as replayed, in this run and in the next', () => {
  fc.assert(
    fc.property(steps, (replays) => {
      const replayed = new Set<number>();
      let progress = readProgress(undefined, bounds);
      for (const { alone, offset } of replays) {
        progress = alone ? replayedAlone(progress, offset) : replayedUpTo(progress, offset);
        for (const one of alone ? [offset] : offsets.slice(0, offset + 1)) replayed.add(one);
      }
      const inNextRun = readProgress(committedProgress(progress), bounds);

      expect(offsets.filter((offset) => isReplayed(progress, offset))).toEqual(
        [...replayed].toSorted((a, b) => a - b),
      );
      expect(inNextRun).toEqual(progress);
      expect(remaining(progress, END)).toBe(END - replayed.size);
    }),
  );
});

test('nothing before the committed offset is left open', () => {
  expect(readProgress({ offset: 5, metadata: '' }, bounds)).toEqual({ next: 5, ahead: [] });
});

test('neighbours become one range', () => {
  const progress = [9, 7, 8, 20].reduce(replayedAlone, readProgress(undefined, bounds));
  expect(committedProgress(progress)).toEqual({ offset: 0, metadata: '7-9,20' });
});

test('what retention deleted is not left', () => {
  expect(readProgress({ offset: 5, metadata: '' }, { first: 30, end: END }).next).toBe(30);
});

test('a commit behind the end of the partition belongs to a topic that was deleted', () => {
  expect(readProgress({ offset: END + 1, metadata: '' }, bounds)).toEqual({ next: 0, ahead: [] });
});

test('metadata that somebody else wrote is not taken for progress', () => {
  fc.assert(
    fc.property(fc.string(), (metadata) => {
      const { next } = readProgress({ offset: 3, metadata: `x${metadata.replaceAll(',', '')}` }, bounds);
      expect(next).toBe(3);
    }),
  );
});

test('more dead letters out of order than a commit can hold are not committed', () => {
  const even = Array.from({ length: 2_000 }, (_, index) => 1_000 + 2 * index);
  expect(committedProgress(even.reduce(replayedAlone, readProgress(undefined, bounds)))).toBeUndefined();
});
