import { ErrorCode, type ErrorName } from '../../../kafka/error-codes.ts';
import { canDecompress } from '../../../kafka/reading/decompression.ts';
import { MAX_BATCH_BYTES } from '../../../kafka/record.ts';
import { type BatchHeader, setAppendTime } from '../../../kafka/wire/record-batch.ts';
import { readRecords } from '../../../kafka/wire/records.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import { validateBatch } from '../log/batch-validation.ts';
import {
  array,
  int16,
  int32,
  int64,
  nullableBytes,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { NO_TRANSACTIONS } from './init-producer-id.ts';

/** The first version whose records are record batches; the ones before are offered only because librdkafka checks
 * for them before it compresses, as Apache Kafka 4 does (KAFKA-18659), and refused. */
const FIRST_VERSION_WITH_BATCHES = 3;
const ACKS = [-1, 0, 1];
const NO_ACKS = 0;
/** How long one request may keep all others waiting, in milliseconds. */
const MAX_TURN_MS = 50;
/** The times of the records are those that the producer gave. */
const NO_APPEND_TIME = -1;
const NO_RECORDS = Buffer.alloc(0);

const request = struct({
  transactionalId: since(FIRST_VERSION_WITH_BATCHES, nullableString, null),
  acks: int16,
  timeoutMs: int32,
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ index: int32, records: nullableBytes })),
    }),
  ),
});

const response = struct({
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          index: int32,
          errorCode: int16,
          baseOffset: int64,
          logAppendTimeMs: since(2, int64, -1),
          logStartOffset: since(5, int64, -1),
          recordErrors: since(8, array(struct({ batchIndex: int32, message: nullableString })), []),
          errorMessage: since(8, nullableString, null),
        }),
      ),
    }),
  ),
  throttleTimeMs: since(1, throttleTime, 0),
});

type PartitionAnswer = ReturnType<typeof toPartition>;

interface Outcome {
  readonly error: ErrorName;
  readonly baseOffset?: number;
  readonly logStartOffset?: number;
  readonly logAppendTimeMs?: number;
  readonly message?: string;
}

/**
 * Produce: one record batch (format v2) per partition, appended as the producer compressed it once it is found valid.
 * acks 1 and -1 mean the same with one replica.
 */
export const produce = defineApi({
  key: 0,
  name: 'Produce',
  versions: [0, 12],
  flexibleFrom: 9,
  request,
  response,
  handle(cluster, { transactionalId, acks, topics }, call) {
    const refusal = refuseAll(call.version, transactionalId, acks);
    const answer = { topics: topics.map(({ name }) => ({ name, partitions: [] as PartitionAnswer[] })) };
    const appends = topics.flatMap(({ name, partitions }, topic) =>
      partitions.map(({ index, records }) => () => {
        const outcome = refusal ?? append(cluster, name, index, records, call.nodeId);
        answer.topics[topic]?.partitions.push(toPartition(index, outcome));
      }),
    );
    return inTurns(appends, answer);
  },
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({ ...toPartition(index, { error: 'NONE' }), errorCode })),
    })),
  }),
  withoutAnswer({ acks }, { topics }) {
    if (acks !== NO_ACKS) return undefined;
    // With acks=0 the only way to say that something failed is to close the connection, as Kafka does.
    const failed = topics.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode !== 0));
    return { close: failed ? 'a Produce request with acks=0 failed' : undefined };
  },
});

/** Processes batches one after another, and lets other connections in when decompression takes long. */
function inTurns<T>(work: readonly (() => void)[], result: T): T | Promise<T> {
  const started = performance.now();
  for (const [index, step] of work.entries()) {
    if (performance.now() - started > MAX_TURN_MS) {
      return new Promise((resolve) => setImmediate(resolve)).then(() => inTurns(work.slice(index), result));
    }
    step();
  }
  return result;
}

function refuseAll(version: number, transactionalId: string | null, acks: number): Outcome | undefined {
  if (version < FIRST_VERSION_WITH_BATCHES) return { error: 'UNSUPPORTED_VERSION' };
  if (transactionalId !== null) return NO_TRANSACTIONS;
  if (!ACKS.includes(acks)) return { error: 'INVALID_REQUIRED_ACKS' };
  return undefined;
}

function append(
  cluster: EmbeddedCluster,
  topicName: string,
  partition: number,
  records: Buffer | null,
  nodeId: number,
): Outcome {
  const log = cluster.lead(topicName, partition, nodeId);
  if (typeof log === 'string') return { error: log };
  const settings = cluster.topics.get(topicName)?.settings;
  const batch = records ?? NO_RECORDS;
  const header = validateBatch(batch, settings?.maxMessageBytes ?? MAX_BATCH_BYTES);
  if ('error' in header) return header;
  if (settings?.compacts && canDecompress(header.codec) && !allHaveKeys(batch, header)) {
    const message = `Compacted topic cannot accept message without key in topic partition ${topicName}-${partition}.`;
    return { error: 'INVALID_RECORD', message };
  }
  const logAppendTimeMs = settings?.appendTime ? Date.now() : NO_APPEND_TIME;
  if (settings?.appendTime) setAppendTime(batch, logAppendTimeMs);
  const stamped = settings?.appendTime
    ? { ...header, appendTime: true, maxTimestamp: logAppendTimeMs }
    : header;
  try {
    const result = log.append(batch, stamped, cluster.leadership.epoch);
    if (result.kind === 'refused') return { error: result.error };
    const { logStartOffset } = log;
    const { baseOffset } = result;
    cluster.observe?.({
      kind: 'appended',
      topic: topicName,
      partition,
      baseOffset,
      recordCount: header.recordCount,
      batch,
    });
    return { error: 'NONE', baseOffset, logStartOffset, logAppendTimeMs };
  } catch (error) {
    cluster.log.error(`cannot write to ${topicName}-${partition}: ${String(error)}`, {
      topic: topicName,
      partition,
    });
    return { error: 'KAFKA_STORAGE_ERROR' };
  }
}

function allHaveKeys(batch: Buffer, header: BatchHeader): boolean {
  return readRecords(batch, header).every(({ key }) => key !== null);
}

function toPartition(index: number, outcome: Outcome) {
  return {
    index,
    errorCode: ErrorCode[outcome.error],
    baseOffset: outcome.baseOffset ?? -1,
    logAppendTimeMs: outcome.logAppendTimeMs ?? NO_APPEND_TIME,
    logStartOffset: outcome.logStartOffset ?? -1,
    recordErrors: [],
    errorMessage: outcome.message ?? null,
  };
}
