import type { Broker, Cluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import { KafkaFailure } from '../kafka-failure.ts';
import {
  assignedPartitions,
  assignPartitions,
  groupProtocols,
  subscribedTopics,
} from './partition-assignment.ts';

/**
 * Why a member is not, or no longer, part of a generation: the group rebalances, it has done so without the member, or
 * the coordinator does not know the member at all.
 */
export type Outside = 'rebalance' | 'lost' | 'unknown';

/**
 * Who commits without being a member, which the coordinator takes while the group has none.
 *
 * @see {@link https://cwiki.apache.org/confluence/pages/viewpage.action?pageId=97551484 KIP-396, "Reset Consumer Group Offsets for Admin Client"}
 */
export const OUTSIDE_OF_GROUP: Member = { memberId: '', generation: -1, isLeader: false, members: 0 };

/** The longest session of a member that this project starts: one that dies, or cannot leave, is missed after this. */
export const LONGEST_SESSION_MS = 10_000;

/** A place in one generation of a group. */
export interface Member {
  readonly memberId: string;
  readonly generation: number;
  /** Whether it shares the partitions out. */
  readonly isLeader: boolean;
  /** How many members the generation has; known to the leader. */
  readonly members: number;
}

/** What is committed for a partition. */
export interface OffsetAndMetadata {
  readonly offset: number;
  /** At most {@link MAX_METADATA_BYTES}. */
  readonly metadata: string;
}

/** Apache Kafka, "Broker configs": offset.metadata.max.bytes. */
export const MAX_METADATA_BYTES = 4096;

export interface GroupOptions {
  readonly cluster: Cluster;
  readonly connection: ConnectionOptions;
  readonly groupId: string;
  readonly topic: string;
  /** What the coordinator knew this member by, on other connections. */
  readonly memberId?: string;
}

/**
 * What members of a consumer group for one topic and the coordinator say to each other. Every method throws
 * {@link KafkaFailure}, and finds the coordinator anew when the last request to it failed.
 *
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-62%3A+Allow+consumer+to+send+heartbeats+from+a+background+thread KIP-62, "Allow consumer to send heartbeats from a background thread"}
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-394%3A+Require+member.id+for+initial+join+group+request KIP-394, "Require member.id for initial join group request"}
 */
export class GroupProtocol {
  readonly #options: GroupOptions;
  #coordinatorId: string | undefined;
  #memberId: string;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#memberId = options.memberId ?? '';
  }

  /** What the coordinator knows this member by, also when it did not get into a generation; empty for nothing. */
  get memberId(): string {
    return this.#memberId;
  }

  /**
   * Joins, and shares the partitions out when this member is the leader.
   *
   * @param timeouts - in milliseconds: until a member that is silent is given up, and for which others wait for it when
   *   the group rebalances
   * @returns the place in the generation, and the partitions of the topic that are assigned
   */
  async join(timeouts: {
    readonly sessionMs: number;
    readonly rebalanceMs: number;
  }): Promise<{ member: Member; partitions: number[] }> {
    const { cluster, groupId, topic } = this.#options;
    const joined = await this.#request((coordinator) =>
      coordinator.joinGroup({
        groupId,
        sessionTimeout: timeouts.sessionMs,
        rebalanceTimeout: timeouts.rebalanceMs,
        memberId: this.#memberId,
        groupProtocols: groupProtocols(topic),
      }),
    );
    this.#memberId = joined.memberId;
    const isLeader = joined.leaderId === joined.memberId;
    const groupAssignment = await this.#translated(async () => {
      if (isLeader) await cluster.addMultipleTargetTopics(subscribedTopics(joined.members));
      await cluster.refreshMetadata();
      const partitionCount = (name: string): number => cluster.findTopicPartitionMetadata(name).length;
      return isLeader ? assignPartitions(joined.groupProtocol, joined.members, partitionCount) : [];
    });
    const { memberAssignment } = await this.#request((coordinator) =>
      coordinator.syncGroup({
        groupId,
        generationId: joined.generationId,
        memberId: joined.memberId,
        groupAssignment,
      }),
    );
    const { memberId: ownId, generationId: generation, members } = joined;
    return {
      member: { memberId: ownId, generation, isLeader, members: members.length },
      partitions: assignedPartitions(memberAssignment, topic),
    };
  }

  /** @returns why the member is outside by now, if it is */
  async heartbeat({ memberId, generation }: Member): Promise<Outside | undefined> {
    try {
      const { groupId } = this.#options;
      await this.#request((coordinator) =>
        coordinator.heartbeat({ groupId, groupGenerationId: generation, memberId }),
      );
      return undefined;
    } catch (failure) {
      const reason = outside(failure);
      if (reason === undefined) throw failure;
      return reason;
    }
  }

  async leave({ memberId }: Member): Promise<void> {
    const { groupId } = this.#options;
    this.#memberId = '';
    await this.#request((coordinator) => coordinator.leaveGroup({ groupId, memberId }));
  }

  /** How many members the group has. */
  async memberCount(): Promise<number> {
    const { groupId } = this.#options;
    const { groups } = await this.#request((coordinator) =>
      coordinator.describeGroups({ groupIds: [groupId] }),
    );
    return groups.reduce((sum, { members }) => sum + members.length, 0);
  }

  /** What is committed, by partition; partitions without a commit are absent. */
  async committed(partitions: readonly number[]): Promise<Map<number, OffsetAndMetadata>> {
    if (partitions.length === 0) return new Map();
    const { groupId, topic } = this.#options;
    const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
    const { responses } = await this.#request((coordinator) => coordinator.offsetFetch({ groupId, topics }));
    const fetched = responses.flatMap((response) => (response.topic === topic ? response.partitions : []));
    return new Map(
      fetched
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset, metadata }) => [
          partition,
          { offset: Number(offset), metadata: metadata ?? '' },
        ]),
    );
  }

  /** Commits the offset of the next record to read, by partition. */
  async commit(
    { memberId, generation }: Member,
    offsets: ReadonlyMap<number, { readonly offset: number; readonly metadata?: string }>,
  ): Promise<void> {
    const { groupId, topic } = this.#options;
    const partitions = [...offsets].map(([partition, { offset, metadata }]) => ({
      partition,
      offset: String(offset),
      ...(metadata !== undefined && { metadata }),
    }));
    const topics = [{ topic, partitions }];
    await this.#request((coordinator) =>
      coordinator.offsetCommit({ groupId, groupGenerationId: generation, memberId, topics }),
    );
  }

  #request<T>(send: (coordinator: Broker) => Promise<T>): Promise<T> {
    return this.#translated(async () => {
      const { cluster, groupId } = this.#options;
      try {
        this.#coordinatorId ??= String((await cluster.findGroupCoordinator({ groupId })).nodeId);
        return await send(await cluster.findBroker({ nodeId: this.#coordinatorId }));
      } catch (error) {
        this.#coordinatorId = undefined;
        throw error;
      }
    });
  }

  #translated<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((thrown: unknown) => {
      const failure = kafkaFailure(thrown, this.#options.connection);
      if (outside(failure) === 'unknown') this.#memberId = '';
      throw failure;
    });
  }
}

/** Why a failure says that a member is outside of its generation; undefined when it says something else. */
export function outside(failure: unknown): Outside | undefined {
  if (!(failure instanceof KafkaFailure)) return undefined;
  switch (failure.errorCode) {
    case 'REBALANCE_IN_PROGRESS':
      return 'rebalance';
    case 'ILLEGAL_GENERATION':
      return 'lost';
    case 'UNKNOWN_MEMBER_ID':
    case 'FENCED_INSTANCE_ID':
      return 'unknown';
    default:
      return undefined;
  }
}
