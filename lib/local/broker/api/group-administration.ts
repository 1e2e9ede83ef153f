import type { Cluster } from '../cluster.ts';
import { ErrorCode } from '../wire/error-codes.ts';
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
import { OPERATIONS_NOT_GIVEN } from './metadata.ts';

/** DescribeGroups: state, members and assignments. */
export const describeGroups = defineApi({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 5],
  flexibleFrom: 5,
  request: struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean, false) }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    groups: array(
      struct({
        errorCode: int16,
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
  handle: (cluster, { groups }) => ({
    groups: [...new Set(groups)].map((groupId) => describe(cluster, groupId)),
  }),
  failed: ({ groups }, errorCode) => ({ groups: groups.map((groupId) => ({ ...dead(groupId), errorCode })) }),
});

function describe(cluster: Cluster, groupId: string) {
  const group = cluster.groups.get(groupId);
  if (!group) return dead(groupId);
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

/** How Kafka describes a group that does not exist, in the versions offered here. */
function dead(groupId: string) {
  return {
    errorCode: ErrorCode.NONE,
    groupId,
    state: 'Dead',
    protocolType: '',
    protocolName: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  };
}

/** ListGroups: those with members or committed offsets, of certain states if asked for. */
export const listGroups = defineApi({
  key: 16,
  name: 'ListGroups',
  versions: [0, 4],
  flexibleFrom: 3,
  request: struct({ statesFilter: since(4, array(string), []) }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    errorCode: int16,
    groups: array(struct({ groupId: string, protocolType: string, state: since(4, string, '') })),
  }),
  handle(cluster, { statesFilter }) {
    const groups = cluster.groups.ids().map((groupId) => {
      const { state, protocolType } = describe(cluster, groupId);
      return { groupId, protocolType, state };
    });
    return {
      errorCode: ErrorCode.NONE,
      groups: groups.filter(({ state }) => statesFilter.length === 0 || statesFilter.includes(state)),
    };
  },
  failed: (_, errorCode) => ({ errorCode, groups: [] }),
});

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
