import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import {
  array,
  boolean,
  bytes,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { authorizedOperations, OPERATIONS_NOT_GIVEN } from './authorized-operations.ts';

/** From this version on a group that does not exist is an error, where it was 'Dead' before (KIP-1043). */
const NOT_FOUND_SINCE = 6;
/** The type of all groups here, after the classic protocol (KIP-848). */
const GROUP_TYPE = 'Classic';

/** DescribeGroups: state, members and assignments. */
export const describeGroups = defineApi({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleFrom: 5,
  request: struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean, false) }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    groups: array(
      struct({
        errorCode: int16,
        errorMessage: since(NOT_FOUND_SINCE, nullableString, null),
        groupId: string,
        state: string,
        protocolType: string,
        protocolName: string,
        members: array(
          struct({
            memberId: string,
            groupInstanceId: since(4, nullableString, null),
            clientId: string,
            clientHost: string,
            metadata: bytes,
            assignment: bytes,
          }),
        ),
        authorizedOperations: since(3, int32, OPERATIONS_NOT_GIVEN),
      }),
    ),
  }),
  handle: (cluster, { groups, includeAuthorizedOperations }, call) => ({
    groups: [...new Set(groups)].map((groupId) => ({
      ...(describe(cluster, groupId) ?? (call.version < NOT_FOUND_SINCE ? dead(groupId) : notFound(groupId))),
      authorizedOperations: authorizedOperations('group', includeAuthorizedOperations),
    })),
  }),
  failed: ({ groups }, errorCode) => ({ groups: groups.map((groupId) => ({ ...dead(groupId), errorCode })) }),
});

function describe(cluster: EmbeddedCluster, groupId: string) {
  const group = cluster.groups.get(groupId);
  if (!group) return undefined;
  return {
    ...dead(groupId),
    state: group.state,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    members: group.members().map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: group.metadataOf(member),
      assignment: member.assignment,
    })),
  };
}

function notFound(groupId: string) {
  return {
    ...dead(groupId),
    errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
    errorMessage: `Group ${groupId} not found.`,
  };
}

function dead(groupId: string) {
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId,
    state: 'Dead',
    protocolType: '',
    protocolName: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  };
}

/** ListGroups: those with members or committed offsets, of certain states and types if asked for (KIP-518, KIP-848). */
export const listGroups = defineApi({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  request: struct({
    statesFilter: since(4, array(string), []),
    typesFilter: since(5, array(string), []),
  }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    errorCode: int16,
    groups: array(
      struct({
        groupId: string,
        protocolType: string,
        state: since(4, string, ''),
        type: since(5, string, GROUP_TYPE),
      }),
    ),
  }),
  handle(cluster, { statesFilter, typesFilter }) {
    const groups = cluster.groups.ids().map((groupId) => {
      const { state, protocolType } = describe(cluster, groupId) ?? dead(groupId);
      return { groupId, protocolType, state, type: GROUP_TYPE };
    });
    return {
      errorCode: ErrorCode.NONE,
      groups: groups.filter(({ state, type }) => passes(statesFilter, state) && passes(typesFilter, type)),
    };
  },
  failed: (_, errorCode) => ({ errorCode, groups: [] }),
});

function passes(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.some((item) => item.toLowerCase() === value.toLowerCase());
}

/** DeleteGroups: only without members. */
export const deleteGroups = defineApi({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  request: struct({ groups: array(string) }),
  response: struct({
    throttleTimeMs: throttleTime,
    results: array(struct({ groupId: string, errorCode: int16 })),
  }),
  handle: (cluster, { groups }) => ({
    results: groups.map((groupId) => ({ groupId, errorCode: ErrorCode[cluster.groups.delete(groupId)] })),
  }),
  failed: ({ groups }, errorCode) => ({ results: groups.map((groupId) => ({ groupId, errorCode })) }),
});
