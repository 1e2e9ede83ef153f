import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { array, int8, int16, int32, int64, since, string, struct, throttleTime } from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** Special values of `timestamp` (ListOffsetsRequest), and the versions they came with. */
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const LOWEST_BY_VERSION = [
  [9, LATEST_TIERED],
  [8, EARLIEST_LOCAL],
  [7, MAX_TIMESTAMP],
] as const;

const request = struct({
  replicaId: int32,
  isolationLevel: since(2, int8, 0),
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ index: int32, currentLeaderEpoch: since(4, int32, -1), timestamp: int64 })),
    }),
  ),
  timeoutMs: since(10, int32, 0),
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
  versions: [1, 10],
  flexibleFrom: 6,
  request,
  response,
  handle(cluster, { topics }, call) {
    const asked = new Set<string>();
    const answers = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, currentLeaderEpoch, timestamp }) => {
        // As in Kafka. A lookup by time is expensive, so one request must not ask for the same partition many times.
        if (asked.has(`${index} ${name}`)) return nothingFound(index, ErrorCode.INVALID_REQUEST);
        asked.add(`${index} ${name}`);
        const log = cluster.lead(name, index, call.nodeId, currentLeaderEpoch);
        if (typeof log === 'string') return nothingFound(index, ErrorCode[log]);
        const [, lowest] = LOWEST_BY_VERSION.find(([version]) => call.version >= version) ?? [0, EARLIEST];
        if (timestamp < lowest) {
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
  // Without tiered storage everything is local, and nothing tiered.
  if (timestamp === LATEST_TIERED) return undefined;
  if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL)
    return { offset: log.logStartOffset, timestamp: -1 };
  if (timestamp === MAX_TIMESTAMP) return log.offsetOfMaxTimestamp();
  return log.offsetFrom(timestamp);
}

function nothingFound(index: number, errorCode: number) {
  return { index, errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}
