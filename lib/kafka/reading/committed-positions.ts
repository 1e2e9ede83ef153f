import type { Log } from '../../log.ts';
import type { Cluster } from '../client/cluster.ts';
import type { GroupProtocol, Member } from './group-protocol.ts';
import { partitionBounds } from './partition-bounds.ts';

/**
 * Reads what a group has committed, and checks it against the log. A log that lost its tail, or a topic that was created
 * again, leaves committed offsets beyond the end of the partition. Reading from there would skip all records that are
 * written until then. Nobody knows how many of those exist by now, so reading starts at the first record: records may come
 * twice, and none is lost. The corrected position is committed and logged.
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
      // A partition without a leader cannot be read now and must not block the others.
      const bounds = await partitionBounds(cluster, topic, partition).catch(() => undefined);
      if (bounds === undefined || offset <= bounds.end) return;
      const message =
        'the committed offset is beyond the end of the partition: reading starts at its first record';
      log.warn(message, { topic, partition, offset, ...bounds });
      positions.set(partition, bounds.first);
      corrected.set(partition, { offset: bounds.first });
    }),
  );
  if (corrected.size > 0) await group.commit(member, corrected);
  return positions;
}
