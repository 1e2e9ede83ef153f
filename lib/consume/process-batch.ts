import { errorMessage, type Issue, ServiceError, type ServiceErrorCode } from '../errors.ts';
import type { Log, LogFields } from '../log.ts';
import type { Parsed } from '../parsed.ts';
import type { CloudEvent } from '../schema/cloud-event.ts';
import { attributeIn, claimedType, fromKafkaRecord } from '../schema/kafka-binding.ts';
import { validateEvent } from '../schema/validation.ts';
import type { UnprocessedRecord } from './batch-response.ts';
import { coordinatesOf, type DecodedRecord, decodeRecord } from './decode-record.ts';
import { type PartitionRecords, recordsByPartition } from './msk-event.ts';
import { NonRetriableError } from './non-retriable-error.ts';
import type { EventContext, ProcessEvent } from './process-event.ts';
import { recordFields } from './record-fields.ts';
import { RecordLog } from './record-log.ts';

/** Why a record cannot be processed, now or later. */
export interface Rejection {
  readonly reason: ServiceErrorCode | 'non_retriable_error';
  readonly issues: readonly Issue[];
}

/** A record that cannot be processed: as it was received, and decoded where it could be. */
export interface RejectedRecord {
  readonly received: unknown;
  readonly decoded: DecodedRecord | undefined;
  /** The topic it was received from. */
  readonly topic: string;
}

/**
 * Takes a rejected record out of the way; when it throws, the record counts as not processed.
 *
 * @param fields - what a log line says of the record and its event
 */
export type RejectRecord = (
  record: RejectedRecord,
  rejection: Rejection,
  fields: LogFields,
) => void | Promise<void>;

export interface BatchOptions extends Pick<EventContext, 'signal' | 'deadline'> {
  /** Every line carries the request id of the invocation. */
  readonly log: Log;
  readonly processEvent: ProcessEvent;
  readonly rejectRecord: RejectRecord;
  /** Whether there is no time left for another record. */
  readonly isOutOfTime: () => boolean;
  /** The name of a topic without the prefix of the deployment. */
  readonly logicalTopic: (topic: string) => string;
  /** Told the type of each event that the work passes over. */
  readonly onPassedOver: (type: string) => void;
}

/**
 * Processes the event of a Kafka event source mapping: each partition in order, partitions side by side. A record that
 * can never be processed is rejected and its partition continues; one that fails otherwise stops its partition.
 *
 * @param event - what the function received
 * @param options - what to do with an event and with a rejected record, and when to stop
 * @returns the records that are to be delivered again, in order per partition
 * @throws ServiceError `malformed` when it is not such an event, or what is to be delivered again cannot be named
 */
export async function processBatch(event: unknown, options: BatchOptions): Promise<UnprocessedRecord[]> {
  const partitions = recordsByPartition(event);
  const processed = await Promise.all(partitions.map((partition) => processPartition(partition, options)));
  return partitions.flatMap((partition, index) => remaining(partition, processed[index] ?? 0));
}

/** Returns how many records, from the first one on, are done. */
async function processPartition(
  { topicPartition, records }: PartitionRecords,
  options: BatchOptions,
): Promise<number> {
  for (let index = 0; index < records.length; index++) {
    const received = records[index];
    if (options.isOutOfTime()) {
      options.log.warn('partition stopped', { ...coordinatesOf(received), reason: 'out_of_time' });
      return index;
    }
    const record = new ReceivedRecord(received, topicPartition, options);
    try {
      // Only what is asynchronous is waited for: a turn of the event loop for each record would slow large batches.
      const pending = record.process();
      if (pending !== undefined) await pending;
    } catch (error) {
      options.log.error('record failed', { ...record.fields(), error });
      return index;
    }
  }
  return records.length;
}

/** A record on its way from what the function received to what became of it. */
class ReceivedRecord {
  readonly #received: unknown;
  readonly #topicPartition: string;
  readonly #options: BatchOptions;
  readonly #decoded: Parsed<DecodedRecord>;
  #event: CloudEvent | undefined;
  #rejection: Rejection | undefined;

  constructor(received: unknown, topicPartition: string, options: BatchOptions) {
    this.#received = received;
    this.#topicPartition = topicPartition;
    this.#options = options;
    this.#decoded = decodeRecord(received);
  }

  process(): void | Promise<void> {
    if (!this.#decoded.ok) return this.#reject(this.#decoded.code, this.#decoded.issues);
    const record = this.#decoded.value;
    const { processEvent, logicalTopic, onPassedOver, signal, deadline } = this.#options;
    const read = fromKafkaRecord(record, logicalTopic(record.topic));
    if (!read.ok) return this.#reject(read.code, read.issues);
    this.#event = read.value;
    const event = validateEvent(read.value);
    if (!event.ok) return this.#reject(event.code, event.issues);

    const log = new RecordLog(this.#options.log, record, event.value);
    const passOver = (): void => onPassedOver(event.value.type);
    try {
      const pending = processEvent(event.value, { record, log, signal, deadline, passOver });
      // Work without a promise may return anything.
      return pending === undefined
        ? undefined
        : Promise.resolve(pending).catch((error) => this.#rejectIfFinal(error));
    } catch (error) {
      return this.#rejectIfFinal(error);
    }
  }

  /** What a log line says of the record, its event and its rejection, as far as they are known. */
  fields(): LogFields {
    if (!this.#decoded.ok) return { ...coordinatesOf(this.#received), ...this.#rejection };
    const record = this.#decoded.value;
    const { id, source, type = attributeIn(record, 'type') } = this.#event?.attributes ?? {};
    const keyType = this.#event ? type : claimedType(record, this.#options.logicalTopic(record.topic));
    return {
      ...recordFields(record, keyType === undefined ? undefined : { type: keyType, data: this.#event?.data }),
      event: { id: id ?? attributeIn(record, 'id'), source: source ?? attributeIn(record, 'source'), type },
      ...this.#rejection,
    };
  }

  #rejectIfFinal(error: unknown): void | Promise<void> {
    if (!(error instanceof NonRetriableError)) throw error;
    return this.#reject('non_retriable_error', [{ pointer: '', message: errorMessage(error) }]);
  }

  #reject(reason: Rejection['reason'], issues: readonly Issue[]): void | Promise<void> {
    this.#rejection = { reason, issues };
    const record: RejectedRecord = {
      received: this.#received,
      decoded: this.#decoded.ok ? this.#decoded.value : undefined,
      topic: this.#decoded.ok ? this.#decoded.value.topic : topicIn(this.#topicPartition),
    };
    return this.#options.rejectRecord(record, this.#rejection, this.fields());
  }
}

/** The topic in `<topic>-<partition>`, for a record that does not say where it is. */
function topicIn(topicPartition: string): string {
  return topicPartition.replace(/-\d+$/, '');
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
