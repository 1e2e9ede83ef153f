import { ErrorCode } from '../../../kafka/error-codes.ts';
import { isTopicName } from '../../../kafka/topic-name-rule.ts';
import { type EmbeddedCluster, FIRST_NODE_ID } from '../embedded-cluster.ts';
import {
  array,
  boolean,
  int16,
  int32,
  NO_UUID,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
  uuid,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { authorizedOperations, OPERATIONS_NOT_GIVEN } from './authorized-operations.ts';

/** From these versions on topics have ids, the operations on the cluster are gone, a topic can be looked up by id. */
const IDS_SINCE = 10;
const LAST_WITH_CLUSTER_OPERATIONS = 10;
const NULL_NAME_SINCE = 12;

const request = struct({
  topics: nullableArray(struct({ id: since(IDS_SINCE, uuid, NO_UUID), name: nullableString })),
  allowAutoTopicCreation: since(4, boolean, true),
  includeClusterAuthorizedOperations: since(8, boolean, false, LAST_WITH_CLUSTER_OPERATIONS),
  includeTopicAuthorizedOperations: since(8, boolean, false),
});

const response = struct({
  throttleTimeMs: since(3, throttleTime, 0),
  brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: since(1, nullableString, null) })),
  clusterId: since(2, nullableString, null),
  controllerId: since(1, int32, FIRST_NODE_ID),
  topics: array(
    struct({
      errorCode: int16,
      name: nullableString,
      id: since(IDS_SINCE, uuid, NO_UUID),
      isInternal: since(1, boolean, false),
      partitions: array(
        struct({
          errorCode: int16,
          index: int32,
          leaderId: int32,
          leaderEpoch: since(7, int32, -1),
          replicaNodes: array(int32),
          isrNodes: array(int32),
          offlineReplicas: since(5, array(int32), []),
        }),
      ),
      authorizedOperations: since(8, int32, OPERATIONS_NOT_GIVEN),
    }),
  ),
  clusterAuthorizedOperations: since(8, int32, OPERATIONS_NOT_GIVEN, LAST_WITH_CLUSTER_OPERATIONS),
  errorCode: since(13, int16, 0),
});

/** Metadata: where the broker is and which topics there are. It never creates a topic, as Amazon MSK by default. */
export const metadata = defineApi({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleFrom: 9,
  request,
  response,
  handle(cluster, body, call) {
    // In version 0 it is the empty list that stands for all topics.
    const all = body.topics === null || (call.version === 0 && body.topics.length === 0);
    const wanted = all ? cluster.topics.all() : distinct(body.topics ?? []);
    const operations = authorizedOperations('topic', body.includeTopicAuthorizedOperations);
    return {
      brokers: cluster.nodes.map(({ id, host, port }) => ({ nodeId: id, host, port, rack: null })),
      clusterId: cluster.id,
      controllerId: cluster.coordinator.id,
      topics: wanted.map((topic) => describe(cluster, topic, call.version, operations)),
      clusterAuthorizedOperations: authorizedOperations('cluster', body.includeClusterAuthorizedOperations),
      errorCode: ErrorCode.NONE,
    };
  },
  failed: ({ topics }, errorCode) => ({
    brokers: [],
    clusterId: null,
    controllerId: FIRST_NODE_ID,
    clusterAuthorizedOperations: OPERATIONS_NOT_GIVEN,
    topics: (topics ?? []).map((topic) => unavailable(topic, errorCode)),
    errorCode,
  }),
});

/** Each topic once, however often the request names it. */
function distinct(topics: readonly WantedTopic[]): WantedTopic[] {
  return [...new Map(topics.map((topic) => [`${topic.id} ${topic.name}`, topic])).values()];
}

interface WantedTopic {
  readonly id: string;
  readonly name: string | null;
}

function describe(cluster: EmbeddedCluster, wanted: WantedTopic, version: number, operations: number) {
  const byId = wanted.id !== NO_UUID;
  const topic = byId ? cluster.topics.withId(wanted.id) : cluster.topics.get(wanted.name ?? '');
  if (!topic) return unknown(wanted, version);
  const { nodeId, epoch } = cluster.leadership;
  return {
    ...unavailable(topic, ErrorCode.NONE),
    authorizedOperations: operations,
    partitions: topic.partitions.map((_, index) => ({
      errorCode: ErrorCode.NONE,
      index,
      leaderId: nodeId,
      leaderEpoch: epoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      offlineReplicas: [],
    })),
  };
}

function unknown({ id, name }: WantedTopic, version: number) {
  if (name === null || id !== NO_UUID) {
    // Before version 12 the name of an answer must not be null.
    return unavailable({ id, name: version < NULL_NAME_SINCE ? '' : null }, ErrorCode.UNKNOWN_TOPIC_ID);
  }
  const legal = isTopicName(name);
  const error = legal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
  return unavailable({ id: NO_UUID, name }, error);
}

function unavailable({ id, name }: WantedTopic, errorCode: number) {
  return {
    errorCode,
    name,
    id,
    isInternal: false,
    partitions: [],
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  };
}
