import type { Cluster } from '../client/cluster.ts';

/** The offsets of a partition at the time of the request. */
export interface PartitionBounds {
  /** Offset of the first record that still exists. */
  readonly first: number;
  /** End offset for readers of committed records. */
  readonly end: number;
}

/** What `fetchOffsets` looks for: the first record, the end, or the first record of a time or later, in ms since epoch. */
export type OffsetQuery = { readonly fromBeginning: boolean } | { readonly fromTimestamp: number };

/**
 * Requests an offset of each partition.
 *
 * @returns by partition; -1 where no record is new enough
 * @throws Error of kafkajs when a leader does not answer
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_ListOffsets Apache Kafka, "ListOffsets API"}
 */
export async function fetchOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  query: OffsetQuery,
): Promise<Map<number, number>> {
  if (partitions.length === 0) return new Map();
  const asked = partitions.map((partition) => ({ partition }));
  const topics = await cluster.fetchTopicsOffset([{ topic, partitions: asked, ...query }]);
  const offsets = topics.flatMap((answer) => answer.partitions);
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}

/**
 * Requests the offsets of one partition.
 *
 * @throws Error of kafkajs when its leader does not answer
 */
export async function partitionBounds(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<PartitionBounds> {
  const [first, end] = await Promise.all(
    [true, false].map((fromBeginning) => fetchOffsets(cluster, topic, [partition], { fromBeginning })),
  );
  return { first: first?.get(partition) ?? 0, end: end?.get(partition) ?? 0 };
}
