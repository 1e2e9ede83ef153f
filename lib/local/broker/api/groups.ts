import { ErrorCode, type ErrorName } from '../../../kafka/error-codes.ts';
import { type JoinResult, joinFailed, type SyncResult, syncFailed } from '../groups/group.ts';
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
  until,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** From this version on a new member first gets its id and has to join again with it (KIP-394). */
const MEMBER_ID_REQUIRED_SINCE = 4;
/** From this version on a leader can be told not to reassign (KIP-814). */
const SKIP_ASSIGNMENT_SINCE = 9;
/** A member of version 0 has no rebalance timeout of its own: its session timeout counts. */
const NO_REBALANCE_TIMEOUT = -1;
/** From this version on several members can leave at once (KIP-345). */
const LEAVE_MANY_SINCE = 3;

/** JoinGroup: answered when the group has gathered all members of the next generation. */
export const joinGroup = defineApi({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  request: struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: since(1, int32, NO_REBALANCE_TIMEOUT),
    memberId: string,
    groupInstanceId: since(5, nullableString, null),
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
    reason: since(8, nullableString, null),
  }),
  response: struct({
    throttleTimeMs: since(2, throttleTime, 0),
    errorCode: int16,
    generationId: int32,
    protocolType: since(7, nullableString, null),
    protocolName: nullableString,
    leader: string,
    skipAssignment: since(9, boolean, false),
    memberId: string,
    members: array(
      struct({ memberId: string, groupInstanceId: since(5, nullableString, null), metadata: bytes }),
    ),
  }),
  handle(cluster, body, call) {
    const joined = cluster.groups.join(body.groupId, {
      ...body,
      clientId: call.clientId,
      clientHost: call.clientHost,
      rebalanceTimeoutMs: body.rebalanceTimeoutMs < 0 ? body.sessionTimeoutMs : body.rebalanceTimeoutMs,
      // Copies: the members live longer than the frame.
      protocols: body.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
      memberIdRequired: call.version >= MEMBER_ID_REQUIRED_SINCE,
      canSkipAssignment: call.version >= SKIP_ASSIGNMENT_SINCE,
    });
    return joined instanceof Promise ? joined.then(toJoinResponse) : toJoinResponse(joined);
  },
  failed: ({ memberId }, errorCode) => ({ ...toJoinResponse(joinFailed('NONE', memberId)), errorCode }),
});

function toJoinResponse({ error, members, ...result }: JoinResult) {
  return { ...result, errorCode: ErrorCode[error], members: [...members] };
}

/** SyncGroup: answered when the leader has assigned the partitions. */
export const syncGroup = defineApi({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString, null),
    protocolType: since(5, nullableString, null),
    protocolName: since(5, nullableString, null),
    assignments: array(struct({ memberId: string, assignment: bytes })),
  }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    errorCode: int16,
    protocolType: since(5, nullableString, null),
    protocolName: since(5, nullableString, null),
    assignment: bytes,
  }),
  handle(cluster, body) {
    const synced = cluster.groups.sync(body.groupId, body);
    return synced instanceof Promise ? synced.then(toSyncResponse) : toSyncResponse(synced);
  },
  failed: (_, errorCode) => ({ ...toSyncResponse(syncFailed('NONE')), errorCode }),
});

function toSyncResponse({ error, ...result }: SyncResult) {
  return { ...result, errorCode: ErrorCode[error] };
}

/** Heartbeat: tells a member whether it is still one, and whether it has to join again. */
export const heartbeat = defineApi({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString, null),
  }),
  response: struct({ throttleTimeMs: since(1, throttleTime, 0), errorCode: int16 }),
  handle: (cluster, body) => ({
    errorCode: ErrorCode[cluster.groups.heartbeat(body.groupId, body, body.generationId)],
  }),
  failed: (_, errorCode) => ({ errorCode }),
});

/** LeaveGroup: one member, or since version 3 several. */
export const leaveGroup = defineApi({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: struct({
    groupId: string,
    memberId: until(LEAVE_MANY_SINCE - 1, string, ''),
    members: since(
      LEAVE_MANY_SINCE,
      array(
        struct({
          memberId: string,
          groupInstanceId: nullableString,
          reason: since(5, nullableString, null),
        }),
      ),
      [],
    ),
  }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    errorCode: int16,
    members: since(
      LEAVE_MANY_SINCE,
      array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 })),
      [],
    ),
  }),
  handle(cluster, { groupId, memberId, members }, call) {
    const leave = (identity: { memberId: string; groupInstanceId: string | null }): ErrorName =>
      cluster.groups.leave(groupId, identity);
    if (call.version < LEAVE_MANY_SINCE) {
      return { errorCode: ErrorCode[leave({ memberId, groupInstanceId: null })], members: [] };
    }
    return {
      errorCode: ErrorCode.NONE,
      members: members.map((member) => ({ ...member, errorCode: ErrorCode[leave(member)] })),
    };
  },
  failed: (_, errorCode) => ({ errorCode, members: [] }),
});
