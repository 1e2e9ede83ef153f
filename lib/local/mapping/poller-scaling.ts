import { LAG_BATCHES_PER_POLLER, ON_DEMAND_POLLERS } from './choices.ts';

export interface PollerLimits {
  readonly minimum: number;
  readonly maximum: number;
}

/** The limits of a mapping: those it declares in provisioned mode, else those of on-demand mode. */
export function pollerLimits(declared: PollerLimits | undefined): PollerLimits {
  return declared ?? ON_DEMAND_POLLERS;
}

/**
 * How many pollers a mapping should have: one more when its pollers lag behind, one less when there is nothing to do, and
 * never more than partitions.
 *
 * @param now - pollers and records not yet processed
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html Lambda Developer Guide, "Apache Kafka event poller scaling modes"}
 */
export function desiredPollers(
  { minimum, maximum }: PollerLimits,
  now: { pollers: number; partitions: number; lag: number; batchSize: number },
): number {
  const step = now.lag > now.pollers * LAG_BATCHES_PER_POLLER * now.batchSize ? 1 : now.lag === 0 ? -1 : 0;
  const wanted = Math.min(Math.max(now.pollers + step, minimum), maximum, now.partitions);
  return Math.max(wanted, 1);
}

/** Assigns each partition to one poller. */
export function sharePartitions<P extends { partition: number }>(
  partitions: readonly P[],
  pollers: number,
): P[][] {
  const shares: P[][] = Array.from({ length: pollers }, () => []);
  const sorted = partitions.toSorted((a, b) => a.partition - b.partition);
  for (const [index, partition] of sorted.entries()) shares[index % pollers]?.push(partition);
  return shares;
}
