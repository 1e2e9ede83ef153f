import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { ReceivedRecords } from '../../kafka/reading/consumer.ts';
import type { UnreadableBatch } from '../../kafka/reading/decode-batches.ts';
import { retry } from '../../retry.ts';
import type { ObserveMapping } from '../observation.ts';
import { type BatchLimits, type PreparedRecord, prepareRecord } from './batching.ts';
import { PREPARATION_CONDITION, SCHEMA_CONDITION, UNREADABLE_CONDITION } from './choices.ts';
import type { Report } from './mapping-log.ts';
import type { MappingMetrics } from './metrics.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { type RecordMetadata, RecordPacker } from './record-packer.ts';
import type { SchemaReader } from './schema-reader.ts';
import type { ValueFilter } from './value-filter.ts';

/** Wait before a schema registry that cannot be reached is asked again. */
const REGISTRY_RETRY_MS = 1_000;

export interface IntakeOptions {
  readonly topic: string;
  readonly limits: BatchLimits;
  readonly filter: ValueFilter;
  readonly schemas: SchemaReader | undefined;
  readonly metrics: MappingMetrics;
  readonly report: Report;
  readonly observe?: ObserveMapping | undefined;
}

/**
 * Makes what was fetched ready for the function: read by the schema registry, filtered, measured. A record for which that
 * fails stays in its place and is undeliverable, as does what stands for a batch that nobody can read, so that its
 * neighbours are sent and nothing moves past it before it is given up.
 */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Puts records into the queue of their partition. With a schema registry the partition takes no further records until
   * it has answered for all of them.
   *
   * @param ending - aborted when the partition belongs to others
   * @param taken - called when they are in the queue
   */
  take(queue: PartitionQueue, received: ReceivedRecords, ending: AbortSignal, taken: () => void): void {
    const { metrics, schemas } = this.#options;
    metrics.PolledEventCount += received.records.length;
    for (const record of received.records) metrics.EventPollerThroughputInBytes += bytesOf(record);
    if (schemas !== undefined) {
      void this.#takeWithSchemas(schemas, queue, received, ending, taken);
      return;
    }
    const packer = new RecordPacker(this.#options.topic);
    const prepared: PreparedRecord[] = [];
    for (const record of received.records) {
      const ready = this.#prepare(packer, record, record);
      if (ready !== undefined) prepared.push(ready);
    }
    this.#add(queue, prepared, received);
    taken();
  }

  async #takeWithSchemas(
    schemas: SchemaReader,
    queue: PartitionQueue,
    received: ReceivedRecords,
    ending: AbortSignal,
    taken: () => void,
  ): Promise<void> {
    queue.isPreparing = true;
    const packer = new RecordPacker(this.#options.topic);
    const prepared: PreparedRecord[] = [];
    for (const record of received.records) {
      const read = await this.#readSchema(packer, schemas, record, ending);
      // Records that were not read are not done: the next owner of the partition fetches them again.
      if (read === 'ended') return;
      if (read !== undefined) prepared.push(read);
    }
    queue.isPreparing = false;
    this.#add(queue, prepared, received);
    taken();
  }

  #add(
    queue: PartitionQueue,
    prepared: readonly PreparedRecord[],
    { records, unreadable, nextOffset }: ReceivedRecords,
  ): void {
    const { observe } = this.#options;
    if (observe !== undefined && records.length > 0) {
      const filtered = records.length === prepared.length ? [] : filteredOffsets(records, prepared);
      observe({ kind: 'polled', partition: queue.partition, records, filtered });
    }
    const all = [...prepared, ...unreadable.map((batch) => this.#standIn(batch))];
    queue.add(
      all.toSorted((a, b) => a.source.offset - b.source.offset),
      nextOffset,
      Date.now(),
    );
  }

  #standIn({ partition, firstOffset, lastOffset, reason }: UnreadableBatch): PreparedRecord {
    const message = `offsets ${firstOffset} to ${lastOffset} are not sent: nobody can read their batch`;
    this.#options.report(message, new Error(reason), { partition });
    const source: ConsumedRecord = {
      partition,
      offset: firstOffset,
      timestamp: -1,
      timestampType: 'CREATE_TIME',
      key: null,
      value: null,
      headers: [],
    };
    const packer = new RecordPacker(this.#options.topic);
    return { ...this.#undeliverable(packer, source, UNREADABLE_CONDITION), lastOffset };
  }

  /** @returns undefined when the record is not for the function, `ended` when the assignment ended before the registry was asked */
  async #readSchema(
    packer: RecordPacker,
    schemas: SchemaReader,
    record: ConsumedRecord,
    ending: AbortSignal,
  ): Promise<PreparedRecord | 'ended' | undefined> {
    const { metrics, report } = this.#options;
    if (ending.aborted) return 'ended';
    const reading = await retry(() => schemas.read(record), {
      pauseMs: () => REGISTRY_RETRY_MS,
      signal: ending,
      onRetry: (error) => {
        metrics.SchemaRegistryErrorCount++;
        report('the schema registry could not be reached', error);
      },
    }).catch(() => undefined);
    if (reading === undefined) return 'ended';
    if (reading.kind === 'read') return this.#prepare(packer, record, reading.record, reading.metadata);
    metrics.SchemaRegistryErrorCount++;
    report(`offset ${record.offset} is not sent: ${reading.reason}`, new Error(reading.code));
    return this.#undeliverable(packer, record, SCHEMA_CONDITION);
  }

  /**
   * @param read - the record as the function is to see it
   * @returns undefined when it is not for the function
   */
  #prepare(
    packer: RecordPacker,
    source: ConsumedRecord,
    read: ConsumedRecord,
    metadata?: RecordMetadata,
  ): PreparedRecord | undefined {
    const { filter, limits, metrics, report } = this.#options;
    try {
      if (filter(read.value)) {
        return prepareRecord(packer, source, limits, { record: read, ...(metadata && { metadata }) });
      }
      metrics.FilteredOutEventCount++;
      return undefined;
    } catch (error) {
      const { partition, offset } = source;
      report('a record cannot be prepared for the function', error, { partition, offset });
      return this.#undeliverable(packer, source, PREPARATION_CONDITION);
    }
  }

  #undeliverable(packer: RecordPacker, source: ConsumedRecord, condition: string): PreparedRecord {
    const { limits } = this.#options;
    return prepareRecord(packer, source, limits, { record: source }, condition);
  }
}

/** Offsets of the records that are not for the function. */
function filteredOffsets(records: readonly ConsumedRecord[], prepared: readonly PreparedRecord[]): number[] {
  const kept = new Set(prepared.map(({ source }) => source.offset));
  return records.flatMap(({ offset }) => (kept.has(offset) ? [] : [offset]));
}

function bytesOf({ key, value, headers }: ConsumedRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += Buffer.byteLength(name) + (content?.length ?? 0);
  return bytes;
}
