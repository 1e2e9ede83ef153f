import type { Cluster } from '../cluster.ts';
import { isLegalTopicName, MAX_BROKER_PARTITIONS } from '../log/topic-store.ts';
import { ErrorCode, type ErrorName } from '../wire/error-codes.ts';
import {
  array,
  boolean,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { configError, topicConfigs, withoutEffect } from './topic-configs.ts';

const BROKER_DEFAULT = -1;
const REPLICATION_FACTOR = 1;
/** Every partition costs a directory and memory; far more than this on one machine is a mistake. */
const MAX_PARTITIONS = 1000;
const TOO_MANY = `this broker has at most ${MAX_BROKER_PARTITIONS} partitions`;
const DEFAULT_CONFIG = 5;
const DYNAMIC_TOPIC_CONFIG = 1;
/** In DeleteRecords: all there is. */
const HIGH_WATERMARK = -1;

const newTopic = struct({
  name: string,
  partitions: int32,
  replicationFactor: int16,
  assignments: array(struct({ index: int32, brokerIds: array(int32) })),
  configs: array(struct({ name: string, value: nullableString })),
});
type NewTopic = Infer<typeof newTopic>;

interface Refusal {
  readonly error: ErrorName;
  readonly message: string;
}

/** CreateTopics: with the checks of Kafka; configuration without effect here is accepted and said to be so in the log. */
export const createTopics = defineApi({
  key: 19,
  name: 'CreateTopics',
  // From version 7 on topics have ids.
  versions: [2, 6],
  flexibleFrom: 5,
  request: struct({ topics: array(newTopic), timeoutMs: int32, validateOnly: boolean }),
  response: struct({
    throttleTimeMs: throttleTime,
    topics: array(
      struct({
        name: string,
        errorCode: int16,
        errorMessage: nullableString,
        partitions: since(5, int32, -1),
        replicationFactor: since(5, int16, -1),
        configs: since(
          5,
          nullableArray(
            struct({
              name: string,
              value: nullableString,
              readOnly: boolean,
              source: int8,
              isSensitive: boolean,
            }),
          ),
          [],
        ),
      }),
    ),
  }),
  handle: (cluster, { topics, validateOnly }) => {
    const twice = namedTwice(topics);
    const answers = cluster.topics.together(() =>
      topics.map((topic) => {
        const refusal: Refusal | undefined = twice.has(topic.name)
          ? { error: 'INVALID_REQUEST', message: `${topic.name} is in the request twice` }
          : refuseTopic(cluster, topic);
        if (refusal) return notCreated(topic.name, ErrorCode[refusal.error], refusal.message);
        return create(cluster, topic, validateOnly);
      }),
    );
    return { topics: answers };
  },
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name }) => notCreated(name, errorCode, null)),
  }),
});

function namedTwice(topics: readonly { readonly name: string }[]): Set<string> {
  const once = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of topics) (once.has(name) ? twice : once).add(name);
  return twice;
}

