import type { Coordinates } from '../../consume/decode-record.ts';
import { type Bounded, boundFlags, boundsIn, budgetOf } from '../bounds.ts';
import type { Command } from '../command.ts';
import { formatCoordinates } from '../coordinates.ts';
import { counted } from '../counted.ts';
import type { DeadLetterTopic } from '../dead-letters/dead-letter-topic.ts';
import type { KindName } from '../dead-letters/kinds.ts';
import { listDeadLetters, listedLetter, listLine } from '../dead-letters/list.ts';
import { mayBeForgotten } from '../dead-letters/replay.ts';
import { forEachTopic, topicsOf } from '../dead-letters/topics-of-kind.ts';
import { coordinatesIn } from '../line.ts';
import { UsageError } from '../usage-error.ts';
import { deadLetterFlags, oneTopic } from './dead-letter-flags.ts';

interface ListOptions extends Bounded {
  readonly topic: string | undefined;
  readonly from: Coordinates | undefined;
}

/** One line per dead letter, and their number. */
export function listCommand(kind: KindName, summary: string): Command<ListOptions> {
  return {
    name: `${kind} list`,
    summary,
    flags: {
      from: { value: '<coordinates>', says: 'begin there' },
      ...boundFlags,
      ...deadLetterFlags,
    },
    read: (line) => {
      if (line.words.length > 0)
        throw new UsageError('list takes no coordinates; set where it starts with --from');
      const text = line.text('from');
      const from = text === undefined ? undefined : coordinatesIn(text);
      return { topic: oneTopic(from === undefined ? [] : [from], line), from, ...boundsIn(line) };
    },
    execute: async (options, execution) => {
      const { environment, output, log, signal } = execution;
      const budget = budgetOf(options, execution);
      const list = async (topic: DeadLetterTopic): Promise<boolean> => {
        const counts = { total: 0, replayed: 0, forgettable: 0 };
        for await (const letter of listDeadLetters(topic, options.from)) {
          signal.throwIfAborted();
          if (budget.spent !== undefined) {
            const next = formatCoordinates(letter.coordinates);
            const listed = `Listed ${counted(counts.total, topic.kind.noun)} of ${topic.name}`;
            output.note(`${listed}: ${budget.spent}; continue with --from ${next}`);
            return true;
          }
          counts.total++;
          if (letter.replayed) counts.replayed++;
          if (mayBeForgotten(letter.record.timestamp)) counts.forgettable++;
          budget.countRecord(output.result(listedLetter(letter), () => listLine(letter)));
        }
        output.note(await listedText(topic, counts));
        return true;
      };
      const topics = await topicsOf(kind, options.topic, execution);
      const isOver = () => signal.aborted || budget.spent !== undefined;
      const complete = await forEachTopic(topics, { environment, log, output, isOver }, list);
      return complete && !signal.aborted;
    },
  };
}

async function listedText(
  topic: DeadLetterTopic,
  { total, replayed, forgettable }: { total: number; replayed: number; forgettable: number },
): Promise<string> {
  const text = `${counted(total, topic.kind.noun)} in ${topic.name}, ${replayed} of them replayed`;
  const isForgotten = forgettable > 0 && (await topic.group.committed()).size === 0;
  return isForgotten ? `${text}, as far as the cluster remembers: a week` : text;
}
