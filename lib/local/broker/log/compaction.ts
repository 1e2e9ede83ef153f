import { canDecompress } from '../../../kafka/reading/decompression.ts';
import { type BatchHeader, rebuildBatch } from '../../../kafka/wire/record-batch.ts';
import { type KeyedRecord, readRecords } from '../../../kafka/wire/records.ts';
import type { Segment } from './segment.ts';

/** What compaction made of a segment. */
export interface CompactedSegment {
  readonly segment: Segment;
  /** The remaining batches, in order; undefined when there is nothing to remove. */
  readonly batches: readonly Buffer[] | undefined;
}

export interface Compaction {
  readonly segments: readonly CompactedSegment[];
  /** The earliest time of a record without value that is still kept; infinite when there is none. */
  readonly oldestTombstone: number;
}

/**
 * Finds what is left of segments when each key keeps its last record. Records keep their offsets. A record without a
 * value deletes its key, and goes itself once it is old enough. Records without key, and batches that this Node.js
 * cannot decompress, stay.
 *
 * @param segments of one log, in order, none of them the active one
 * @param tombstonesFrom the time (epoch milliseconds) up to which records without a value go as well
 * @see {@link https://kafka.apache.org/documentation/#compaction Apache Kafka, "Log Compaction"}
 */
export function compact(segments: readonly Segment[], tombstonesFrom: number): Compaction {
  const latest = new Map<string, number>();
  for (const segment of segments) {
    for (const { records } of batchesOf(segment)) {
      for (const { key, offset } of records ?? []) if (key) latest.set(key.toString('base64'), offset);
    }
  }
  let oldestTombstone = Number.POSITIVE_INFINITY;
  const stays = ({ key, offset, hasValue, timestamp }: KeyedRecord): boolean => {
    if (!key) return true;
    if (latest.get(key.toString('base64')) !== offset) return false;
    if (hasValue) return true;
    if (timestamp <= tombstonesFrom) return false;
    oldestTombstone = Math.min(oldestTombstone, timestamp);
    return true;
  };
  const compacted = segments.map((segment) => {
    let removed = false;
    const batches: Buffer[] = [];
    for (const { batch, header, records } of batchesOf(segment)) {
      const kept = records?.filter(stays);
      if (!records || kept?.length === records.length) batches.push(batch);
      else {
        removed = true;
        if (kept && kept.length > 0) batches.push(rebuildBatch(batch, header, kept));
      }
    }
    return { segment, batches: removed ? batches : undefined };
  });
  return { segments: compacted, oldestTombstone };
}

interface ReadBatch {
  readonly batch: Buffer;
  readonly header: BatchHeader;
  /** Undefined when they cannot be read. */
  readonly records: readonly KeyedRecord[] | undefined;
}

function* batchesOf(segment: Segment): Generator<ReadBatch> {
  for (const placed of segment.batchesFrom(Number.NEGATIVE_INFINITY)) {
    const batch = segment.batch(placed);
    const { header } = placed;
    yield { batch, header, records: canDecompress(header.codec) ? readable(batch, header) : undefined };
  }
}

function readable(batch: Buffer, header: BatchHeader): readonly KeyedRecord[] | undefined {
  try {
    return readRecords(batch, header);
  } catch {
    // It was checked when it was produced. Compaction must not remove a batch that it cannot read.
    return undefined;
  }
}
