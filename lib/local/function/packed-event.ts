import type { MskEvent, SchemaMetadata } from '../../consume/msk-event.ts';
import { unpackEvent } from './unpack-event.cjs';

/** A header; records that repeat it share it. */
export interface PackedHeader {
  readonly name: string;
  readonly content: Buffer;
}

/** A record as it waits for its invocation. */
export interface PackedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  /** Its key, and then its value. */
  readonly data: Buffer;
  /** How long they are; -1 where there is none. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly headers: readonly PackedHeader[];
  readonly schemas: RecordSchemas | undefined;
}

/** What a schema registry says of key and value. */
export interface RecordSchemas {
  readonly keySchemaMetadata?: SchemaMetadata;
  readonly valueSchemaMetadata?: SchemaMetadata;
}

/**
 * The event of a Kafka event source mapping on its way to an execution environment, which unpacks it (`unpack-event.cjs`). The
 * function gets what it would get from JSON. JSON takes longer: each byte of a header is a number there, and each value is base64.
 *
 * The bytes are the length of the head (UInt32LE), the head, the distinct headers, and the key and value of each record. The head
 * is JSON: the event without its records, the names and lengths of the headers, and by partition what else a record has.
 */
export class PackedEvent {
  readonly parts: readonly Buffer[];
  /** Of all parts. */
  readonly length: number;

  /**
   * @param envelope - everything of the event but its records
   * @param groups - the records of each partition, by its key in the event
   */
  constructor(envelope: Omit<MskEvent, 'records'>, groups: ReadonlyMap<string, readonly PackedRecord[]>) {
    const headers = new HeaderTable();
    const data: Buffer[] = [];
    const records: Record<string, unknown> = {};
    for (const [key, group] of groups) {
      const rows = group.map((record) => {
        const { offset, timestamp, timestampType, keyBytes, valueBytes, schemas } = record;
        data.push(record.data);
        const indexes = headers.indexesOf(record.headers);
        return [offset, timestamp, timestampType, keyBytes, valueBytes, indexes, schemas];
      });
      records[key] = { topic: group[0]?.topic, partition: group[0]?.partition, rows };
    }
    const sizes = headers.all.map(({ name, content }) => [name, content.length]);
    const head = Buffer.from(JSON.stringify({ envelope, headers: sizes, records }));
    const headLength = Buffer.alloc(Uint32Array.BYTES_PER_ELEMENT);
    headLength.writeUInt32LE(head.length);
    this.parts = [headLength, head, ...headers.all.map(({ content }) => content), ...data];
    this.length = this.parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** The event as the function gets it. */
  unpack(): MskEvent {
    return unpackEvent(Buffer.concat(this.parts));
  }
}

/**
 * The distinct headers of an event: those of a record are mostly the same objects as those of the record before. To look each of
 * them up in a `Map` took 6 % more CPU time for a record of 200 B.
 */
class HeaderTable {
  readonly all: PackedHeader[] = [];
  #last: readonly PackedHeader[] = [];
  #lastIndexes: readonly number[] = [];

  indexesOf(headers: readonly PackedHeader[]): readonly number[] {
    const indexes = headers.map((header, index) => {
      const known = header === this.#last[index] ? this.#lastIndexes[index] : undefined;
      return known ?? this.all.push(header) - 1;
    });
    this.#last = headers;
    this.#lastIndexes = indexes;
    return indexes;
  }
}
