import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Broker } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import { connectCluster, errorCodeOf } from './cluster-connection.ts';
import { assignPartitions, groupProtocols } from './partition-assignment.ts';

/** Apache Kafka, "Broker configs": the least that group.min.session.timeout.ms allows. Who dies is missed after this. */
const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 2_000;
/** Until when a member that was killed is certainly gone. */
const EXPIRY_MS = SESSION_TIMEOUT_MS + 3_000;
const POLL_MS = 200;
const LEAVE_MS = 2_000;

/** Apache Kafka, "Error codes": what a member is told whose place is somebody else's, or about to be. */
const expulsions = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);

/** How far a group is in one partition, and what it noted beside that. */
export interface CommittedOffset {
  readonly offset: number;
  /** At most {@link MAX_METADATA_BYTES}. */
  readonly metadata: string;
}

/** Apache Kafka, "Broker configs": offset.metadata.max.bytes. */
export const MAX_METADATA_BYTES = 4096;

/** The committed offsets of a consumer group for one topic, kept by whoever is its only member. */
export interface ConsumerGroup {
  /** What is committed; partitions without a commit are absent. Neither joins nor creates the group. */
  readonly committed: () => Promise<ReadonlyMap<number, CommittedOffset>>;
  /**
   * Joins as the only member. A member that was killed is waited for until its session has expired.
   *
   * @param options - `signal` ends the wait; `onWait` is told when there is one, with its length at most (ms)
   * @throws Error when the group has another member
   */
  readonly join: (options: { signal: AbortSignal; onWait: (ms: number) => void }) => Promise<Membership>;
  readonly disconnect: () => Promise<void>;
}

/** The right to commit offsets, until it is left or lost. */
export interface Membership {
  /** Aborted when somebody else has joined or the session has expired. */
  readonly lost: AbortSignal;
  /** @throws Error when the cluster did not acknowledge the commit */
  readonly commit: (partition: number, committed: CommittedOffset) => Promise<void>;
  readonly leave: () => Promise<void>;
}

/**
 * Connects to the coordinator of a group.
 *
 * @throws ServiceError `broker_unreachable`, or `configuration_error` when there is no such topic
 * @see Apache Kafka, "Consumer rebalance protocol" (the classic one: KIP-62, KIP-394)
 */
export async function connectConsumerGroup(
  connection: ConnectionOptions,
  { groupId, topic }: { groupId: string; topic: string },
  log: Log,
): Promise<ConsumerGroup> {
  const { cluster, ask: askCluster, disconnect } = await connectCluster(connection, topic, log);
  let coordinator: Broker | undefined;

  const askOnce = async <T>(request: (coordinator: Broker) => Promise<T>): Promise<T> => {
    coordinator ??= await cluster.findGroupCoordinator({ groupId });
    try {
      return await request(coordinator);
    } catch (error) {
      coordinator = undefined;
      throw error;
    }
  };
  const ask = <T>(request: (coordinator: Broker) => Promise<T>): Promise<T> =>
    askCluster(() => askOnce(request));
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);

  const waitUntilEmpty = async (signal: AbortSignal, onWait: (ms: number) => void): Promise<void> => {
    const deadline = Date.now() + EXPIRY_MS;
    for (let waiting = false; ; waiting = true) {
      const { groups } = await ask((broker) => broker.describeGroups({ groupIds: [groupId] }));
      if (groups.every(({ members }) => members.length === 0)) return;
      if (Date.now() > deadline) throw busy(groupId);
      if (!waiting) onWait(EXPIRY_MS);
      await sleep(POLL_MS, undefined, { signal });
    }
  };

  const join = async (): Promise<Membership> => {
    const joined = await ask((broker) =>
      broker.joinGroup({
        groupId,
        sessionTimeout: SESSION_TIMEOUT_MS,
        rebalanceTimeout: SESSION_TIMEOUT_MS,
        memberId: '',
        groupProtocols: groupProtocols(topic),
      }),
    );
    const { memberId, generationId: groupGenerationId, members } = joined;
    const member = { groupId, groupGenerationId, memberId };
    const leave = async (): Promise<void> => {
      const leaving = askOnce((broker) => broker.leaveGroup(member)).catch((error: unknown) => {
        log.debug('The consumer group could not be left', { error });
      });
      // Without an answer the session expires by itself.
      await Promise.race([leaving, sleep(LEAVE_MS, undefined, { ref: false })]);
    };
    if (joined.leaderId !== memberId || members.length !== 1) {
      await leave();
      throw busy(groupId);
    }
    await ask((broker) =>
      broker.syncGroup({
        groupId,
        generationId: groupGenerationId,
        memberId,
        groupAssignment: assignPartitions(joined.groupProtocol, members, () => partitions.length),
      }),
    );

    const lost = new AbortController();
    const left = new AbortController();
    const beat = async (): Promise<void> => {
      while (!left.signal.aborted) {
        await sleep(HEARTBEAT_INTERVAL_MS, undefined, { signal: left.signal });
        try {
          await askOnce((broker) => broker.heartbeat(member));
        } catch (error) {
          // Anything else the next heartbeat may mend; if not, the next commit is refused.
          if (expulsions.has(errorCodeOf(kafkaFailure(error, connection)))) return lost.abort();
        }
      }
    };
    void beat().catch(() => {});
    return {
      lost: lost.signal,
      commit: async (partition, { offset, metadata }) => {
        const topics = [{ topic, partitions: [{ partition, offset: String(offset), metadata }] }];
        await ask((broker) => broker.offsetCommit({ ...member, topics }));
      },
      leave: async () => {
        left.abort();
        await leave();
      },
    };
  };

  return {
    committed: async () => {
      const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
      const { responses } = await ask((broker) => broker.offsetFetch({ groupId, topics }));
      const fetched = responses.flatMap((response) => response.partitions);
      return new Map(
        fetched
          .filter(({ offset }) => Number(offset) >= 0)
          .map(({ partition, offset, metadata }) => [
            partition,
            { offset: Number(offset), metadata: metadata ?? '' },
          ]),
      );
    },
    join: async ({ signal, onWait }) => {
      await waitUntilEmpty(signal, onWait);
      return join();
    },
    disconnect,
  };
}

function busy(groupId: string): Error {
  return new Error(`The consumer group ${groupId} has a member at work already: let it finish, or stop it`);
}
