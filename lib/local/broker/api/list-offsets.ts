import type { PartitionLog } from '../log/partition-log.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { array, int8, int16, int32, int64, since, string, struct, throttleTime } from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** Special values of `timestamp` (ListOffsetsRequest; the last one since KIP-734, version 7). */
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const MAX_TIMESTAMP_SINCE = 7;

const request = struct({
  replicaId: int32,
  isolationLevel: since(2, int8, 0),
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ index: int32, currentLeaderEpoch: since(4, int32, -1), timestamp: int64 })),
    }),
  ),
});

const response = struct({
  throttleTimeMs: since(2, throttleTime, 0),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          index: int32,
          errorCode: int16,
          timestamp: int64,
          offset: int64,
          leaderEpoch: since(4, int32, -1),
        }),
      ),
    }),
  ),
});

/** ListOffsets: the first, the next, the latest by time, or the first record from a time (epoch milliseconds) on. */
export const listOffsets = defineApi({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 7],
  flexibleFrom: 6,
  request,
  response,
  handle(cluster, { topics }, call) {
    const asked = new Set<string>();
    const answers = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, currentLeaderEpoch, timestamp }) => {
        // As in Kafka. A look-up by time is work, and one request must not ask for the same a thousand times.
        if (asked.has(`${index} ${name}`)) return nothingFound(index, ErrorCode.INVALID_REQUEST);
        asked.add(`${index} ${name}`);
        const log = cluster.lead(name, index, call.nodeId, currentLeaderEpoch);
        if (typeof log === 'string') return nothingFound(index, ErrorCode[log]);
        if (timestamp < (call.version >= MAX_TIMESTAMP_SINCE ? MAX_TIMESTAMP : EARLIEST)) {
          return nothingFound(index, ErrorCode.UNSUPPORTED_VERSION);
        }
        const found = find(log, timestamp);
        if (!found) return nothingFound(index, ErrorCode.NONE);
        return { index, errorCode: ErrorCode.NONE, ...found, leaderEpoch: cluster.leadership.epoch };
      }),
    }));
    return { topics: answers };
  },
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => nothingFound(index, errorCode)),
    })),
  }),
});

function find(log: PartitionLog, timestamp: number): { offset: number; timestamp: number } | undefined {
  if (timestamp === LATEST) return { offset: log.nextOffset, timestamp: -1 };
  if (timestamp === EARLIEST) return { offset: log.logStartOffset, timestamp: -1 };
  if (timestamp === MAX_TIMESTAMP) return log.offsetOfMaxTimestamp();
  return log.offsetFrom(timestamp);
}

function nothingFound(index: number, errorCode: number) {
  return { index, errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}
