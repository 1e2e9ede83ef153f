import { ServiceError } from '../errors.ts';
import { connectionOptions } from '../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../kafka/configuration.ts';
import { KafkaFailure } from '../kafka/kafka-failure.ts';
import { type ConsumerGroup, connectConsumerGroup } from '../kafka/reading/consumer-group.ts';
import { offsetsAt } from '../kafka/reading/position.ts';
import {
  connectTopicReader,
  type PartitionOffsets,
  type TopicReader,
} from '../kafka/reading/topic-reader.ts';
import type { Log } from '../log.ts';
import { closing } from './closing.ts';
import { counted } from './counted.ts';
import type { ResetPosition } from './reset-position.ts';

/** Which partitions of a group are moved where. */
export interface ResetOptions {
  readonly group: string;
  readonly topic: string;
  /** All partitions unless given. */
  readonly partition: number | undefined;
  readonly to: ResetPosition;
  readonly dryRun: boolean;
}

/** Where a group reads on in a partition. */
export interface PartitionReset {
  readonly partition: number;
  /** Null when nothing was committed. */
  readonly from: number | null;
  readonly to: number;
}

/**
 * Moves a consumer group to another position. The group must have no member, so its event source mapping must be
 * disabled: a member would continue from its own position and commit that.
 *
 * @param configuration - of the cluster
 * @throws ServiceError `configuration_error` when the group has members, or a partition or offset does not exist
 */
export async function reset(
  configuration: KafkaConfiguration,
  options: ResetOptions,
  log: Log,
): Promise<PartitionReset[]> {
  const { group, topic } = options;
  const connection = await connectionOptions(configuration);
  const reader = await connectTopicReader(connection, topic, log);
  return closing(reader.disconnect, async () => {
    const consumerGroup = await connectConsumerGroup(connection, { groupId: group, topic }, log);
    return closing(consumerGroup.disconnect, () => resetGroup(consumerGroup, reader, options));
  });
}

async function resetGroup(
  consumerGroup: ConsumerGroup,
  reader: TopicReader,
  options: ResetOptions,
): Promise<PartitionReset[]> {
  const { group, dryRun } = options;
  const members = await consumerGroup.memberCount();
  if (members > 0) throw inUse(group, counted(members, 'member'));
  const offsets = await wantedOffsets(reader, options);
  const committed = await consumerGroup.committed();
  if (!dryRun) await commit(consumerGroup, group, offsets);
  return [...offsets].map(([partition, to]) => ({
    partition,
    from: committed.get(partition)?.offset ?? null,
    to,
  }));
}

async function wantedOffsets(
  reader: TopicReader,
  { topic, partition, to }: ResetOptions,
): Promise<PartitionOffsets> {
  const bounds = await reader.bounds();
  const limits = partition === undefined ? undefined : bounds.get(partition);
  if (partition !== undefined && limits === undefined) {
    throw refusal(
      `${topic} has ${counted(bounds.size, 'partition')}, counted from 0: there is no ${partition}`,
    );
  }
  if (typeof to === 'object' && 'offset' in to) {
    if (partition === undefined || limits === undefined) throw refusal('An offset belongs to one partition');
    if (to.offset < limits.first || to.offset > limits.end) {
      throw refusal(
        `${topic}/${partition} can be read from offset ${limits.first} to ${limits.end}, not from ${to.offset}`,
      );
    }
    return new Map([[partition, to.offset]]);
  }
  const offsets = [...(await offsetsAt(reader, to))].toSorted(([a], [b]) => a - b);
  return new Map(offsets.filter(([each]) => partition === undefined || each === partition));
}

async function commit(consumerGroup: ConsumerGroup, group: string, offsets: PartitionOffsets): Promise<void> {
  try {
    await consumerGroup.reset(offsets);
  } catch (failure) {
    // A member joined after the group was described.
    const isMember = failure instanceof KafkaFailure && failure.errorCode === 'UNKNOWN_MEMBER_ID';
    throw isMember ? inUse(group, 'a member') : failure;
  }
}

function inUse(group: string, members: string): ServiceError {
  return refusal(
    `The consumer group ${group} has ${members}, which would continue from the old position. Disable its event source mapping first ` +
      '(aws lambda update-event-source-mapping --uuid <uuid> --no-enabled), wait until its State is Disabled, reset, and enable it again; without a mapping, stop its members',
  );
}

function refusal(message: string): ServiceError {
  return new ServiceError('configuration_error', message);
}
