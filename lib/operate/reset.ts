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
import { printableJson } from '../unprintable.ts';
import { closing } from './closing.ts';
import type { ResetCommand } from './command-line.ts';
import type { Output } from './output.ts';

/**
 * Lets a consumer group read on from somewhere else. The group must have no member, which means that its event source
 * mapping is disabled: a member would go on where it is, and commit that.
 *
 * @param configuration - of the cluster
 * @throws ServiceError `configuration_error` when the group has members, or a partition or offset does not exist
 */
export async function reset(
  configuration: KafkaConfiguration,
  command: ResetCommand,
  output: Output,
  log: Log,
): Promise<void> {
  const { group, topic } = command;
  const connection = await connectionOptions(configuration);
  const reader = await connectTopicReader(connection, topic, log);
  await closing(reader.disconnect, async () => {
    const consumerGroup = await connectConsumerGroup(connection, { groupId: group, topic }, log);
    await closing(consumerGroup.disconnect, async () => {
      await resetGroup(consumerGroup, reader, command, output);
    });
  });
}

async function resetGroup(
  consumerGroup: ConsumerGroup,
  reader: TopicReader,
  command: ResetCommand,
  output: Output,
): Promise<void> {
  const { group, topic, dryRun } = command;
  const members = await consumerGroup.memberCount();
  if (members > 0) throw inUse(group, members === 1 ? '1 member' : `${members} members`);
  const offsets = await wantedOffsets(reader, command);
  const committed = await consumerGroup.committed();
  if (!dryRun) await commit(consumerGroup, group, offsets);
  for (const [partition, to] of offsets) {
    output.line(resetLine(command, partition, committed.get(partition)?.offset ?? null, to));
  }
  output.note(
    dryRun
      ? `Would reset ${group}; nothing was committed`
      : `Reset ${group}: enable its event source mapping again, and it reads ${topic} from there on`,
  );
}

function resetLine(
  { group, topic, dryRun, json }: ResetCommand,
  partition: number,
  from: number | null,
  to: number,
): string {
  if (json) return printableJson(JSON.stringify({ group, topic, partition, from, to, dryRun }));
  return `${topic}/${partition}  ${from ?? 'nothing committed'} → ${to}`;
}

async function wantedOffsets(
  reader: TopicReader,
  { topic, partition, to }: ResetCommand,
): Promise<PartitionOffsets> {
  const bounds = await reader.bounds();
  const limits = partition === undefined ? undefined : bounds.get(partition);
  if (partition !== undefined && limits === undefined) {
    throw refusal(
      `${topic} has ${bounds.size} partition${bounds.size === 1 ? '' : 's'}, counted from 0: there is no ${partition}`,
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
    // One that has joined since the group was asked for its members.
    const isMember = failure instanceof KafkaFailure && failure.errorCode === 'UNKNOWN_MEMBER_ID';
    throw isMember ? inUse(group, 'a member') : failure;
  }
}

function inUse(group: string, members: string): ServiceError {
  return refusal(
    `The consumer group ${group} has ${members}, and would go on where it is. Disable its event source mapping first ` +
      '(aws lambda update-event-source-mapping --uuid <uuid> --no-enabled), wait until its State is Disabled, reset, and enable it again',
  );
}

function refusal(message: string): ServiceError {
  return new ServiceError('configuration_error', message);
}
