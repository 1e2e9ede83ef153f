import { randomUUID } from 'node:crypto';
import type { ErrorName } from '../../../kafka/error-codes.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** An assignment strategy a member supports, with what it says about itself (opaque to the broker). */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinRequest {
  /** Empty in the first request of a member. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** Whether the client knows MEMBER_ID_REQUIRED (JoinGroup 4 and later, KIP-394). */
  readonly memberIdRequired: boolean;
  /** Whether the client can be leader without assigning anew (JoinGroup 9 and later, KIP-814). */
  readonly canSkipAssignment: boolean;
}

export interface JoinResult {
  readonly error: ErrorName;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  /** Tells the leader to keep the assignment. */
  readonly skipAssignment: boolean;
  readonly memberId: string;
  /** For the leader only: everybody, so that it can assign. */
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Buffer }[];
}

/** How a request names its member. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface SyncRequest extends MemberIdentity {
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

export interface SyncResult {
  readonly error: ErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

export interface Member {
  readonly id: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly Protocol[];
  assignment: Buffer;
  session?: NodeJS.Timeout | undefined;
  joining?: ((result: JoinResult) => void) | undefined;
  syncing?: ((result: SyncResult) => void) | undefined;
}

const NO_BYTES = Buffer.alloc(0);
const NO_GENERATION = -1;

/**
 * One consumer group of the classic protocol: who its members are, which generation they are in, and the rebalance
 * that takes it from one generation to the next.
 *
 *     Empty -> PreparingRebalance -> CompletingRebalance -> Stable
 *              (members join)        (the leader assigns)
 *
 * Sources: "Kafka Client-side Assignment Proposal", KIP-62 (rebalance timeout), KIP-345 (static members), KIP-394
 * (member id required), KIP-814 (static members as leaders). As with group.initial.rebalance.delay.ms=0, the first
 * member does not wait for others.
 */
