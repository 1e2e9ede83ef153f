import { type ErrorCode, errorMessage, type Issue, ServiceError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Parsed } from '../parsed.ts';
import { fromKafkaRecord } from '../schema/kafka-binding.ts';
import { type CatalogueEvent, validateEvent } from '../schema/validation.ts';
import { recordTrace } from '../trace-context.ts';
import type { UnprocessedRecord } from './batch-response.ts';
import { coordinatesOf, type DecodedRecord, decodeRecord } from './decode-record.ts';
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

/** A record that cannot be processed: as it was received, and decoded where it could be. */
export interface RejectedRecord {
  readonly received: unknown;
  readonly decoded: DecodedRecord | undefined;
}

/** Takes a rejected record out of the way; when it throws, the record counts as not processed. */
export type RejectRecord = (record: RejectedRecord, rejection: Rejection) => void | Promise<void>;

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
 * @throws ServiceError `malformed` when it is not such an event, or what is to be delivered again cannot be named
 */
export async function processBatch(event: unknown, options: BatchOptions): Promise<UnprocessedRecord[]> {
  const partitions = partitionsOf(event);
  const processed = await Promise.all(partitions.map(({ records }) => processPartition(records, options)));
  return partitions.flatMap((partition, index) => remaining(partition, processed[index] ?? 0));
}

/** Returns how many records, from the first one on, are done. */
async function processPartition(records: readonly unknown[], options: BatchOptions): Promise<number> {
  for (const [index, record] of records.entries()) {
    if (options.isOutOfTime()) {
      options.log.warn('partition stopped', { ...coordinatesOf(record), reason: 'out_of_time' });
      return index;
    }
    const decoded = decodeRecord(record);
    try {
      // Only what is asynchronous is waited for: a turn of the event loop for each record would slow large batches.
      const pending = processRecord(record, decoded, options);
      if (pending !== undefined) await pending;
    } catch (error) {
      const trace = decoded.ok ? recordTrace(decoded.value.headers) : {};
      options.log.error('record failed', { ...coordinatesOf(record), ...trace, error });
      return index;
    }
  }
  return records.length;
}

function processRecord(
  received: unknown,
  decoded: Parsed<DecodedRecord>,
  options: BatchOptions,
): void | Promise<void> {
  const reject = (reason: Rejection['reason'], issues: readonly Issue[]): void | Promise<void> =>
    options.rejectRecord({ received, decoded: decoded.ok ? decoded.value : undefined }, { reason, issues });
  if (!decoded.ok) return reject(decoded.code, decoded.issues);
  const event = eventIn(decoded.value);
  if (!event.ok) return reject(event.code, event.issues);

  const rejectIfFinal = (error: unknown): void | Promise<void> => {
    if (!(error instanceof NonRetriableError)) throw error;
    return reject('non_retriable_error', [{ pointer: '', message: errorMessage(error) }]);
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

function remaining({ topicPartition, records }: PartitionRecords, processed: number): UnprocessedRecord[] {
  return records.slice(processed).map((record) => {
    const { offset } = coordinatesOf(record) ?? {};
    if (offset === undefined) {
      throw new ServiceError(
        'malformed',
        `A record of ${topicPartition} failed that does not say where it is.`,
      );
    }
    return { topicPartition, offset };
  });
}
