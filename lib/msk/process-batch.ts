import { type ErrorCode, errorMessage, type Issue } from '../errors.ts';
import type { Log } from '../log.ts';
import { fromKafkaRecord } from '../schema/kafka-binding.ts';
import type { Parsed } from '../schema/parsed.ts';
import { type CatalogueEvent, validateEvent } from '../schema/validation.ts';
import type { UnprocessedRecord } from './batch-response.ts';
import { type Coordinates, coordinatesOf, type DecodedRecord, decodeRecord } from './decode-record.ts';
import { type PartitionRecords, partitionsOf } from './msk-event.ts';
import { NonRetriableError } from './non-retriable-error.ts';

/** An event and the record it came in. */
export interface ConsumedEvent {
  readonly event: CatalogueEvent;
  readonly record: DecodedRecord;
}

export interface ProcessContext {
  readonly log: Log;
  /** Aborted when the function is about to run out of time. */
  readonly signal: AbortSignal;
}

/**
 * The work on one event. Throw `NonRetriableError` when trying again cannot help; anything else that is thrown has the
 * record, and what follows it in its partition, delivered again.
 */
export type ProcessEvent = (consumed: ConsumedEvent, context: ProcessContext) => void | Promise<void>;

/** Why a record cannot be processed, now or later. */
export interface Rejection {
  readonly reason: ErrorCode | 'non_retriable_error';
  readonly issues: readonly Issue[];
}

/** Takes a rejected record out of the way; when it throws, the record counts as not processed. */
export type RejectRecord = (record: unknown, rejection: Rejection) => void | Promise<void>;

export interface BatchOptions extends ProcessContext {
  readonly processEvent: ProcessEvent;
  readonly rejectRecord: RejectRecord;
  /** Whether there is no time left for another record. */
  readonly isOutOfTime: () => boolean;
}

/**
 * Processes the event of a Kafka event source mapping: each partition in order, partitions side by side. A record that
 * can never be processed is rejected and its partition goes on; one that fails otherwise stops its partition.
 *
 * @param event - what the function received
 * @param options - what to do with an event and with a rejected record, and when to stop
 * @returns the records that are to be delivered again, in order per partition
 * @throws ServiceError `malformed` when it is not such an event
 */
export async function processBatch(event: unknown, options: BatchOptions): Promise<UnprocessedRecord[]> {
  const partitions = partitionsOf(event);
  const unprocessed = await Promise.all(partitions.map((partition) => processPartition(partition, options)));
  return unprocessed.flat();
}

async function processPartition(
  { topicPartition, records }: PartitionRecords,
  options: BatchOptions,
): Promise<UnprocessedRecord[]> {
  for (const [index, record] of records.entries()) {
    if (options.isOutOfTime()) {
      options.log.warn('partition stopped', { ...coordinatesOf(record), reason: 'out_of_time' });
      return remaining(topicPartition, records, index);
    }
    try {
      // Only what is asynchronous is waited for: a turn of the event loop for each record would slow large batches.
      const pending = processRecord(record, options);
      if (pending !== undefined) await pending;
    } catch (error) {
      options.log.error('record failed', { ...coordinatesOf(record), error });
      return remaining(topicPartition, records, index);
    }
  }
  return [];
}

function processRecord(record: unknown, options: BatchOptions): void | Promise<void> {
  const decoded = decodeRecord(record);
  if (!decoded.ok) return options.rejectRecord(record, { reason: decoded.code, issues: decoded.issues });
  const event = eventIn(decoded.value);
  if (!event.ok) return options.rejectRecord(record, { reason: event.code, issues: event.issues });

  const rejectIfFinal = (error: unknown): void | Promise<void> => {
    if (!(error instanceof NonRetriableError)) throw error;
    const issues = [{ pointer: '', message: errorMessage(error) }];
    return options.rejectRecord(record, { reason: 'non_retriable_error', issues });
  };
  try {
    return options.processEvent({ event: event.value, record: decoded.value }, options)?.catch(rejectIfFinal);
  } catch (error) {
    return rejectIfFinal(error);
  }
}

function eventIn(record: DecodedRecord): Parsed<CatalogueEvent> {
  const event = fromKafkaRecord(record);
  return event.ok ? validateEvent(event.value) : event;
}

function remaining(topicPartition: string, records: readonly unknown[], from: number): UnprocessedRecord[] {
  return records
    .slice(from)
    .map(coordinatesOf)
    .filter((coordinates): coordinates is Coordinates => coordinates !== undefined)
    .map(({ offset }) => ({ topicPartition, offset }));
}
