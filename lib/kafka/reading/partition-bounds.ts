import type { Cluster } from '../client/cluster.ts';

/** What a partition held when it was asked. */
export interface PartitionBounds {
  /** Offset of the first record that retention has left. */
  readonly first: number;
  /** Offset behind the last record that readers of committed records see. */
  readonly end: number;
}

/** Where `fetchOffsets` looks: the first record, behind the last one, or the first that is not older, in ms since epoch. */
export type OffsetQuery = { readonly fromBeginning: boolean } | { readonly fromTimestamp: number };

/**
 * Asks for an offset of each partition.
 *
 * @returns by partition; -1 where no record is young enough
 * @throws Error of kafkajs when a leader does not answer
 * @see Apache Kafka, "ListOffsets API"
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
 * What one partition holds by now.
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
