import { defaultOf, listItems, type TopicConfigs } from './topic-configs.ts';

/** The largest segment: in memory it is one buffer. */
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
/** Retention works in whole segments, so unless the topic says otherwise one segment is a fraction of what may be kept. */
const SEGMENTS_PER_RETENTION = 8;

/** The configuration of a topic that its logs act on. What has no limit is infinite. */
export interface LogSettings {
  /** cleanup.policy */
  readonly deletes: boolean;
  readonly compacts: boolean;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly segmentMs: number;
  readonly segmentBytes: number;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxMessageBytes: number;
  /** message.timestamp.type is LogAppendTime. */
  readonly appendTime: boolean;
}

/**
 * What follows from the configuration of a topic.
 *
 * @param retentionBytes log.retention.bytes of the broker
 */
export function logSettings(configs: TopicConfigs, retentionBytes: number): LogSettings {
  const value = (name: string) => configs[name] ?? defaultOf(name);
  const policy = listItems(value('cleanup.policy'));
  const kept = limit(configs['retention.bytes'] ?? String(retentionBytes));
  const segmentBytes = configs['internal.segment.bytes'] ?? configs['segment.bytes'];
  return {
    deletes: policy.includes('delete'),
    compacts: policy.includes('compact'),
    retentionMs: limit(value('retention.ms')),
    retentionBytes: kept,
    segmentMs: Number(value('segment.ms')),
    segmentBytes: Math.min(
      MAX_SEGMENT_BYTES,
      segmentBytes === undefined ? Math.ceil(kept / SEGMENTS_PER_RETENTION) : Number(segmentBytes),
    ),
    deleteRetentionMs: Number(value('delete.retention.ms')),
    minCompactionLagMs: Number(value('min.compaction.lag.ms')),
    maxMessageBytes: Number(value('max.message.bytes')),
    appendTime: value('message.timestamp.type') === 'LogAppendTime',
  };
}

/** A number; negative means no limit. */
function limit(value: string): number {
  return Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value);
}