export class Group {
  readonly id: string;
  #state: GroupState = 'Empty';
  #generationId = 0;
  #protocolType: string | null = null;
  #protocolName: string | null = null;
  #leader = '';
  readonly #members = new Map<string, Member>();
  /** Ids handed out with MEMBER_ID_REQUIRED, until their owner comes back with them. */
  readonly #pending = new Map<string, NodeJS.Timeout>();
  #rebalance: NodeJS.Timeout | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get state(): GroupState {
    return this.#state;
  }

  get protocolType(): string {
    return this.#protocolType ?? '';
  }

  get protocolName(): string {
    return this.#state === 'Stable' ? (this.#protocolName ?? '') : '';
  }

  /** Nobody is in it and nobody is about to be. */
  get abandoned(): boolean {
    return this.#members.size === 0 && this.#pending.size === 0;
  }

  members(): Member[] {
    return [...this.#members.values()];
  }

  /** What a member says about itself under the protocol in use. */
  metadataOf(member: Member): Buffer {
    return member.protocols.find((protocol) => protocol.name === this.#protocolName)?.metadata ?? NO_BYTES;
  }

  /** Resolves when the rebalance that the member takes part in has gathered everybody. */
  join(request: JoinRequest): Promise<JoinResult> | JoinResult {
    if (this.#members.size > 0 && !this.#accepts(request)) {
      return joinFailed('INCONSISTENT_GROUP_PROTOCOL', request.memberId);
    }
    if (request.memberId === '') return this.#joinFirst(request);
    if (this.#pending.has(request.memberId)) {
      clearTimeout(this.#pending.get(request.memberId));
      this.#pending.delete(request.memberId);
      return this.#add(request.memberId, request);
    }
    const member = this.#members.get(request.memberId);
    const error = this.#identityError(request);
    if (error || !member) return joinFailed(error ?? 'UNKNOWN_MEMBER_ID', request.memberId);
    return this.#rejoin(member, request);
  }

  /** Resolves when the leader has sent the assignment. */
  sync(request: SyncRequest): Promise<SyncResult> | SyncResult {
    const member = this.#members.get(request.memberId);
    const error = this.#memberError(request, request.generationId);
    if (error || !member) return syncFailed(error ?? 'UNKNOWN_MEMBER_ID');
    const sameProtocol =
      (request.protocolType ?? this.#protocolType) === this.#protocolType &&
      (request.protocolName ?? this.#protocolName) === this.#protocolName;
    if (!sameProtocol) return syncFailed('INCONSISTENT_GROUP_PROTOCOL');
    this.#touch(member);
    if (this.#state === 'PreparingRebalance') return syncFailed('REBALANCE_IN_PROGRESS');
    if (this.#state === 'Stable') return this.#synced(member);

    const result = new Promise<SyncResult>((resolve) => {
      // The same member asked again, on another connection: only the newest gets the assignment.
      member.syncing?.(syncFailed('REBALANCE_IN_PROGRESS'));
      member.syncing = resolve;
    });
    if (member.id === this.#leader) this.#assign(request.assignments);
    return result;
  }

  heartbeat(identity: MemberIdentity, generationId: number): ErrorName {
    const error = this.#memberError(identity, generationId);
    if (error) return error;
    const member = this.#members.get(identity.memberId);
    if (member) this.#touch(member);
    return this.#state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  leave(identity: MemberIdentity): ErrorName {
    if (this.#pending.has(identity.memberId)) {
      this.#forgetPending(identity.memberId);
      return 'NONE';
    }
    const member =
      identity.groupInstanceId === null
        ? this.#members.get(identity.memberId)
        : this.#staticMember(identity.groupInstanceId);
    if (!member) return 'UNKNOWN_MEMBER_ID';
    if (identity.memberId !== '' && identity.memberId !== member.id) return 'FENCED_INSTANCE_ID';
    this.#remove(member);
    return 'NONE';
  }

  /** Whether this member may commit offsets now, as Kafka decides it. */
  commitError(identity: MemberIdentity, generationId: number): ErrorName {
    if (generationId < 0) return this.#members.size === 0 ? 'NONE' : 'UNKNOWN_MEMBER_ID';
    const error = this.#memberError(identity, generationId);
    if (error) return error;
    const member = this.#members.get(identity.memberId);
    if (member) this.#touch(member);
    return this.#state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  /** Ends all timers and answers all members that still wait. */
  close(): void {
    clearTimeout(this.#rebalance);
    for (const timer of this.#pending.values()) clearTimeout(timer);
    for (const member of this.#members.values()) this.#release(member, 'COORDINATOR_NOT_AVAILABLE');
    this.#pending.clear();
    this.#members.clear();
  }

  #joinFirst(request: JoinRequest): Promise<JoinResult> | JoinResult {
    const memberId = `${request.groupInstanceId ?? request.clientId}-${randomUUID()}`;
    const former = this.#staticMember(request.groupInstanceId);
    if (former) return this.#replaceStatic(former, memberId, request);
    if (request.groupInstanceId === null && request.memberIdRequired) {
      const timer = setTimeout(() => this.#forgetPending(memberId), request.sessionTimeoutMs);
      this.#pending.set(memberId, timer);
      return joinFailed('MEMBER_ID_REQUIRED', memberId);
    }
    return this.#add(memberId, request);
  }

  #add(memberId: string, request: JoinRequest): Promise<JoinResult> {
    const member: Member = {
      id: memberId,
      groupInstanceId: request.groupInstanceId,
      clientId: request.clientId,
      clientHost: request.clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      protocols: request.protocols,
      assignment: NO_BYTES,
    };
    this.#members.set(memberId, member);
    this.#protocolType = request.protocolType;
    return this.#await(member);
  }

  /** A static member that comes back, as a rule after a restart: it takes the place of its former self (KIP-345). */
  #replaceStatic(former: Member, memberId: string, request: JoinRequest): Promise<JoinResult> | JoinResult {
    this.#release(former, 'FENCED_INSTANCE_ID');
    const { protocols, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = request;
    const successor: Member = {
      ...former,
      ...{ protocols, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs },
      id: memberId,
    };
    const formerLeader = this.#leader;
    const members = this.members().map((member) => (member === former ? successor : member));
    this.#members.clear();
    for (const member of members) this.#members.set(member.id, member);
    if (formerLeader === former.id) this.#leader = memberId;
    if (this.#state !== 'Stable' || this.#voteProtocol() !== this.#protocolName) {
      return this.#await(successor);
    }
    this.#touch(successor);
    const joined = this.#joined(successor);
    if (this.#leader !== memberId) return joined;
    // A group that is stable would not spread a new assignment, so its leader must not make one.
    return request.canSkipAssignment
      ? { ...joined, skipAssignment: true }
      : { ...joined, leader: formerLeader, members: [] };
  }

  #rejoin(member: Member, request: JoinRequest): Promise<JoinResult> | JoinResult {
    const unchanged = sameProtocols(member.protocols, request.protocols);
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    const current =
      unchanged &&
      (this.#state === 'CompletingRebalance' || (this.#state === 'Stable' && member.id !== this.#leader));
    if (!current) return this.#await(member);
    this.#touch(member);
    return this.#joined(member);
  }

  #await(member: Member): Promise<JoinResult> {
    const result = new Promise<JoinResult>((resolve) => {
      member.joining?.(joinFailed('UNKNOWN_MEMBER_ID', member.id));
      member.joining = resolve;
    });
    this.#touch(member);
    this.#prepareRebalance();
    this.#completeJoinWhenAllAreThere();
    return result;
  }

  #prepareRebalance(): void {
    if (this.#state === 'PreparingRebalance') return;
    this.#state = 'PreparingRebalance';
    for (const member of this.#members.values())
      this.#answerSync(member, syncFailed('REBALANCE_IN_PROGRESS'));
    clearTimeout(this.#rebalance);
    this.#rebalance = setTimeout(() => this.#completeJoin(), this.#rebalanceTimeoutMs());
  }

  #rebalanceTimeoutMs(): number {
    return Math.max(...this.members().map((member) => member.rebalanceTimeoutMs));
  }

  #completeJoinWhenAllAreThere(): void {
    if (this.#state !== 'PreparingRebalance' || this.#pending.size > 0) return;
    if (this.members().every((member) => member.joining)) this.#completeJoin();
  }

  #completeJoin(): void {
    clearTimeout(this.#rebalance);
    for (const member of this.members()) {
      if (!member.joining && member.groupInstanceId === null) {
        this.#members.delete(member.id);
        clearTimeout(member.session);
      }
    }
    const present = this.members().find((member) => member.joining);
    if (!present && this.#members.size > 0) {
      // Only static members that are away: one of them has to come back, or to lose its session.
      this.#rebalance = setTimeout(() => this.#completeJoin(), this.#rebalanceTimeoutMs());
      return;
    }
    this.#generationId++;
    if (!present) {
      this.#state = 'Empty';
      this.#protocolName = null;
      return;
    }
    this.#state = 'CompletingRebalance';
    this.#protocolName = this.#voteProtocol();
    if (!this.#members.get(this.#leader)?.joining) this.#leader = present.id;
    for (const member of this.#members.values()) {
      const answer = member.joining;
      member.joining = undefined;
      member.assignment = NO_BYTES;
      this.#touch(member);
      answer?.(this.#joined(member));
    }
    // A leader that never sends the assignment, or a member that never asks for it, must not hold up the others.
    this.#rebalance = setTimeout(() => this.#dropUnsynced(), this.#rebalanceTimeoutMs());
  }

  #dropUnsynced(): void {
    if (this.#state !== 'CompletingRebalance') return;
    // Removing the first one answers all who wait, so who did not wait is decided before.
    const unsynced = this.members().filter((member) => !member.syncing);
    for (const member of unsynced) this.#remove(member);
  }

  #assign(assignments: SyncRequest['assignments']): void {
    clearTimeout(this.#rebalance);
    this.#state = 'Stable';
    for (const { memberId, assignment } of assignments) {
      const member = this.#members.get(memberId);
      // A copy: the request's frame is large and the assignment lives on.
      if (member) member.assignment = Buffer.from(assignment);
    }
    for (const member of this.#members.values()) this.#answerSync(member, this.#synced(member));
  }

  #remove(member: Member): void {
    this.#release(member, 'UNKNOWN_MEMBER_ID');
    this.#members.delete(member.id);
    if (this.#state === 'Empty') return;
    if (this.#members.size > 0) this.#prepareRebalance();
    else this.#state = 'PreparingRebalance';
    this.#completeJoinWhenAllAreThere();
  }

  #release(member: Member, error: ErrorName): void {
    clearTimeout(member.session);
    const answer = member.joining;
    member.joining = undefined;
    answer?.(joinFailed(error, member.id));
    this.#answerSync(member, syncFailed(error));
  }

  #answerSync(member: Member, result: SyncResult): void {
    const answer = member.syncing;
    member.syncing = undefined;
    answer?.(result);
  }

  #forgetPending(memberId: string): void {
    clearTimeout(this.#pending.get(memberId));
    this.#pending.delete(memberId);
    this.#completeJoinWhenAllAreThere();
  }

  #touch(member: Member): void {
    clearTimeout(member.session);
    // A member that waits for the others to join is alive.
    if (member.joining) return;
    member.session = setTimeout(() => this.#remove(member), member.sessionTimeoutMs);
  }

  #memberError(identity: MemberIdentity, generationId: number): ErrorName | undefined {
    const error = this.#identityError(identity);
    if (error) return error;
    return generationId === this.#generationId ? undefined : 'ILLEGAL_GENERATION';
  }

  #identityError({ memberId, groupInstanceId }: MemberIdentity): ErrorName | undefined {
    if (groupInstanceId !== null) {
      const owner = this.#staticMember(groupInstanceId);
      if (!owner) return 'UNKNOWN_MEMBER_ID';
      if (owner.id !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.#members.has(memberId) ? undefined : 'UNKNOWN_MEMBER_ID';
  }

  #staticMember(groupInstanceId: string | null): Member | undefined {
    if (groupInstanceId === null) return undefined;
    return this.members().find((member) => member.groupInstanceId === groupInstanceId);
  }

  #accepts(request: JoinRequest): boolean {
    if (request.protocolType !== this.#protocolType) return false;
    const self = this.#staticMember(request.groupInstanceId)?.id ?? request.memberId;
    const others = this.members().filter((member) => member.id !== self);
    return request.protocols.some(({ name }) => others.every((member) => supports(member, name)));
  }

  #voteProtocol(): string {
    const members = this.members();
    const votes = new Map<string, number>();
    for (const member of members) {
      const choice = member.protocols.find(({ name }) => members.every((other) => supports(other, name)));
      if (choice) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    const [winner] = [...votes].sort(([, a], [, b]) => b - a);
    return winner?.[0] ?? '';
  }

  #joined(member: Member): JoinResult {
    return {
      error: 'NONE',
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName ?? '',
      leader: this.#leader,
      skipAssignment: false,
      memberId: member.id,
      members:
        member.id === this.#leader
          ? this.members().map((other) => ({
              memberId: other.id,
              groupInstanceId: other.groupInstanceId,
              metadata: this.metadataOf(other),
            }))
          : [],
    };
  }

  #synced(member: Member): SyncResult {
    return {
      error: 'NONE',
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      assignment: member.assignment,
    };
  }
}

/** The answer to a member that cannot join. */
export function joinFailed(error: ErrorName, memberId: string): JoinResult {
  return {
    error,
    generationId: NO_GENERATION,
    protocolType: null,
    protocolName: '',
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** The answer to a member that gets no assignment. */
export function syncFailed(error: ErrorName): SyncResult {
  return { error, protocolType: null, protocolName: null, assignment: NO_BYTES };
}

function supports(member: Member, protocolName: string): boolean {
  return member.protocols.some((protocol) => protocol.name === protocolName);
}

function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((protocol, index) => {
      const other = b[index];
      return protocol.name === other?.name && protocol.metadata.equals(other.metadata);
    })
  );
}
