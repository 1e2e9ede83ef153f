import { type DecodedRecord, decodeRecord } from '../../consume/decode-record.ts';
import { isJsonObject } from '../../json.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { counted } from '../counted.ts';
import {
  type DeadLetterContent,
  type DeadLetterKind,
  isoTime,
  type Provenance,
  type Restored,
  restoreRecord,
} from './dead-letter.ts';

/**
 * What the event source mapping writes to a failure topic, its on-failure destination: one JSON document for each record
 * that it gives up, with the event that the function would have received for it.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html AWS Lambda Developer Guide, "Using a Kafka topic as an on-failure destination"}
 */
export const givenUpByMapping: DeadLetterKind = {
  noun: 'failure',
  read: (document) => {
    const written = parseObject(document.value);
    const original = written && decodeRecord(recordIn(written));
    const facts = factsOf(written ?? {});
    if (!original?.ok) return unread(document, written === undefined, facts);
    const { key, value, headers } = original.value;
    const content = {
      key: key?.bytes ?? null,
      value: value?.bytes ?? null,
      headers: headers.map(([name, { bytes }]) => [name, bytes] as const),
    };
    return {
      provenance: { ...facts, ...positionOf(original.value) },
      shown: content,
      restored: restoredOf(original.value, content),
    };
  },
};

function unread(document: ConsumedRecord, isForeign: boolean, facts: Facts): DeadLetterContent {
  const problem = isForeign
    ? 'it is not a document of an on-failure destination'
    : 'its document holds no record: read the original from its topic while retention keeps it';
  return {
    provenance: { topic: undefined, partition: undefined, offset: undefined, time: undefined, ...facts },
    shown: document,
    restored: { problem },
  };
}

/** With a schema registry, the function receives JSON instead of the bytes that were produced. */
function restoredOf(
  { keySchemaMetadata, valueSchemaMetadata }: DecodedRecord,
  content: Parameters<typeof restoreRecord>[0],
): Restored {
  if (keySchemaMetadata === undefined && valueSchemaMetadata === undefined) {
    return { record: restoreRecord(content) };
  }
  return {
    problem:
      "a schema registry has decoded it, and its document lacks the bytes that were produced: reset the group's offsets to read the original again",
  };
}

function positionOf({ topic, partition, offset, timestamp }: DecodedRecord) {
  return {
    topic,
    partition: String(partition),
    offset: String(offset),
    time: timestamp === undefined ? undefined : isoTime(timestamp),
  };
}

type Facts = Pick<Provenance, 'reason' | 'message' | 'functionName' | 'requestId'>;

function factsOf({ requestContext }: Readonly<Record<string, unknown>>): Facts {
  const context = isJsonObject(requestContext) ? requestContext : {};
  const { condition, approximateInvokeCount: invocations, functionArn, requestId } = context;
  const isCounted = typeof invocations === 'number';
  return {
    reason: text(condition),
    message: isCounted ? `given up after ${counted(invocations, 'invocation')}` : undefined,
    // arn:aws:lambda:<region>:<account>:function:<name>, then perhaps a version.
    functionName: text(functionArn)?.split(':')[6],
    requestId: text(requestId),
  };
}

function recordIn({ payload }: Readonly<Record<string, unknown>>): unknown {
  const records = isJsonObject(payload) && isJsonObject(payload.records) ? payload.records : {};
  const [first] = Object.values(records);
  return Array.isArray(first) ? first[0] : undefined;
}

function parseObject(bytes: Buffer | null): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes?.toString() ?? '');
    return isJsonObject(value) && 'requestContext' in value ? value : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
