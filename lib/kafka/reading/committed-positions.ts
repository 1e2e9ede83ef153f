import type { Log } from '../../log.ts';
import type { Cluster } from '../client/cluster.ts';
import type { GroupProtocol, Member } from './group-protocol.ts';
import { partitionBounds } from './partition-bounds.ts';

/**
 * What a group has committed, checked against the log. An offset behind the end of its partition, as a log that lost its
 * tail or a topic that was created anew leaves behind, would pass over all records that are written until then. How many
 * of those there are by now cannot be known, so reading begins at the first record: records may come twice, none is lost.
 * The position is committed, and told of.
 *
 * @returns by partition, undefined where the group has committed nothing
 * @throws KafkaFailure
 */
export async function committedPositions(
  { cluster, group, topic, log }: { cluster: Cluster; group: GroupProtocol; topic: string; log: Log },
  member: Member,
  partitions: readonly number[],
): Promise<Map<number, number | undefined>> {
  const committed = await group.committed(partitions);
  const positions = new Map<number, number | undefined>();
  const corrected = new Map<number, { offset: number }>();
  await Promise.all(
    partitions.map(async (partition) => {
      const offset = committed.get(partition)?.offset;
      positions.set(partition, offset);
      if (offset === undefined) return;
      // One without a leader, which cannot be read now anyway, must not hold up the others.
      const bounds = await partitionBounds(cluster, topic, partition).catch(() => undefined);
      if (bounds === undefined || offset <= bounds.end) return;
      const message =
        'the committed offset lies behind the end of the partition: reading begins at its first record';
      log.warn(message, { topic, partition, offset, ...bounds });
      positions.set(partition, bounds.first);
      corrected.set(partition, { offset: bounds.first });
    }),
  );
  if (corrected.size > 0) await group.commit(member, corrected);
  return positions;
}
