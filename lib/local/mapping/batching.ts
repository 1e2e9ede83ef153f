import { groupBy } from '../../group-by.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { type EventEnvelope, topicPartition } from './kafka-event.ts';
import type { EventRecord, RecordMetadata, RecordPacker } from './record-packer.ts';

/** What a synchronous invocation takes, in bytes of JSON: Lambda Developer Guide, "Lambda quotas" (6 MB). */
export const MAXIMUM_PAYLOAD_BYTES = 6_291_456;

/** A record that is ready to be sent. */
export interface PreparedRecord extends EventRecord {
  readonly topic: string;
  /** Nothing else of the record as it was read: many wait, and what they are made of would wait with them. */
  readonly source: Pick<ConsumedRecord, 'partition' | 'offset' | 'timestamp' | 'key'>;
  /** Why the record can never be sent, as `requestContext.condition` of the on-failure destination says it. */
  readonly undeliverable: string | undefined;
  /** Where it stands for a batch that nobody can read, of which it has no data: the last offset of that. */
  readonly lastOffset?: number;
}

export interface BatchLimits {
  /** Most records in a batch. */
  readonly batchSize: number;
  /** Most bytes of the whole event as JSON. */
  readonly payloadBytes: number;
  /** Size of the event without records: {@link envelopeBytes}. */
  readonly envelopeBytes: number;
}

/** A batch cut from the front of partition queues. */
export interface CutBatch {
  /** How many records to take from each queue, in the order of the queues. */
  readonly counts: readonly number[];
  /** Whether a limit ended it, and not a lack of records. */
  readonly full: boolean;
}

/** Size in bytes of an event that has no records yet. */
export function envelopeBytes(envelope: EventEnvelope): number {
  return Buffer.byteLength(JSON.stringify({ ...envelope, records: {} }));
}

/**
 * Prepares a record for batching; one that is too large for any event, even alone, is undeliverable.
 *
 * @param packer - of the records that were fetched with it
 * @param source - the record as it was read
 * @param read - the record as the function is to see it, and what the schema registry says of it
 * @param condition - why the record cannot be sent, when there is another reason
 */
export function prepareRecord(
  packer: RecordPacker,
  source: ConsumedRecord,
  limits: BatchLimits,
  read: { record: ConsumedRecord; metadata?: RecordMetadata } = { record: source },
  condition?: string,
): PreparedRecord {
  const { topic } = packer;
  const { packed, bytes } = packer.pack(read.record, read.metadata);
  const alone = limits.envelopeBytes + partitionBytes(topic, source.partition) + bytes;
  const oversized = alone > limits.payloadBytes ? 'MaximumPayloadSizeExceeded' : undefined;
  const { partition, offset, timestamp } = source;
  // A copy, as the key is a part of the whole batch that was fetched.
  const key = source.key && Buffer.from(source.key);
  const undeliverable = condition ?? oversized;
  return { source: { partition, offset, timestamp, key }, topic, packed, bytes, undeliverable };
}

/** How many records these are; a batch that nobody can read has as many as it has offsets. */
export function recordCount(records: readonly PreparedRecord[]): number {
  return records.reduce(
    (sum, { source, lastOffset = source.offset }) => sum + lastOffset - source.offset + 1,
    0,
  );
}

/**
 * Decides what the next batch takes: records from the front of the queues, in their order, until the batch size or the
 * payload is reached. An undeliverable record ends the batch before it and makes a batch of its own, so that it is
 * discarded in its turn.
 *
 * @param queues - records of one partition each, in offset order
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html Lambda Developer Guide, "How Lambda processes records from stream and queue-based event sources"}
 */
export function cutBatch(queues: readonly (readonly PreparedRecord[])[], limits: BatchLimits): CutBatch {
  const counts = queues.map(() => 0);
  const first = queues.findIndex(({ length }) => length > 0);
  if (queues[first]?.[0]?.undeliverable !== undefined) {
    counts[first] = 1;
    return { counts, full: true };
  }
  let total = 0;
  // No comma before the first record.
  let bytes = limits.envelopeBytes - 1;
  for (const [index, queue] of queues.entries()) {
    let count = 0;
    for (const record of queue) {
      if (total === limits.batchSize || record.undeliverable !== undefined) return { counts, full: true };
      const partition = count === 0 ? partitionBytes(record.topic, record.source.partition) : 0;
      const added = partition + 1 + record.bytes;
      if (bytes + added > limits.payloadBytes) return { counts, full: true };
      bytes += added;
      total++;
      counts[index] = ++count;
    }
  }
  return { counts, full: total === limits.batchSize };
}

/**
 * Size in bytes of an event as JSON.
 *
 * @param records - of the event
 */
export function eventBytes(envelope: EventEnvelope, records: readonly PreparedRecord[]): number {
  const groups = [
    ...groupBy(records, ({ topic, source }) => topicPartition(topic, source.partition)).values(),
  ];
  const commas = Math.max(0, groups.length - 1);
  return groups.reduce((sum, group) => sum + groupBytes(group), envelopeBytes(envelope) + commas);
}

function groupBytes(group: readonly PreparedRecord[]): number {
  const [first] = group;
  if (first === undefined) return 0;
  const commas = group.length - 1;
  const around = partitionBytes(first.topic, first.source.partition) + commas;
  return group.reduce((sum, { bytes }) => sum + bytes, around);
}

/** The key of a partition and its brackets in the event. */
function partitionBytes(topic: string, partition: number): number {
  return Buffer.byteLength(JSON.stringify(topicPartition(topic, partition))) + ':[]'.length;
}
