import { kafkaConfiguration } from '../../kafka/configuration.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Command } from '../command.ts';
import { type ResetOptions, reset } from '../reset.ts';
import { parseResetPosition } from '../reset-position.ts';
import { UsageError } from '../usage-error.ts';

/** Moves a consumer group without members to another position. */
export const resetCommand: Command<ResetOptions> = {
  name: 'reset',
  summary: 'moves the committed offsets of a consumer group that has no members',
  words: '--group <group> --topic <topic> --to <position>',
  flags: {
    group: { value: '<group>', says: 'the consumer group' },
    topic: { value: '<topic>', says: 'the topic that it reads, by its name on the cluster' },
    partition: { value: '<number>', says: 'this partition only' },
    to: {
      value: '<position>',
      says: 'earliest, latest, a time (2026-01-31T12:00:00Z), or an offset of --partition',
    },
    'dry-run': { says: 'say what would be committed, and change nothing' },
    ...clusterFlags,
  },
  notes: ['A group with members keeps its position: stop them, or disable the event source mapping first.'],
  read: (line) => {
    line.noWords('reset');
    const group = line.text('group');
    const topic = line.topic('topic');
    const to = line.topic('to');
    if (!group || !topic || !to) throw new UsageError('reset takes --group, --topic and --to');
    const partition = line.count('partition', 0);
    const position = parseResetPosition(to);
    if (position === undefined) {
      throw new UsageError(`--to must be earliest, latest, a time in ISO 8601 or an offset, not "${to}"`);
    }
    if (typeof position === 'object' && 'offset' in position && partition === undefined) {
      throw new UsageError('An offset belongs to one partition: name it with --partition');
    }
    return { group, topic, partition, to: position, dryRun: line.has('dry-run') };
  },
  execute: async (options, { environment, output, log }) => {
    const { group, topic, dryRun } = options;
    for (const { partition, from, to } of await reset(kafkaConfiguration(environment), options, log)) {
      output.result(
        { group, topic, partition, from, to, dryRun },
        () => `${topic}/${partition}  ${from ?? 'nothing committed'} → ${to}`,
      );
    }
    output.note(
      dryRun
        ? `Would reset ${group}; nothing was committed`
        : `Reset ${group}: it reads ${topic} from there on. If you have disabled its event source mapping, enable it again`,
    );
    return true;
  },
};
