import type { Coordinates } from '../../consume/decode-record.ts';
import type { Command } from '../command.ts';
import { forEachTopic, type Room } from '../dead-letters/rooms.ts';
import { findDeadLetter, letterText, shownLetter } from '../dead-letters/show.ts';
import { deadLetterFlags, oneRecord } from './dead-letter-flags.ts';

/** Everything about one dead letter. */
export function showCommand(room: Room): Command<{ readonly coordinates: Coordinates }> {
  return {
    name: `${room} show`,
    summary: 'everything about one of them',
    words: '<coordinates>',
    flags: deadLetterFlags,
    read: (line) => ({ coordinates: oneRecord('show', line) }),
    execute: ({ coordinates }, { environment, output, log }) => {
      const work = { environment, log, output, isOver: () => false };
      return forEachTopic({ room, names: [coordinates.topic] }, work, async (topic) => {
        const letter = await findDeadLetter(topic, coordinates);
        output.result(shownLetter(letter), () => letterText(letter, topic.kind.noun));
        return true;
      });
    },
  };
}
