import { withAdmin } from '../kafka/client/admin.ts';
import { type ConnectionOptions, connectionOptions } from '../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../kafka/configuration.ts';
import { connectConsumerGroup } from '../kafka/reading/consumer-group.ts';
import { connectTopicReader, type TopicReader } from '../kafka/reading/topic-reader.ts';
import type { Log } from '../log.ts';
import { closing } from './closing.ts';
import type { OperatedConsumer } from './consumers.ts';
import { isReplayGroup } from './dead-letters/replay-group.ts';

export interface LagOptions {
  readonly group: string | undefined;
  readonly topic: string | undefined;
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
  /** Next offset that the group reads; null when it has committed nothing. */
  readonly committed: number | null;
  /** Behind the last record. */
  readonly end: number;
  /** Records that wait. */
  readonly lag: number;
  /** How long the first of them has waited, in ms since its timestamp; null when none waits. */
  readonly lagMs: number | null;
  /** Records that retention has deleted before the group has read them. */
  readonly lost: number;
}

/**
 * Finds out for each partition how far consumer groups are behind, in records and in time.
 *
 * @param configuration - of the cluster
 * @throws ServiceError when the cluster cannot be reached
 */
export async function* lags(
  configuration: KafkaConfiguration,
  options: LagOptions,
  log: Log,
): AsyncGenerator<PartitionLag, void> {
  const connection = await connectionOptions(configuration);
  for (const consumption of await consumptionsOf(connection, options, log)) {
    options.signal.throwIfAborted();
    yield* await partitionLags(connection, consumption, log);
  }
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
