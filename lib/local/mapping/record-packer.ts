import type { SchemaMetadata } from '../../consume/msk-event.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { PackedHeader, PackedRecord, RecordSchemas } from '../function/packed-event.ts';
import { NULL_HEADER_BYTES } from './choices.ts';

/** What a schema registry says of key and value. */
export interface RecordMetadata {
  readonly key?: SchemaMetadata;
  readonly value?: SchemaMetadata;
}

/** A record that is ready for an event. */
export interface EventRecord {
  readonly packed: PackedRecord;
  /** Its size in the event, as JSON. */
  readonly bytes: number;
}

/** A header, and its size in an event as JSON. */
interface SizedHeader extends PackedHeader {
  readonly bytes: number;
}

const NOTHING = Buffer.alloc(0);
/** How many characters a byte takes that is written as -128 to 127. */
const signedDigits = Uint8Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24).length);

/** Makes records of one fetch ready for events. What it makes are copies: the whole fetch would otherwise wait with each of them. */
export class RecordPacker {
  readonly topic: string;
  readonly #topicBytes: number;
  /** Of the record before, whose headers are often the same objects. */
  #lastHeaders: ConsumedRecord['headers'] = [];
  #lastPacked: readonly SizedHeader[] = [];

  /** @param topic - of the records */
  constructor(topic: string) {
    this.topic = topic;
    this.#topicBytes = jsonBytesOf(topic);
  }

  /**
   * @param record - as the function is to see it
   * @param metadata - where a schema registry has read it
   */
  pack(record: ConsumedRecord, metadata?: RecordMetadata): EventRecord {
    const { partition, offset, timestamp, timestampType, key, value } = record;
    const headers = this.#packHeaders(record.headers);
    const packed = {
      topic: this.topic,
      partition,
      offset,
      timestamp,
      timestampType,
      data: Buffer.concat([key ?? NOTHING, value ?? NOTHING]),
      keyBytes: key?.length ?? -1,
      valueBytes: value?.length ?? -1,
      headers,
      schemas: metadata && schemasOf(metadata),
    };
    return { packed, bytes: this.#topicBytes + bytesBesideTopic(packed, headers) };
  }

  #packHeaders(headers: ConsumedRecord['headers']): readonly SizedHeader[] {
    const packed = headers.map((header, index) => {
      const known = header === this.#lastHeaders[index] ? this.#lastPacked[index] : undefined;
      return known ?? packHeader(header);
    });
    this.#lastHeaders = headers;
    this.#lastPacked = packed;
    return packed;
  }
}

function schemasOf({ key, value }: RecordMetadata): RecordSchemas {
  return { ...(key && { keySchemaMetadata: key }), ...(value && { valueSchemaMetadata: value }) };
}

function packHeader([name, content]: ConsumedRecord['headers'][number]): SizedHeader {
  const value = content ?? NULL_HEADER_BYTES;
  let bytes = '{:[]}'.length + jsonBytesOf(name) + Math.max(0, value.length - 1);
  for (const byte of value) bytes += signedDigits[byte] ?? 0;
  return { name, content: Buffer.from(value), bytes };
}

/** The size of what `JSON.stringify` would write, without the topic. Nobody writes it for an invocation. */
function bytesBesideTopic(record: PackedRecord, headers: readonly SizedHeader[]): number {
  const { partition, offset, timestamp, timestampType, keyBytes, valueBytes, schemas } = record;
  let bytes = `{"topic":,"partition":${partition},"offset":${offset}`.length;
  bytes += `,"timestamp":${timestamp},"timestampType":"${timestampType}","headers":[]}`.length;
  if (keyBytes >= 0) bytes += ',"key":""'.length + base64Length(keyBytes);
  if (valueBytes >= 0) bytes += ',"value":""'.length + base64Length(valueBytes);
  for (const header of headers) bytes += header.bytes;
  bytes += Math.max(0, headers.length - 1);
  for (const [name, schema] of Object.entries(schemas ?? {})) {
    bytes += `,"${name}":`.length + jsonBytesOf(schema);
  }
  return bytes;
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

function jsonBytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
