import { alterConfigs, incrementalAlterConfigs } from './alter-configs.ts';
import type { Api } from './api.ts';
import { apiVersionsOf } from './api-versions.ts';
import { describeCluster } from './describe-cluster.ts';
import { describeConfigs } from './describe-configs.ts';
import { describeLogDirs } from './describe-log-dirs.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { deleteGroups, describeGroups, listGroups } from './group-administration.ts';
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './groups.ts';
import { initProducerId } from './init-producer-id.ts';
import { listOffsets } from './list-offsets.ts';
import { metadata } from './metadata.ts';
import { offsetCommit, offsetDelete, offsetFetch } from './offsets.ts';
import { produce } from './produce.ts';
import { createPartitions, createTopics, deleteRecords, deleteTopics } from './topics.ts';

/** All APIs this broker offers. Each is defined in one place: its versions, its messages, what it does. */
export const APIS: readonly Api[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  apiVersionsOf(() => APIS),
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  describeConfigs,
  alterConfigs,
  describeLogDirs,
  createPartitions,
  deleteGroups,
  incrementalAlterConfigs,
  offsetDelete,
  describeCluster,
];

const BY_KEY = new Map(APIS.map((api) => [api.key, api]));

/** The API of a key; undefined when it is not offered. */
export function findApi(key: number): Api | undefined {
  return BY_KEY.get(key);
}
