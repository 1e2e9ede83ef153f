import { ErrorCode, type ErrorName } from '../../../kafka/error-codes.ts';
import { Reader } from '../../../kafka/wire/reader.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import type { CommittedOffset } from '../groups/committed-offsets.ts';
import {
  array,
  boolean,
  type Infer,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
  until,
} from '../wire/schema.ts';
import { defineApi, NEVER } from './api.ts';

/** offset.metadata.max.bytes, Kafka's default. */
const MAX_METADATA_BYTES = 4096;

/** OffsetCommit: from a member in its generation, or from a client outside an empty group. */
export const offsetCommit = defineApi({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexibleFrom: 8,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(7, nullableString, null),
    retentionTimeMs: since(2, int64, -1, 4),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            index: int32,
            offset: int64,
            leaderEpoch: since(6, int32, -1),
            metadata: nullableString,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(3, throttleTime, 0),
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, errorCode: int16 })) })),
  }),
  handle(cluster, { groupId, generationId, topics, ...identity }) {
    const groupError = cluster.groups.commitError(groupId, identity, generationId);
    const commits: (CommittedOffset & { topic: string; partition: number })[] = [];
    const answer = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, ...committed }) => {
        const error = groupError === 'NONE' ? commitError(cluster, name, index, committed) : groupError;
        if (error === 'NONE') commits.push({ topic: name, partition: index, ...committed });
        return { index, errorCode: ErrorCode[error] };
      }),
    }));
    cluster.groups.offsets.commit(groupId, commits);
    return { topics: answer };
  },
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({ index, errorCode })),
    })),
  }),
});

function commitError(
  cluster: EmbeddedCluster,
  topic: string,
  partition: number,
  committed: CommittedOffset,
): ErrorName {
  if (!cluster.topics.partition(topic, partition)) return 'UNKNOWN_TOPIC_OR_PARTITION';
  if (Buffer.byteLength(committed.metadata ?? '') > MAX_METADATA_BYTES) return 'OFFSET_METADATA_TOO_LARGE';
  return 'NONE';
}

/** From this version on the offsets of many groups are asked for at once (KIP-709). */
const FETCH_MANY_SINCE = 8;

const fetchedTopics = nullableArray(struct({ name: string, partitions: array(int32) }));
const answeredTopics = array(
  struct({
    name: string,
    partitions: array(
      struct({
        index: int32,
        offset: int64,
        leaderEpoch: since(5, int32, -1),
        metadata: nullableString,
        errorCode: int16,
      }),
    ),
  }),
);
type FetchedTopics = Infer<typeof fetchedTopics>;
type AnsweredTopics = Infer<typeof answeredTopics>;

/** OffsetFetch: of some partitions, or of all that a group has committed, and of many groups. */
export const offsetFetch = defineApi({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleFrom: 6,
  request: struct({
    groupId: until(FETCH_MANY_SINCE - 1, string, ''),
    topics: until(FETCH_MANY_SINCE - 1, fetchedTopics, []),
    groups: since(
      FETCH_MANY_SINCE,
      array(
        struct({
          groupId: string,
          memberId: since(9, nullableString, null),
          memberEpoch: since(9, int32, -1),
          topics: fetchedTopics,
        }),
      ),
      [],
    ),
    requireStable: since(7, boolean, false),
  }),
  response: struct({
    throttleTimeMs: since(3, throttleTime, 0),
    topics: until(FETCH_MANY_SINCE - 1, answeredTopics, []),
    errorCode: since(2, int16, 0, FETCH_MANY_SINCE - 1),
    groups: since(
      FETCH_MANY_SINCE,
      array(struct({ groupId: string, topics: answeredTopics, errorCode: int16 })),
      [],
    ),
  }),
  handle: (cluster, { groupId, topics, groups }) => ({
    topics: committedOffsets(cluster, groupId, topics),
    errorCode: ErrorCode.NONE,
    groups: groups.map((group) => ({
      groupId: group.groupId,
      topics: committedOffsets(cluster, group.groupId, group.topics),
      errorCode: ErrorCode.NONE,
    })),
  }),
  failed: ({ topics, groups }, errorCode) => ({
    topics: nothingFetched(topics, errorCode),
    errorCode,
    groups: groups.map((group) => ({
      groupId: group.groupId,
      topics: nothingFetched(group.topics, errorCode),
      errorCode,
    })),
  }),
});

function committedOffsets(cluster: EmbeddedCluster, groupId: string, topics: FetchedTopics): AnsweredTopics {
  const { offsets } = cluster.groups;
  const wanted =
    topics ??
    [...offsets.topics(groupId)].map(([name, partitions]) => ({ name, partitions: [...partitions.keys()] }));
  return wanted.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((index) => {
      const committed = offsets.get(groupId, name, index);
      if (!committed) return nothingCommitted(index, ErrorCode.NONE);
      return { index, ...committed, metadata: committed.metadata ?? '', errorCode: ErrorCode.NONE };
    }),
  }));
}

function nothingFetched(topics: FetchedTopics, errorCode: number): AnsweredTopics {
  return (topics ?? []).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((index) => nothingCommitted(index, errorCode)),
  }));
}

function nothingCommitted(index: number, errorCode: number) {
  return { index, offset: -1, leaderEpoch: -1, metadata: '', errorCode };
}

/** OffsetDelete: of topics that no member is subscribed to (KIP-496). */
export const offsetDelete = defineApi({
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  flexibleFrom: NEVER,
  request: struct({
    groupId: string,
    topics: array(struct({ name: string, partitions: array(struct({ index: int32 })) })),
  }),
  response: struct({
    errorCode: int16,
    throttleTimeMs: throttleTime,
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, errorCode: int16 })) })),
  }),
  handle(cluster, { groupId, topics }) {
    const group = cluster.groups.get(groupId);
    if (!group) return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] };
    const subscribed = new Set(
      group.members().flatMap((member) => subscribedTopics(group.metadataOf(member))),
    );
    return {
      errorCode: ErrorCode.NONE,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ index }) => {
          if (subscribed.has(name)) return { index, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC };
          cluster.groups.offsets.remove(groupId, name, index);
          return { index, errorCode: ErrorCode.NONE };
        }),
      })),
    };
  },
  failed: (_, errorCode) => ({ errorCode, topics: [] }),
});

/** The topics in a consumer's subscription (ConsumerProtocolSubscription): a version, then their names. */
function subscribedTopics(metadata: Buffer): string[] {
  try {
    const reader = new Reader(metadata);
    reader.int16();
    return reader.array(() => reader.string());
  } catch {
    return [];
  }
}
