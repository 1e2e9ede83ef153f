import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { connectCluster } from './cluster-connection.ts';
import {
  GroupProtocol,
  LONGEST_SESSION_MS,
  type Member,
  type OffsetAndMetadata,
  OUTSIDE_OF_GROUP,
} from './group-protocol.ts';
import type { PartitionOffsets } from './topic-reader.ts';

/** Apache Kafka, "Broker configs": the least that group.min.session.timeout.ms allows. A member that dies is missed after this. */
const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 2_000;
/** Until when a member that was killed, here or as a consumer of the local run, is certainly gone. */
const EXPIRY_MS = LONGEST_SESSION_MS + 3_000;
const POLL_MS = 200;
const LEAVE_MS = 2_000;

/** The committed offsets of a consumer group for one topic, kept by its only member. */
export interface ConsumerGroup {
  /** What is committed; partitions without a commit are absent. Neither joins nor creates the group. */
  readonly committed: () => Promise<ReadonlyMap<number, OffsetAndMetadata>>;
  /**
   * Joins as the only member. A member that was killed is waited for until its session has expired.
   *
   * @param options - `signal` ends the wait; `onWait` is told when there is one, with its length at most (ms)
   * @throws Error when the group has another member
   */
  readonly join: (options: { signal: AbortSignal; onWait: (ms: number) => void }) => Promise<Membership>;
  readonly memberCount: () => Promise<number>;
  /**
   * Commits offsets from outside of the group.
   *
   * @throws KafkaFailure `UNKNOWN_MEMBER_ID` when the group has a member
   */
  readonly reset: (offsets: PartitionOffsets) => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

/** The right to commit offsets, until it is left or lost. */
export interface Membership {
  /** Aborted when somebody else has joined or the session has expired. */
  readonly lost: AbortSignal;
  /** @throws KafkaFailure when the cluster did not acknowledge the commit */
  readonly commit: (partition: number, committed: OffsetAndMetadata) => Promise<void>;
  readonly leave: () => Promise<void>;
}

/**
 * Connects to the coordinator of a group.
 *
 * @throws KafkaFailure; ServiceError `configuration_error` when there is no such topic
 */
export async function connectConsumerGroup(
  connection: ConnectionOptions,
  { groupId, topic }: { groupId: string; topic: string },
  log: Log,
): Promise<ConsumerGroup> {
  const { cluster, ask, disconnect } = await connectCluster(connection, topic, log);
  const group = new GroupProtocol({ cluster, connection, groupId, topic });

  const waitUntilEmpty = async (signal: AbortSignal, onWait: (ms: number) => void): Promise<void> => {
    const deadline = Date.now() + EXPIRY_MS;
    for (let waiting = false; ; waiting = true) {
      if ((await ask(() => group.memberCount())) === 0) return;
      if (Date.now() > deadline) throw busy(groupId);
      if (!waiting) onWait(EXPIRY_MS);
      await sleep(POLL_MS, undefined, { signal });
    }
  };

  const leave = async (member: Member): Promise<void> => {
    const leaving = group.leave(member).catch((error: unknown) => {
      log.debug('the consumer group could not be left', { error });
    });
    // Without an answer the session expires by itself.
    await Promise.race([leaving, sleep(LEAVE_MS, undefined, { ref: false })]);
  };

  const join = async (): Promise<Membership> => {
    const timeouts = { sessionMs: SESSION_TIMEOUT_MS, rebalanceMs: SESSION_TIMEOUT_MS };
    const { member } = await ask(() => group.join(timeouts));
    if (!member.isLeader || member.members !== 1) {
      await leave(member);
      throw busy(groupId);
    }
    const lost = new AbortController();
    const left = new AbortController();
    const beat = async (): Promise<void> => {
      for (;;) {
        await sleep(HEARTBEAT_INTERVAL_MS, undefined, { signal: left.signal });
        // Where there is no answer, the next heartbeat may get one; if not, the next commit is refused.
        const outside = await group.heartbeat(member).catch(() => undefined);
        if (outside !== undefined) return lost.abort();
      }
    };
    beat().catch(() => {});
    return {
      lost: lost.signal,
      commit: (partition, committed) => ask(() => group.commit(member, new Map([[partition, committed]]))),
      leave: () => {
        left.abort();
        return leave(member);
      },
    };
  };

  return {
    committed: () => {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      return ask(() => group.committed(partitions));
    },
    join: async ({ signal, onWait }) => {
      await waitUntilEmpty(signal, onWait);
      return join();
    },
    memberCount: () => ask(() => group.memberCount()),
    reset: (offsets) => {
      const committed = [...offsets].map(
        ([partition, offset]) => [partition, { offset, metadata: '' }] as const,
      );
      return ask(() => group.commit(OUTSIDE_OF_GROUP, new Map(committed)));
    },
    disconnect,
  };
}

function busy(groupId: string): Error {
  return new Error(`The consumer group ${groupId} has a member at work already: let it finish, or stop it`);
}
