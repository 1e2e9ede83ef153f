import type { Coordinates } from '../../consume/decode-record.ts';
import type { Command } from '../command.ts';
import type { KindName } from '../dead-letters/kinds.ts';
import { findDeadLetter, letterText, shownLetter } from '../dead-letters/show.ts';
import { forEachTopic } from '../dead-letters/topics-of-kind.ts';
import { deadLetterFlags, oneRecord } from './dead-letter-flags.ts';

/** Everything about one dead letter. */
export function showCommand(kind: KindName): Command<{ readonly coordinates: Coordinates }> {
  return {
    name: `${kind} show`,
    summary: 'everything about one of them',
    words: '<coordinates>',
    flags: deadLetterFlags,
    read: (line) => ({ coordinates: oneRecord('show', line) }),
    execute: ({ coordinates }, { environment, output, log }) => {
      const work = { environment, log, output, isOver: () => false };
      return forEachTopic({ kind, names: [coordinates.topic] }, work, async (topic) => {
        const letter = await findDeadLetter(topic, coordinates);
        output.result(shownLetter(letter), () => letterText(letter, topic.kind.noun));
        return true;
      });
    },
  };
}
