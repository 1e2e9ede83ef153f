import { kafkaConfiguration } from '../../kafka/configuration.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Command } from '../command.ts';
import { counted } from '../counted.ts';
import { topics } from '../topics.ts';

/** The topics, with their partitions and how many offsets they hold. */
export const topicsCommand: Command<void> = {
  name: 'topics',
  summary: 'the topics, with their partitions and how many offsets they hold',
  flags: clusterFlags,
  read: (line) => line.noWords('topics'),
  execute: async (_, { environment, output, log, signal }) => {
    let count = 0;
    for await (const summary of topics(kafkaConfiguration(environment), signal, log)) {
      count++;
      const { topic, partitions, offsets } = summary;
      output.result(summary, () => `${topic}  ${counted(partitions, 'partition')}  ${offsets} offsets`);
    }
    output.note(counted(count, 'topic'));
    return true;
  },
};
