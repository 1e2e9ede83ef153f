import { oneLine } from '../../unprintable.ts';
import type { Budget } from '../budget.ts';
import { formatCoordinates } from '../coordinates.ts';
import { counted } from '../counted.ts';
import type { Output } from '../output.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';
import type { ReplayObserver, ReplaySummary } from './replay.ts';

/** Writes what a replay does. */
export function replayReport(
  topic: DeadLetterTopic,
  options: { readonly dryRun: boolean; readonly budget: Budget; readonly signal: AbortSignal },
  output: Output,
): ReplayObserver {
  let replayed = 0;
  return {
    outcome: ({ coordinates }, outcome) => {
      const from = formatCoordinates(coordinates);
      if (outcome.status === 'failed') {
        output.problem(oneLine(`${from} was not replayed: ${outcome.why}`));
        return 0;
      }
      replayed++;
      output.progress(`${counted(replayed, topic.kind.noun)} of ${topic.name} replayed so far`);
      if (outcome.status === 'would-be-sent') {
        const { topic: wouldGoTo } = outcome;
        const said = { coordinates: from, wouldGoTo };
        return output.result(said, () => oneLine(`${from} would go to ${wouldGoTo}`));
      }
      const to = formatCoordinates(outcome.to);
      return output.result({ coordinates: from, to }, () => oneLine(`${from} → ${to}`));
    },
    waiting: (ms) =>
      output.problem(
        `Another replay of ${topic.name} is running, or was killed a moment ago: waiting up to ${ms / 1000} s`,
      ),
    ended: (summary) => output.note(summaryText(topic, options, summary)),
  };
}

function summaryText(
  { name, kind }: DeadLetterTopic,
  { dryRun, budget, signal }: Parameters<typeof replayReport>[1],
  { replayed, left }: ReplaySummary,
): string {
  const what = `${counted(replayed, kind.noun)} of ${name}`;
  if (dryRun) return `Would replay ${what}; nothing was sent`;
  if (signal.aborted) return `Interrupted: replayed ${what}; ${left} left`;
  if (budget.spent === undefined || left === 0) return `Replayed ${what}; ${left} left`;
  return `Replayed ${what}; ${left} left, because ${budget.spent}: run the same command to continue`;
}
