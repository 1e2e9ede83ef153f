import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import { checkConfigs } from '../log/topic-configs.ts';
import { topicNameProblem } from '../log/topic-name-problem.ts';
import { MAX_BROKER_PARTITIONS } from '../log/topic-store.ts';
import {
  array,
  boolean,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  NO_UUID,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
  until,
  uuid,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import type { Refusal } from './config-resource.ts';
import { describeTopicConfigs, warnWithoutEffect } from './described-configs.ts';

const BROKER_DEFAULT = -1;
const REPLICATION_FACTOR = 1;
/** Every partition costs a directory and memory. Far more than this on one machine is a mistake. */
const MAX_PARTITIONS = 1000;
const TOO_MANY = `This broker has at most ${MAX_BROKER_PARTITIONS} partitions.`;
/** In DeleteRecords: all there is. */
const HIGH_WATERMARK = -1;
/** From this version on topics can be deleted by id (KIP-516). */
const DELETE_BY_ID_SINCE = 6;

const newTopic = struct({
  name: string,
  partitions: int32,
  replicationFactor: int16,
  assignments: array(struct({ index: int32, brokerIds: array(int32) })),
  configs: array(struct({ name: string, value: nullableString })),
});
type NewTopic = Infer<typeof newTopic>;

/** CreateTopics, with the checks of Kafka. Configs that have no effect here are accepted, and the log says so. */
export const createTopics = defineApi({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleFrom: 5,
  request: struct({ topics: array(newTopic), timeoutMs: int32, validateOnly: boolean }),
  response: struct({
    throttleTimeMs: throttleTime,
    topics: array(
      struct({
        name: string,
        id: since(7, uuid, NO_UUID),
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
  handle(cluster, { topics, validateOnly }) {
    const twice = namedTwice(topics);
    const once = new Map(topics.map((topic) => [topic.name, topic]));
    const answers = cluster.topics.together(() =>
      [...once.values()].map((topic) => {
        const refusal = twice.has(topic.name) ? DUPLICATE : refuseTopic(cluster, topic);
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

const DUPLICATE: Refusal = { error: 'INVALID_REQUEST', message: 'Duplicate topic name.' };

function refuseTopic(cluster: EmbeddedCluster, topic: NewTopic): Refusal | undefined {
  const { name, assignments } = topic;
  const nameProblem = topicNameProblem(name);
  if (nameProblem !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: nameProblem };
  if (cluster.topics.get(name)) {
    return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` };
  }
  const refusal = assignments.length > 0 ? refuseAssignments(cluster, assignments) : refuseNumbers(topic);
  if (refusal) return refusal;
  if (partitionCount(cluster, topic) > MAX_PARTITIONS) {
    const message = `This broker allows ${MAX_PARTITIONS} partitions per topic, not ${partitionCount(cluster, topic)}.`;
    return { error: 'INVALID_PARTITIONS', message };
  }
  if (!cluster.topics.hasRoomFor(partitionCount(cluster, topic))) {
    return { error: 'POLICY_VIOLATION', message: TOO_MANY };
  }
  const nulls = topic.configs.flatMap((config) => (config.value === null ? [config.name] : []));
  if (nulls.length > 0) {
    const message = `Null value not supported for topic configs: ${nulls.join(', ')}`;
    return { error: 'INVALID_CONFIG', message };
  }
  const { problem } = checkConfigs(toConfigs(topic));
  return problem === undefined ? undefined : { error: 'INVALID_CONFIG', message: problem };
}

function refuseNumbers({ partitions, replicationFactor }: NewTopic): Refusal | undefined {
  if (replicationFactor === 0 || replicationFactor < BROKER_DEFAULT) {
    return {
      error: 'INVALID_REPLICATION_FACTOR',
      message: 'Replication factor must be larger than 0, or -1 to use the default value.',
    };
  }
  if (partitions === 0 || partitions < BROKER_DEFAULT) {
    return {
      error: 'INVALID_PARTITIONS',
      message: 'Number of partitions was set to an invalid non-positive value.',
    };
  }
  if (replicationFactor > REPLICATION_FACTOR) {
    return {
      error: 'INVALID_REPLICATION_FACTOR',
      message: `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`,
    };
  }
  return undefined;
}

function refuseAssignments(
  cluster: EmbeddedCluster,
  assignments: NewTopic['assignments'],
): Refusal | undefined {
  const indexes = new Set(assignments.map(({ index }) => index));
  if (!assignments.every((_, index) => indexes.has(index))) {
    return {
      error: 'INVALID_REPLICA_ASSIGNMENT',
      message: 'partitions should be a consecutive 0-based integer sequence',
    };
  }
  return refuseReplicas(
    cluster,
    assignments.map(({ brokerIds }) => brokerIds),
  );
}

function refuseReplicas(
  cluster: EmbeddedCluster,
  assignments: readonly (readonly number[])[],
): Refusal | undefined {
  for (const brokerIds of assignments) {
    const problem = replicasProblem(cluster, brokerIds);
    if (problem !== undefined) {
      const message = `The manual partition assignment includes ${problem}.`;
      return { error: 'INVALID_REPLICA_ASSIGNMENT', message };
    }
  }
  return undefined;
}

function replicasProblem(cluster: EmbeddedCluster, brokerIds: readonly number[]): string | undefined {
  const [first, ...others] = brokerIds;
  if (first === undefined) return 'an empty replica list';
  const strange = brokerIds.find((id) => id !== cluster.coordinator.id);
  if (strange !== undefined) return `broker ${strange}, but no such broker is registered`;
  return others.length > 0 ? `the broker ${first} more than once` : undefined;
}

function create(cluster: EmbeddedCluster, topic: NewTopic, validateOnly: boolean) {
  const { name } = topic;
  const partitions = partitionCount(cluster, topic);
  const { configs = {} } = checkConfigs(toConfigs(topic));
  const id = validateOnly ? NO_UUID : cluster.topics.create(name, partitions, configs).id;
  warnWithoutEffect(cluster, name, Object.keys(configs));
  return {
    ...notCreated(name, ErrorCode.NONE, null),
    id,
    partitions,
    replicationFactor: REPLICATION_FACTOR,
    configs: describeTopicConfigs(cluster, configs).map((config) => ({ ...config, isSensitive: false })),
  };
}

function partitionCount(cluster: EmbeddedCluster, { assignments, partitions }: NewTopic): number {
  const wanted = assignments.length || partitions;
  return wanted === BROKER_DEFAULT ? cluster.defaultPartitions : wanted;
}

function toConfigs({ configs }: NewTopic): Record<string, string> {
  return Object.fromEntries(configs.map(({ name, value }) => [name, value ?? '']));
}

function notCreated(name: string, errorCode: number, errorMessage: string | null) {
  return { name, id: NO_UUID, errorCode, errorMessage, partitions: -1, replicationFactor: -1, configs: [] };
}

/** DeleteTopics, by name or by id: with records and committed offsets. */
export const deleteTopics = defineApi({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleFrom: 4,
  request: struct({
    topics: since(DELETE_BY_ID_SINCE, array(struct({ name: nullableString, id: uuid })), []),
    names: until(DELETE_BY_ID_SINCE - 1, array(string), []),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: throttleTime,
    topics: array(
      struct({
        name: nullableString,
        id: since(DELETE_BY_ID_SINCE, uuid, NO_UUID),
        errorCode: int16,
        errorMessage: since(5, nullableString, null),
      }),
    ),
  }),
  handle: (cluster, { topics, names }) => ({
    topics: cluster.topics.together(() =>
      [...topics, ...names.map((name) => ({ name, id: NO_UUID }))].map((wanted) => {
        const { name } = wanted;
        const topic = name === null ? cluster.topics.withId(wanted.id) : cluster.topics.get(name);
        if (!topic) {
          const error = name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
          return { ...wanted, errorCode: ErrorCode[error], errorMessage: UNKNOWN_TOPIC[error] };
        }
        cluster.topics.delete(topic.name);
        cluster.groups.offsets.removeTopic(topic.name);
        return { name: topic.name, id: topic.id, errorCode: ErrorCode.NONE, errorMessage: null };
      }),
    ),
  }),
  failed: ({ topics, names }, errorCode) => ({
    topics: [...topics, ...names.map((name) => ({ name, id: NO_UUID }))].map((wanted) => ({
      ...wanted,
      errorCode,
      errorMessage: null,
    })),
  }),
});

const UNKNOWN_TOPIC = {
  UNKNOWN_TOPIC_ID: 'This server does not host this topic ID.',
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
} as const;

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

function refuseGrowth(cluster: EmbeddedCluster, topic: Infer<typeof grownTopic>): Refusal | undefined {
  const { name, count, assignments } = topic;
  const current = cluster.topics.get(name)?.partitions.length;
  if (current === undefined) {
    const error = 'UNKNOWN_TOPIC_OR_PARTITION';
    return { error, message: UNKNOWN_TOPIC[error] };
  }
  const invalid = (message: string): Refusal => ({ error: 'INVALID_PARTITIONS', message });
  if (count === current) return invalid(`Topic already has ${current} partition(s).`);
  if (count < current) {
    return invalid(
      `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`,
    );
  }
  if (count > MAX_PARTITIONS) {
    return invalid(`This broker allows ${MAX_PARTITIONS} partitions per topic, not ${count}.`);
  }
  if (!cluster.topics.hasRoomFor(count - current)) return { error: 'POLICY_VIOLATION', message: TOO_MANY };
  if (assignments === null) return undefined;
  if (assignments.length !== count - current) {
    const message = `Attempted to add ${count - current} additional partition(s), but only ${assignments.length} assignment(s) were specified.`;
    return { error: 'INVALID_REPLICA_ASSIGNMENT', message };
  }
  return refuseReplicas(
    cluster,
    assignments.map(({ brokerIds }) => brokerIds),
  );
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
