import type { Log } from '../../log.ts';
import type { Cluster } from '../client/cluster.ts';
import type { GroupProtocol, Member } from './group-protocol.ts';

/**
 * What a group has committed, checked against the log. An offset behind the end of its partition, as a log that lost its
 * tail leaves behind, or one that is no offset at all, would pass over all records that are written until then: it is set
 * back to the end, committed so, and told of.
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
  const ends = new Map<number, number>();
  await Promise.all(
    [...committed.keys()].map(async (partition) => {
      // Each by itself: one without a leader, which cannot be read now anyway, must not hold up the others.
      const found = await endOffsets(cluster, topic, [partition]).catch(() => new Map<number, number>());
      const end = found.get(partition);
      if (end !== undefined) ends.set(partition, end);
    }),
  );
  const positions = new Map<number, number | undefined>();
  const corrected = new Map<number, { offset: number }>();
  for (const partition of partitions) {
    const offset = committed.get(partition)?.offset;
    const end = ends.get(partition);
    if (offset === undefined || end === undefined || offset <= end) {
      positions.set(partition, offset);
      continue;
    }
    log.warn('The committed offset lies behind the end of the partition: it is set back to the end', {
      topic,
      partition,
      offset,
      end,
    });
    positions.set(partition, end);
    corrected.set(partition, { offset: end });
  }
  if (corrected.size > 0) await group.commit(member, corrected);
  return positions;
}

/** Offset behind the last record of each partition, by now. */
export async function endOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  if (partitions.length === 0) return new Map();
  const asked = partitions.map((partition) => ({ partition }));
  const topics = await cluster.fetchTopicsOffset([{ topic, partitions: asked, fromBeginning: false }]);
  const offsets = topics.flatMap((answer) => answer.partitions);
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}
