import { type Cluster, FIRST_NODE_ID } from '../cluster.ts';
import { isLegalTopicName } from '../log/topic-store.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  array,
  boolean,
  int16,
  int32,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** "Not asked for", of the authorized operations (KIP-430). */
export const OPERATIONS_NOT_GIVEN = -(2 ** 31);

const request = struct({
  topics: nullableArray(struct({ name: string })),
  allowAutoTopicCreation: since(4, boolean, true),
  includeClusterAuthorizedOperations: since(8, boolean, false),
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
      name: string,
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
  clusterAuthorizedOperations: since(8, int32, OPERATIONS_NOT_GIVEN),
});

/** Metadata: where the broker is and which topics there are. It never creates a topic, as Amazon MSK by default. */
export const metadata = defineApi({
  key: 3,
  name: 'Metadata',
  // From version 10 on topics have ids.
  versions: [0, 9],
  flexibleFrom: 9,
  request,
  response,
  handle(cluster, { topics }, call) {
    // In version 0 it is the empty list that stands for all topics.
    const all = topics === null || (call.version === 0 && topics.length === 0);
    const names = all ? cluster.topics.all().map((topic) => topic.name) : topics.map((topic) => topic.name);
    return { ...nodes(cluster), topics: [...new Set(names)].map((name) => describe(cluster, name)) };
  },
  failed: ({ topics }, errorCode) => ({
    brokers: [],
    clusterId: null,
    controllerId: FIRST_NODE_ID,
    clusterAuthorizedOperations: OPERATIONS_NOT_GIVEN,
    topics: (topics ?? []).map(({ name }) => unavailable(name, errorCode)),
  }),
});

function nodes(cluster: Cluster) {
  return {
    brokers: cluster.nodes.map(({ id, host, port }) => ({ nodeId: id, host, port, rack: null })),
    clusterId: cluster.id,
    controllerId: cluster.coordinator.id,
    clusterAuthorizedOperations: OPERATIONS_NOT_GIVEN,
  };
}

function describe(cluster: Cluster, name: string) {
  const topic = cluster.topics.get(name);
  if (!topic) {
    const legal = isLegalTopicName(name);
    return unavailable(
      name,
      legal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    );
  }
  const { nodeId, epoch } = cluster.leadership;
  return {
    ...unavailable(name, ErrorCode.NONE),
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

function unavailable(name: string, errorCode: number) {
  return {
    errorCode,
    name,
    isInternal: false,
    partitions: [],
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  };
}
