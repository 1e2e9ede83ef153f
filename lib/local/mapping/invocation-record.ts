import type { MskEvent } from '../../consume/msk-event.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import { eventBytes, type PreparedRecord, recordCount } from './batching.ts';
import { RETRIES_EXHAUSTED, RETRIES_EXHAUSTED_KAFKA } from './choices.ts';
import { type EventEnvelope, kafkaEvent, topicPartition } from './kafka-event.ts';

/** Records that a mapping discards, and why. */
export interface DiscardedBatch {
  /** Of one topic; those of a partition in offset order. */
  readonly records: readonly PreparedRecord[];
  readonly condition: string;
  /** How often the function was invoked with them. */
  readonly invocations: number;
  /** The last answer of the function; undefined when it was not asked. */
  readonly result: InvocationResult | undefined;
  readonly requestId: string;
  readonly functionArn: string;
  readonly envelope: EventEnvelope;
  readonly at: Date;
}

/** What all kinds of destinations receive. */
interface InvocationRecord {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: string;
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError?: string;
  } | null;
  readonly version: '1.0';
  readonly timestamp: string;
}

/** What SQS and SNS receive: metadata, no record data. */
export interface BatchInvocationRecord extends InvocationRecord {
  readonly KafkaBatchInfo: {
    readonly batchSize: number;
    readonly eventSourceArn?: string;
    readonly bootstrapServers: string;
    /** Bytes of the event as JSON. */
    readonly payloadSize: number;
    /** By `<topic>-<partition>`. */
    readonly recordsInfo: Readonly<Record<string, RecordsInfo>>;
  };
}

interface RecordsInfo {
  readonly firstRecordOffset: string;
  readonly lastRecordOffset: string;
  readonly firstRecordTimestamp: string;
  readonly lastRecordTimestamp: string;
}

/** What S3 receives. */
export interface S3InvocationRecord extends BatchInvocationRecord {
  /** The whole event, as JSON text. */
  readonly payload: string;
}

/** What a Kafka topic receives for a batch that nobody can read: the offsets, and an event without records. */
interface UnreadableInvocationRecord extends BatchInvocationRecord {
  readonly payload: MskEvent;
}

/** What a Kafka topic receives, for one record. */
export interface KafkaInvocationRecord extends InvocationRecord {
  readonly KafkaBatchInfo: {
    readonly batchSize: 1;
    readonly eventSourceArn?: string;
    readonly bootstrapServers: string;
    readonly payloadSize: number;
    readonly recordInfo: { readonly offset: string; readonly timestamp: string };
  };
  /** The event with this record alone. */
  readonly payload: MskEvent;
}

/**
 * The invocation record of a batch for SQS and SNS.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources"}
 */
export function batchInvocationRecord(batch: DiscardedBatch): BatchInvocationRecord {
  return {
    ...invocationRecord(batch),
    KafkaBatchInfo: {
      batchSize: recordCount(batch.records),
      ...source(batch.envelope),
      payloadSize: eventBytes(batch.envelope, readable(batch.records)),
      recordsInfo: recordsInfo(batch.records),
    },
  };
}

/** The invocation record of a batch for S3: that for SQS and the event. */
export function s3InvocationRecord(batch: DiscardedBatch): S3InvocationRecord {
  return { ...batchInvocationRecord(batch), payload: JSON.stringify(payloadOf(batch, batch.records)) };
}

/**
 * The invocation record of one record for a Kafka topic.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html Lambda Developer Guide, "Using a Kafka topic as an on-failure destination"}
 */
export function kafkaInvocationRecord(
  batch: DiscardedBatch,
  record: PreparedRecord,
): KafkaInvocationRecord | UnreadableInvocationRecord {
  const payload = payloadOf(batch, [record]);
  if (record.lastOffset !== undefined) {
    return { ...batchInvocationRecord({ ...batch, records: [record] }), payload };
  }
  const condition = batch.condition === RETRIES_EXHAUSTED ? RETRIES_EXHAUSTED_KAFKA : batch.condition;
  return {
    ...invocationRecord({ ...batch, condition }),
    KafkaBatchInfo: {
      batchSize: 1,
      ...source(batch.envelope),
      payloadSize: eventBytes(batch.envelope, readable([record])),
      recordInfo: { offset: String(record.source.offset), timestamp: isoTime(record.source.timestamp) },
    },
    payload,
  };
}

function invocationRecord({
  requestId,
  functionArn,
  condition,
  invocations,
  result,
  at,
}: DiscardedBatch): InvocationRecord {
  return {
    requestContext: {
      requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: invocations,
    },
    responseContext: result
      ? { statusCode: 200, executedVersion: '$LATEST', ...(!result.ok && { functionError: 'Unhandled' }) }
      : null,
    version: '1.0',
    timestamp: at.toISOString(),
  };
}

function payloadOf({ envelope }: DiscardedBatch, records: readonly PreparedRecord[]): MskEvent {
  return kafkaEvent(envelope, readable(records)).unpack();
}

/** Without data a batch that nobody can read would pass for a tombstone. */
function readable(records: readonly PreparedRecord[]): readonly PreparedRecord[] {
  return records.filter(({ lastOffset }) => lastOffset === undefined);
}

function source({ eventSourceArn, bootstrapServers }: EventEnvelope) {
  return eventSourceArn === undefined ? { bootstrapServers } : { eventSourceArn, bootstrapServers };
}

function recordsInfo(records: readonly PreparedRecord[]): Record<string, RecordsInfo> {
  const info: Record<string, RecordsInfo> = {};
  for (const { topic, source, lastOffset = source.offset } of records) {
    const key = topicPartition(topic, source.partition);
    const offset = String(source.offset);
    const timestamp = isoTime(source.timestamp);
    info[key] = {
      firstRecordOffset: info[key]?.firstRecordOffset ?? offset,
      lastRecordOffset: String(lastOffset),
      firstRecordTimestamp: info[key]?.firstRecordTimestamp ?? timestamp,
      lastRecordTimestamp: timestamp,
    };
  }
  return info;
}

/** Records without a time have -1, others may have any number: dates reach to 8.64e15 only. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
