import type { PartitionProgress } from './mapping-log.ts';
import type { MappingMetrics } from './metrics.ts';

/** Lambda API Reference, "EventSourceMappingConfiguration", State. */
export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled';

/** A mapping as tools see it: the names are those of AWS. */
export interface MappingStatus {
  readonly UUID: string;
  readonly FunctionArn: string;
  readonly EventSourceArn: string | undefined;
  readonly Topics: readonly string[];
  readonly ConsumerGroupId: string;
  readonly State: MappingState;
  readonly StateTransitionReason: string;
  /** `No records processed`, `OK` or `PROBLEM: …`. */
  readonly LastProcessingResult: string;
  readonly Pollers: number;
  /** Assigned partitions; `lag` counts records that are not done yet. */
  readonly Partitions: readonly (PartitionProgress & { readonly lag: number })[];
  readonly Metrics: MappingMetrics & {
    readonly MaxOffsetLag: number;
    readonly SumOffsetLag: number;
    /** In provisioned mode only. */
    readonly ProvisionedPollers?: number;
    /** In provisioned mode only. */
    readonly EventPollerUnit?: number;
  };
}

/** Adds the lag metrics, which are those of the partitions. */
export function withLag(
  metrics: MappingMetrics,
  partitions: readonly { readonly lag: number }[],
): MappingStatus['Metrics'] {
  const lags = partitions.map(({ lag }) => lag);
  return {
    ...metrics,
    MaxOffsetLag: Math.max(0, ...lags),
    SumOffsetLag: lags.reduce((sum, lag) => sum + lag, 0),
  };
}
