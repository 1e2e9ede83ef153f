import type { Coordinates } from '../../consume/decode-record.ts';
import { kafkaConfiguration } from '../../kafka/configuration.ts';
import { type Bounded, boundFlags, boundsIn, budgetOf } from '../bounds.ts';
import { closing } from '../closing.ts';
import type { Command } from '../command.ts';
import type { KindName } from '../dead-letters/kinds.ts';
import { replay } from '../dead-letters/replay.ts';
import { replayReport } from '../dead-letters/replay-report.ts';
import { createSender } from '../dead-letters/sender.ts';
import { forEachTopic, foreignOriginsOf, topicsOf } from '../dead-letters/topics-of-kind.ts';
import { coordinatesIn } from '../line.ts';
import { UsageError } from '../usage-error.ts';
import { coordinatesOf, deadLetterFlags, oneTopic } from './dead-letter-flags.ts';

interface ReplayCommandOptions extends Bounded {
  readonly topic: string | undefined;
  /** All of one topic; empty for everything that was not replayed yet. */
  readonly coordinates: readonly Coordinates[];
  readonly from: Coordinates | undefined;
  readonly to: string | undefined;
  readonly dryRun: boolean;
}

/** Sends dead letters back to the topics they came from. */
export function replayCommand(kind: KindName): Command<ReplayCommandOptions> {
  return {
    name: `${kind} replay`,
    summary: 'sends them back to the topics they came from: all that were not replayed yet, or those named',
    words: '[<coordinates>…]',
    flags: {
      from: {
        value: '<coordinates>',
        says: 'begin there, in that partition; earlier ones count as replayed',
      },
      to: { value: '<topic>', says: 'send to this topic instead' },
      'dry-run': { says: 'say what would be sent, and change nothing' },
      ...boundFlags,
      ...deadLetterFlags,
    },
    notes: [
      'What --limit or --seconds leave out is for the next replay. Those that you name are sent again even if they were replayed before.',
    ],
    read: (line) => {
      const coordinates = coordinatesOf(line);
      const text = line.text('from');
      const from = text === undefined ? undefined : coordinatesIn(text);
      if (from !== undefined && coordinates.length > 0)
        throw new UsageError('replay takes coordinates or --from, not both');
      const topic = oneTopic(from === undefined ? coordinates : [from], line);
      return {
        topic,
        coordinates,
        from,
        to: line.topic('to'),
        dryRun: line.has('dry-run'),
        ...boundsIn(line),
      };
    },
    execute: async (options, execution) => {
      const { environment, output, log, signal } = execution;
      const budget = budgetOf(options, execution);
      const topics = await topicsOf(kind, options.topic, execution);
      const { send, disconnect } = createSender(kafkaConfiguration(environment), log);
      const foreignOrigins = foreignOriginsOf(kind, environment);
      const isOver = () => signal.aborted || budget.spent !== undefined;
      const work = { environment, log, output, isOver };
      return closing(disconnect, () =>
        forEachTopic(topics, work, async (topic) => {
          const all = { ...options, foreignOrigins, send, budget, signal };
          return (await replay(topic, all, replayReport(topic, all, output))).complete;
        }),
      );
    },
  };
}