function refuseTopic(cluster: Cluster, topic: NewTopic): Refusal | undefined {
  const { name, partitions, replicationFactor, assignments } = topic;
  if (!isLegalTopicName(name)) {
    return {
      error: 'INVALID_TOPIC_EXCEPTION',
      message: `"${name}" is no topic name: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"`,
    };
  }
  if (cluster.topics.get(name)) {
    return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` };
  }
  if (assignments.length > 0) {
    const consecutive = assignments.every((_, index) => assignments.some((item) => item.index === index));
    const here = assignments.every(({ brokerIds }) => isHere(cluster, brokerIds));
    if (!consecutive || !here) {
      return {
        error: 'INVALID_REPLICA_ASSIGNMENT',
        message: 'there is one broker, and partitions count from 0',
      };
    }
  } else if (replicationFactor !== BROKER_DEFAULT && replicationFactor !== REPLICATION_FACTOR) {
    return {
      error: 'INVALID_REPLICATION_FACTOR',
      message: `replication factor ${replicationFactor}: there is one broker, use 1 or -1`,
    };
  }
  const count = assignments.length || partitions;
  if (count !== BROKER_DEFAULT && (count < 1 || count > MAX_PARTITIONS)) {
    return {
      error: 'INVALID_PARTITIONS',
      message: `${count} partitions: 1 to ${MAX_PARTITIONS} are possible`,
    };
  }
  const wanted = count === BROKER_DEFAULT ? cluster.defaultPartitions : count;
  if (!cluster.topics.hasRoomFor(wanted)) return { error: 'POLICY_VIOLATION', message: TOO_MANY };
  const message = configError(cluster, toConfigs(topic));
  return message === undefined ? undefined : { error: 'INVALID_CONFIG', message };
}

function create(cluster: Cluster, topic: NewTopic, validateOnly: boolean) {
  const { name, assignments } = topic;
  const wanted = assignments.length || topic.partitions;
  const count = wanted === BROKER_DEFAULT ? cluster.defaultPartitions : wanted;
  const configs = toConfigs(topic);
  const ignored = withoutEffect(configs);
  if (!validateOnly) cluster.topics.create(name, count, configs);
  if (ignored.length > 0) {
    cluster.log.warn(`topic ${name}: ${ignored.join(', ')} has no effect on this broker`, {
      topic: name,
      ignored,
    });
  }
  return {
    ...notCreated(name, ErrorCode.NONE, null),
    partitions: count,
    replicationFactor: REPLICATION_FACTOR,
    configs: topicConfigs(cluster, { name, configs, partitions: [] }).map((config) => ({
      name: config.name,
      value: config.value,
      readOnly: false,
      source: config.isDefault ? DEFAULT_CONFIG : DYNAMIC_TOPIC_CONFIG,
      isSensitive: false,
    })),
  };
}

function toConfigs({ configs }: NewTopic): Record<string, string> {
  return Object.fromEntries(configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])));
}

function notCreated(name: string, errorCode: number, errorMessage: string | null) {
  return { name, errorCode, errorMessage, partitions: -1, replicationFactor: -1, configs: [] };
}

function isHere(cluster: Cluster, brokerIds: readonly number[]): boolean {
  return brokerIds.length === 1 && brokerIds[0] === cluster.coordinator.id;
}

/** DeleteTopics: with records and committed offsets. */
export const deleteTopics = defineApi({
  key: 20,
  name: 'DeleteTopics',
  // From version 6 on topics can be named by id.
  versions: [1, 5],
  flexibleFrom: 4,
  request: struct({ names: array(string), timeoutMs: int32 }),
  response: struct({
    throttleTimeMs: throttleTime,
    topics: array(struct({ name: string, errorCode: int16, errorMessage: since(5, nullableString, null) })),
  }),
  handle: (cluster, { names }) => {
    const topics = cluster.topics.together(() =>
      names.map((name) => {
        const exists = cluster.topics.get(name) !== undefined;
        if (exists) {
          cluster.topics.delete(name);
          cluster.groups.offsets.removeTopic(name);
        }
        const errorCode = exists ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        return { name, errorCode, errorMessage: null };
      }),
    );
    return { topics };
  },
  failed: ({ names }, errorCode) => ({
    topics: names.map((name) => ({ name, errorCode, errorMessage: null })),
  }),
});

const grownTopic = struct({
  name: string,
  count: int32,
  assignments: nullableArray(struct({ brokerIds: array(int32) })),
});

/** CreatePartitions: more of them, never fewer. */
export const createPartitions = defineApi({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  request: struct({ topics: array(grownTopic), timeoutMs: int32, validateOnly: boolean }),
  response: struct({
    throttleTimeMs: throttleTime,
    topics: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
  }),
  handle: (cluster, { topics, validateOnly }) => {
    const answers = cluster.topics.together(() =>
      topics.map((topic) => {
        const refusal = refuseGrowth(cluster, topic);
        if (!refusal && !validateOnly) cluster.topics.grow(topic.name, topic.count);
        return {
          name: topic.name,
          errorCode: ErrorCode[refusal?.error ?? 'NONE'],
          errorMessage: refusal?.message ?? null,
        };
      }),
    );
    return { topics: answers };
  },
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
});

function refuseGrowth(cluster: Cluster, topic: Infer<typeof grownTopic>): Refusal | undefined {
  const { name, count, assignments } = topic;
  const current = cluster.topics.get(name)?.partitions.length;
  if (current === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `there is no topic ${name}` };
  if (count <= current || count > MAX_PARTITIONS) {
    return {
      error: 'INVALID_PARTITIONS',
      message: `${name} has ${current} partitions, the new number must be more and at most ${MAX_PARTITIONS}`,
    };
  }
  if (!cluster.topics.hasRoomFor(count - current)) return { error: 'POLICY_VIOLATION', message: TOO_MANY };
  const fits =
    assignments === null ||
    (assignments.length === count - current &&
      assignments.every(({ brokerIds }) => isHere(cluster, brokerIds)));
  if (!fits) return { error: 'INVALID_REPLICA_ASSIGNMENT', message: 'there is one broker' };
  return undefined;
}

/** DeleteRecords: all before an offset. */
export const deleteRecords = defineApi({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  request: struct({
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, offset: int64 })) })),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: throttleTime,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ index: int32, lowWatermark: int64, errorCode: int16 })),
      }),
    ),
  }),
  handle: (cluster, { topics }, call) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, offset }) => {
        const log = cluster.lead(name, index, call.nodeId);
        if (typeof log === 'string') return { index, lowWatermark: -1, errorCode: ErrorCode[log] };
        const upTo = offset === HIGH_WATERMARK ? log.nextOffset : offset;
        if (upTo < 0 || upTo > log.nextOffset) {
          return { index, lowWatermark: -1, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
        }
        log.deleteRecordsBefore(upTo);
        return { index, lowWatermark: log.logStartOffset, errorCode: ErrorCode.NONE };
      }),
    })),
  }),
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({ index, lowWatermark: -1, errorCode })),
    })),
  }),
});
