import { statfsSync } from 'node:fs';
import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import {
  array,
  boolean,
  type Infer,
  int16,
  int32,
  int64,
  nullableArray,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** The name of the log directory of a broker that keeps everything in memory. */
const IN_MEMORY = 'memory';
/** The size of a volume that is not known. */
const UNKNOWN_BYTES = -1;

const wantedTopics = nullableArray(struct({ name: string, partitions: array(int32) }));

/** DescribeLogDirs: the size of partitions, and of the volume they are on (KIP-113, KIP-827). */
export const describeLogDirs = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 4],
  flexibleFrom: 2,
  request: struct({ topics: wantedTopics }),
  response: struct({
    throttleTimeMs: throttleTime,
    errorCode: since(3, int16, 0),
    results: array(
      struct({
        errorCode: int16,
        directory: string,
        topics: array(
          struct({
            name: string,
            partitions: array(struct({ index: int32, size: int64, offsetLag: int64, isFuture: boolean })),
          }),
        ),
        totalBytes: since(4, int64, UNKNOWN_BYTES),
        usableBytes: since(4, int64, UNKNOWN_BYTES),
      }),
    ),
  }),
  handle(cluster, { topics }) {
    const { directory } = cluster.topics;
    return {
      errorCode: ErrorCode.NONE,
      results: [
        {
          errorCode: ErrorCode.NONE,
          directory: directory ?? IN_MEMORY,
          topics: sizes(cluster, topics),
          ...volume(directory),
        },
      ],
    };
  },
  failed: (_, errorCode) => ({ errorCode, results: [] }),
});

function sizes(cluster: EmbeddedCluster, wanted: Infer<typeof wantedTopics>) {
  const topics =
    wanted ??
    cluster.topics.all().map(({ name, partitions }) => ({ name, partitions: [...partitions.keys()] }));
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.flatMap((index) => {
      const log = cluster.topics.partition(name, index);
      return log ? [{ index, size: log.size, offsetLag: 0, isFuture: false }] : [];
    }),
  }));
}

function volume(directory: string | undefined) {
  if (directory === undefined) return { totalBytes: UNKNOWN_BYTES, usableBytes: UNKNOWN_BYTES };
  const { bsize, blocks, bavail } = statfsSync(directory);
  return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
}
