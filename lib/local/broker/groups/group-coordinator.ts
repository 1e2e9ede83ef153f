import type { ErrorName } from '../../../kafka/error-codes.ts';
import type { CommittedOffsets } from './committed-offsets.ts';
import {
  Group,
  type JoinRequest,
  type JoinResult,
  joinFailed,
  type MemberIdentity,
  type SyncRequest,
  type SyncResult,
  syncFailed,
} from './group.ts';

/** group.min.session.timeout.ms and group.max.session.timeout.ms, Kafka's defaults, which Amazon MSK keeps. */
export const MIN_SESSION_TIMEOUT_MS = 6_000;
export const MAX_SESSION_TIMEOUT_MS = 1_800_000;

/**
 * The coordinator of all groups: membership in memory, as members rejoin after a restart anyway, and the committed
 * offsets, which last.
 */
export class GroupCoordinator {
  readonly offsets: CommittedOffsets;
  readonly #groups = new Map<string, Group>();

  constructor(offsets: CommittedOffsets) {
    this.offsets = offsets;
  }

  /** Groups with members or with committed offsets. */
  ids(): string[] {
    const ids = new Set(this.offsets.groups());
    for (const group of this.#groups.values()) if (!group.abandoned) ids.add(group.id);
    return [...ids];
  }

  /** The group with its members, if it exists: a group that only has offsets is an empty one. */
  get(id: string): Group | undefined {
    return this.#groups.get(id) ?? (this.offsets.has(id) ? new Group(id) : undefined);
  }

  join(groupId: string, request: JoinRequest): Promise<JoinResult> | JoinResult {
    if (groupId === '') return joinFailed('INVALID_GROUP_ID', request.memberId);
    const { sessionTimeoutMs } = request;
    if (sessionTimeoutMs < MIN_SESSION_TIMEOUT_MS || sessionTimeoutMs > MAX_SESSION_TIMEOUT_MS) {
      return joinFailed('INVALID_SESSION_TIMEOUT', request.memberId);
    }
    if (request.protocolType === '' || request.protocols.length === 0) {
      return joinFailed('INCONSISTENT_GROUP_PROTOCOL', request.memberId);
    }
    let group = this.#groups.get(groupId);
    if (!group && request.memberId !== '') return joinFailed('UNKNOWN_MEMBER_ID', request.memberId);
    if (!group) {
      this.#forgetAbandoned();
      group = new Group(groupId);
      this.#groups.set(groupId, group);
    }
    return group.join(request);
  }

  sync(groupId: string, request: SyncRequest): Promise<SyncResult> | SyncResult {
    return this.#groups.get(groupId)?.sync(request) ?? syncFailed('UNKNOWN_MEMBER_ID');
  }

  heartbeat(groupId: string, identity: MemberIdentity, generationId: number): ErrorName {
    return this.#groups.get(groupId)?.heartbeat(identity, generationId) ?? 'UNKNOWN_MEMBER_ID';
  }

  leave(groupId: string, identity: MemberIdentity): ErrorName {
    return this.#groups.get(groupId)?.leave(identity) ?? 'UNKNOWN_MEMBER_ID';
  }

  /** Whether this request may commit offsets for the group. A negative generation is a client outside of any group. */
  commitError(groupId: string, identity: MemberIdentity, generationId: number): ErrorName {
    if (groupId === '') return 'INVALID_GROUP_ID';
    const group = this.#groups.get(groupId);
    if (group) return group.commitError(identity, generationId);
    return generationId < 0 ? 'NONE' : 'ILLEGAL_GENERATION';
  }

  delete(groupId: string): ErrorName {
    const group = this.get(groupId);
    if (!group) return 'GROUP_ID_NOT_FOUND';
    if (!group.abandoned) return 'NON_EMPTY_GROUP';
    this.#groups.delete(groupId);
    this.offsets.removeGroup(groupId);
    return 'NONE';
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }

  /** Otherwise every tool run with a new group id would leave an object behind. */
  #forgetAbandoned(): void {
    for (const [id, group] of this.#groups) if (group.abandoned) this.#groups.delete(id);
  }
}
