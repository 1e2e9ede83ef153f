import type { Coordinates } from '../../consume/decode-record.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Flags } from '../command.ts';
import { coordinatesIn, type Line } from '../line.ts';
import { UsageError } from '../usage-error.ts';

/** The flags of every command about dead letters. */
export const deadLetterFlags = {
  topic: {
    value: '<topic>',
    says: 'a topic of the catalogue, for its dead letter or failure topic, or one of these by its name',
  },
  ...clusterFlags,
} as const satisfies Flags;

/** @throws UsageError when a word is not `<topic>/<partition>/<offset>` */
export function coordinatesOf({ words }: Line): Coordinates[] {
  return words.map(coordinatesIn);
}

/**
 * The topic that coordinates, or `--topic`, name.
 *
 * @throws UsageError when they name several
 */
export function oneTopic(coordinates: readonly Coordinates[], line: Line): string | undefined {
  const topics = new Set(coordinates.map(({ topic }) => topic));
  const flag = line.topic('topic');
  if (flag !== undefined) topics.add(flag);
  if (topics.size > 1)
    throw new UsageError(`One dead letter topic at a time, not ${[...topics].join(' and ')}`);
  const [topic] = topics;
  return topic;
}

/** @throws UsageError when there are not the coordinates of one record */
export function oneRecord(name: string, line: Line): Coordinates {
  const coordinates = coordinatesOf(line);
  const [one] = coordinates;
  if (one === undefined || coordinates.length > 1)
    throw new UsageError(`${name} takes the coordinates of one`);
  oneTopic(coordinates, line);
  return one;
}
