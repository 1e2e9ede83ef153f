import { ErrorCode } from '../../../kafka/error-codes.ts';
import { MAX_FETCH_BYTES } from '../../../kafka/wire/limits.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import {
  array,
  bytes,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  NO_UUID,
  nullableArray,
  since,
  string,
  struct,
  throttleTime,
  until,
  uuid,
} from '../wire/schema.ts';
import { type Call, defineApi } from './api.ts';

/** From this version on topics are named by id only (KIP-516). */
const IDS_SINCE = 13;
const LAST_WITH_REPLICA_ID = 14;
const NO_SESSION = 0;
const READ_COMMITTED = 1;
const NO_RECORDS = Buffer.alloc(0);

const request = struct({
  replicaId: until(LAST_WITH_REPLICA_ID, int32, -1),
  maxWaitMs: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: int8,
  sessionId: since(7, int32, NO_SESSION),
  sessionEpoch: since(7, int32, -1),
  topics: array(
    struct({
      name: until(IDS_SINCE - 1, string, ''),
      id: since(IDS_SINCE, uuid, NO_UUID),
      partitions: array(
        struct({
          index: int32,
          currentLeaderEpoch: since(9, int32, -1),
          fetchOffset: int64,
          lastFetchedEpoch: since(12, int32, -1),
          logStartOffset: since(5, int64, -1),
          maxBytes: int32,
        }),
      ),
    }),
  ),
  forgottenTopics: since(
    7,
    array(
      struct({
        name: until(IDS_SINCE - 1, string, ''),
        id: since(IDS_SINCE, uuid, NO_UUID),
        partitions: array(int32),
      }),
    ),
    [],
  ),
  rackId: since(11, string, ''),
});

const response = struct({
  throttleTimeMs: throttleTime,
  errorCode: since(7, int16, 0),
  sessionId: since(7, int32, NO_SESSION),
  topics: array(
    struct({
      name: until(IDS_SINCE - 1, string, ''),
      id: since(IDS_SINCE, uuid, NO_UUID),
      partitions: array(
        struct({
          index: int32,
          errorCode: int16,
          highWatermark: int64,
          lastStableOffset: int64,
          logStartOffset: since(5, int64, -1),
          abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
          preferredReadReplica: since(11, int32, -1),
          records: bytes,
        }),
      ),
    }),
  ),
});

type FetchRequest = Infer<typeof request>;
type FetchResponse = Infer<typeof response>;

const NOTHING: FetchResponse = { errorCode: 0, sessionId: NO_SESSION, topics: [] };

/** Fetch with long poll. Fetch sessions (KIP-227) are declined: every answer is a full one, with session id 0. */
export const fetch = defineApi({
  key: 1,
  name: 'Fetch',
  versions: [4, 17],
  flexibleFrom: 12,
  request,
  response,
  handle(cluster, body, call) {
    // Epoch 0 asks for a new session and -1 for none, both with all partitions; what goes on with a session does not.
    if (body.sessionEpoch > 0) {
      return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: NO_SESSION, topics: [] };
    }
    const { answer, ready } = collect(cluster, body, call);
    return ready || body.maxWaitMs <= 0 ? answer : waitForRecords(cluster, body, call);
  },
  failed: ({ topics }, errorCode) => ({
    errorCode: 0,
    sessionId: NO_SESSION,
    topics: topics.map(({ name, id, partitions }) => ({
      name,
      id,
      partitions: partitions.map(({ index }) => emptyPartition(index, errorCode)),
    })),
  }),
});

/** The records available now, and whether they are enough: minBytes is reached, or there is an error to report. */
function collect(
  cluster: EmbeddedCluster,
  body: FetchRequest,
  call: Call,
): { answer: FetchResponse; ready: boolean } {
  let left = Math.min(body.maxBytes, MAX_FETCH_BYTES);
  let total = 0;
  let failed = false;
  const topics = body.topics.map(({ name, id, partitions }) => ({
    name,
    id,
    partitions: partitions.map((wanted) => {
      const topic = call.version < IDS_SINCE ? name : cluster.topics.withId(id)?.name;
      const log =
        topic === undefined
          ? 'UNKNOWN_TOPIC_ID'
          : cluster.lead(topic, wanted.index, call.nodeId, wanted.currentLeaderEpoch);
      if (typeof log === 'string') {
        failed = true;
        return emptyPartition(wanted.index, ErrorCode[log]);
      }
      const records = log.read(wanted.fetchOffset, Math.min(left, wanted.maxBytes), total === 0);
      failed ||= records === undefined;
      left -= records?.length ?? 0;
      total += records?.length ?? 0;
      return readPartition(wanted.index, log, records, body.isolationLevel);
    }),
  }));
  return {
    answer: { errorCode: 0, sessionId: NO_SESSION, topics },
    ready: failed || total >= body.minBytes,
  };
}

function waitForRecords(cluster: EmbeddedCluster, body: FetchRequest, call: Call): Promise<FetchResponse> {
  return new Promise((resolve, reject) => {
    let scheduled: NodeJS.Immediate | undefined;
    const finish = (answer: FetchResponse) => {
      clearTimeout(timer);
      clearImmediate(scheduled);
      for (const stop of stops) stop();
      resolve(answer);
    };
    /** Answers when there is enough to answer with, or in any case. */
    const look = (inAnyCase: boolean) => {
      scheduled = undefined;
      try {
        const { answer, ready } = collect(cluster, body, call);
        if (ready || inAnyCase) finish(answer);
      } catch (error) {
        // E.g. a file that cannot be opened. Outside of a promise, it would end the process.
        reject(error);
        finish(NOTHING);
      }
    };
    // After the current requests: one check for many appends, and producers get their answers first.
    const onChange = () => {
      scheduled ??= setImmediate(look, false);
    };
    const timer = setTimeout(look, body.maxWaitMs, true);
    const stops = [call.onClose(() => finish(NOTHING))];
    for (const { name, id, partitions } of body.topics) {
      const topic = call.version < IDS_SINCE ? name : (cluster.topics.withId(id)?.name ?? '');
      for (const { index } of partitions) {
        const log = cluster.topics.partition(topic, index);
        if (log) stops.push(log.onAppend(onChange));
      }
    }
  });
}

/** @param records - undefined when there is no such offset */
function readPartition(
  index: number,
  log: PartitionLog,
  records: Buffer | undefined,
  isolationLevel: number,
) {
  const { nextOffset, logStartOffset } = log;
  const place = { highWatermark: nextOffset, logStartOffset };
  if (records === undefined) {
    return { ...emptyPartition(index, ErrorCode.OFFSET_OUT_OF_RANGE), ...place };
  }
  return {
    ...emptyPartition(index, 0),
    ...place,
    lastStableOffset: nextOffset,
    abortedTransactions: isolationLevel === READ_COMMITTED ? [] : null,
    records,
  };
}

function emptyPartition(index: number, errorCode: number) {
  return {
    index,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: NO_RECORDS,
  };
}
