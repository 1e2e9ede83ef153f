import { kafkaConfiguration } from '../../kafka/configuration.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Command } from '../command.ts';
import { foreignTopics, operatedConsumers } from '../consumers.ts';
import { counted } from '../counted.ts';
import { lags, type PartitionLag } from '../lag.ts';

interface LagCommandOptions {
  readonly group: string | undefined;
  readonly topic: string | undefined;
}

/** How far consumer groups are behind. */
export const lagCommand: Command<LagCommandOptions> = {
  name: 'lag',
  summary: 'how far consumer groups are behind, in records and in time',
  flags: {
    group: { value: '<group>', says: 'this consumer group only' },
    topic: { value: '<topic>', says: 'this topic only, by its name on the cluster' },
    ...clusterFlags,
  },
  read: (line) => {
    line.noWords('lag');
    return { group: line.text('group'), topic: line.topic('topic') };
  },
  execute: async (options, { environment, output, log, signal }) => {
    const consumers = operatedConsumers(environment);
    let partitions = 0;
    let total = 0;
    let longest = 0;
    let lost = 0;
    for await (const lag of lags(kafkaConfiguration(environment), { ...options, consumers, signal }, log)) {
      partitions++;
      total += lag.lag;
      longest = Math.max(longest, lag.lagMs ?? 0);
      lost += lag.lost;
      output.result(lag, () => lagLine(lag));
    }
    const foreign = foreignTopics(environment).map(({ topic }) => topic);
    if (foreign.length > 0)
      output.note(`Not included, because they are on other clusters: ${foreign.join(', ')}`);
    if (partitions === 0) {
      output.note(
        'No consumer group has committed an offset: name the group and the topic with --group and --topic',
      );
      return true;
    }
    output.note(`${counted(total, 'record')} behind, the first for ${seconds(longest)}${lossNote(lost)}`);
    return true;
  },
};

function lossNote(lost: number): string {
  return lost === 0 ? '' : `; ${counted(lost, 'record')} deleted by retention before they were read`;
}

function lagLine({ group, topic, partition, members, ...at }: PartitionLag): string {
  const { committed, end, lag: behind, lagMs, lost } = at;
  const fields = [
    group,
    `${topic}/${partition}`,
    `committed ${committed ?? 'nothing'}`,
    `end ${end}`,
    `${counted(behind, 'record')} behind${lagMs === null ? '' : ` for ${seconds(lagMs)}`}`,
    counted(members, 'member'),
    ...(lost > 0 ? [`${counted(lost, 'record')} lost`] : []),
  ];
  return fields.join('  ');
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
