import { withAdmin } from '../kafka/client/admin.ts';
import { type ConnectionOptions, connectionOptions } from '../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../kafka/configuration.ts';
import { connectConsumerGroup } from '../kafka/reading/consumer-group.ts';
import { connectTopicReader, type TopicReader } from '../kafka/reading/topic-reader.ts';
import type { Log } from '../log.ts';
import { printableJson } from '../unprintable.ts';
import { closing } from './closing.ts';
import type { OperatedConsumer } from './consumers.ts';
import { isReplayGroup } from './dead-letters/replay-group.ts';
import type { Output } from './output.ts';

export interface LagOptions {
  readonly group: string | undefined;
  readonly topic: string | undefined;
  readonly json: boolean;
  /** Of the deployed service; undefined for all groups of the cluster. */
  readonly consumers: readonly OperatedConsumer[] | undefined;
  readonly signal: AbortSignal;
}

/** A topic that a consumer group reads. */
interface Consumption {
  readonly group: string;
  readonly topic: string;
}

/** How far a consumer group is behind in one partition. */
export interface PartitionLag extends Consumption {
  readonly members: number;
  readonly partition: number;
  /** Where the group reads on; null when it has committed nothing. */
  readonly committed: number | null;
  /** Behind the last record. */
  readonly end: number;
  /** Records that wait. */
  readonly lag: number;
  /** How long the first of them has waited, in ms since its timestamp; null where none does. */
  readonly lagMs: number | null;
  /** Records that retention has deleted before the group has read them. */
  readonly lost: number;
}

/**
 * Writes for each partition how far consumer groups are behind, in records and in time.
 *
 * @param configuration - of the cluster
 * @throws ServiceError when the cluster cannot be reached
 */
export async function lag(
  configuration: KafkaConfiguration,
  options: LagOptions,
  output: Output,
  log: Log,
): Promise<void> {
  const connection = await connectionOptions(configuration);
  const consumptions = await consumptionsOf(connection, options, log);
  let total = 0;
  let longest = 0;
  let lost = 0;
  for (const consumption of consumptions) {
    options.signal.throwIfAborted();
    for (const partition of await partitionLags(connection, consumption, log)) {
      total += partition.lag;
      longest = Math.max(longest, partition.lagMs ?? 0);
      lost += partition.lost;
      output.line(options.json ? printableJson(JSON.stringify(partition)) : lagLine(partition));
    }
  }
  if (consumptions.length === 0) {
    output.note(
      'No consumer group has committed an offset: name one that is to begin with --group and --topic',
    );
    return;
  }
  output.note(`${records(total)} behind, the first for ${seconds(longest)}${lossNote(lost)}`);
}

function lossNote(lost: number): string {
  return lost === 0 ? '' : `; ${records(lost)} deleted by retention before they were read`;
}

/** How far a group is behind in a partition, as a line of text. */
export function lagLine({ group, topic, partition, members, ...at }: PartitionLag): string {
  const { committed, end, lag: behind, lagMs, lost } = at;
  const fields = [
    group,
    `${topic}/${partition}`,
    `committed ${committed ?? 'nothing'}`,
    `end ${end}`,
    `${records(behind)} behind${lagMs === null ? '' : ` for ${seconds(lagMs)}`}`,
    members === 1 ? '1 member' : `${members} members`,
    ...(lost > 0 ? [`${records(lost)} lost`] : []),
  ];
  return fields.join('  ');
}

async function consumptionsOf(
  connection: ConnectionOptions,
  { group, topic, consumers }: LagOptions,
  log: Log,
): Promise<readonly Consumption[]> {
  if (group !== undefined && topic !== undefined) return [{ group, topic }];
  const isMeant = (one: Consumption): boolean =>
    (group === undefined || one.group === group) && (topic === undefined || one.topic === topic);
  if (consumers !== undefined) return consumers.filter(isMeant);
  return withAdmin(connection, log, async (admin) => {
    const { groups } = await admin.listGroups();
    const names = groups
      .map(({ groupId }) => groupId)
      .filter((name) => group === name || !isReplayGroup(name));
    const found: Consumption[] = [];
    for (const name of names.toSorted()) {
      const topics = await admin.fetchOffsets({ groupId: name });
      for (const each of topics) found.push({ group: name, topic: each.topic });
    }
    return found.filter(isMeant);
  });
}

async function partitionLags(
  connection: ConnectionOptions,
  { group, topic }: Consumption,
  log: Log,
): Promise<PartitionLag[]> {
  const reader = await connectTopicReader(connection, topic, log);
  return closing(reader.disconnect, async () => {
    const consumerGroup = await connectConsumerGroup(connection, { groupId: group, topic }, log);
    return closing(consumerGroup.disconnect, async () => {
      const members = await consumerGroup.memberCount();
      const committed = await consumerGroup.committed();
      const bounds = [...(await reader.bounds())].toSorted(([a], [b]) => a - b);
      const lags = bounds.map(async ([partition, { first, end }]): Promise<PartitionLag> => {
        const offset = committed.get(partition)?.offset;
        const next = Math.min(Math.max(first, offset ?? first), end);
        const waitsSince = await timeOf(reader, partition, next, end);
        return {
          group,
          topic,
          members,
          partition,
          committed: offset ?? null,
          end,
          lag: end - next,
          lagMs: waitsSince === undefined ? null : Math.max(0, Date.now() - waitsSince),
          lost: offset === undefined ? 0 : Math.max(0, first - offset),
        };
      });
      return Promise.all(lags);
    });
  });
}

/** Timestamp of the first record from an offset on; undefined where there is none. */
async function timeOf(
  reader: TopicReader,
  partition: number,
  offset: number,
  end: number,
): Promise<number | undefined> {
  for await (const { timestamp } of reader.records(partition, offset, end)) {
    return timestamp < 0 ? undefined : timestamp;
  }
  return undefined;
}

function records(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
