import type { Log } from '../../log.ts';
import { openCluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import { aborted, pause } from './abort.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { joinGroup } from './group-generation.ts';
import { WakeUp } from './wake-up.ts';

/** How soon new partitions of the topic are noticed. */
const METADATA_MAX_AGE_MS = 30_000;
const RECONNECT_BACKOFF_MS = { first: 100, longest: 5_000 };

/** The partitions of one generation of the group, until the next rebalance. */
export interface Assignment {
  readonly memberId: string;
  readonly generation: number;
  /** Partitions of the topic, assigned to whomever. */
  readonly partitionCount: number;
  /** Committed offset of each assigned partition; undefined when the group has none. */
  readonly committed: ReadonlyMap<number, number | undefined>;
  /** Aborted when the partitions belong to others and nothing can be committed any more. */
  readonly ended: AbortSignal;
  /** Starts reading a partition at an offset. */
  readFrom(partition: number, offset: number): void;
  /**
   * Commits the offset of the next record to read, per partition.
   *
   * @throws Error when the assignment has ended or the coordinator refuses
   */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /**
   * Offset behind the last record of each assigned partition, by now.
   *
   * @throws Error when the cluster cannot be reached
   */
  endOffsets(): Promise<ReadonlyMap<number, number>>;
}

/** What a fetch gave for one partition. */
export interface ReceivedRecords {
  readonly records: readonly ConsumedRecord[];
  /** Where reading goes on: behind the last record and whatever follows it that is not for consumers. */
  readonly nextOffset: number;
  /** Offset behind the last record of the partition. */
  readonly endOffset: number;
}

/** Follows what happens to a member of a consumer group. */
export interface ConsumerHandler {
  /** Partitions of a new generation; nothing is read of them before `readFrom`. */
  assigned(assignment: Assignment): void;
  /** Back-pressure: whether a partition takes more records. Call `wake` when that changes to true. */
  wants(partition: number): boolean;
  /** Records of one partition, in offset order. */
  received(partition: number, received: ReceivedRecords): void;
  /**
   * The assignment ends. The member rejoins when the promise resolves, so that no other consumer reads what is still
   * worked on here; offsets can be committed until then.
   */
  revoked(): Promise<void>;
  /** Something failed; the consumer goes on by itself. */
  failed(error: unknown): void;
}

/** A running member of a consumer group. */
export interface GroupConsumer {
  /** Tells that a partition wants records again. */
  wake(): void;
  /** Ends the assignment, leaves the group and disconnects. */
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly connection: ConnectionOptions;
  readonly groupId: string;
  readonly topic: string;
  /**
   * How long other members wait, when the group rebalances, for this one to finish its work, in milliseconds. So long it
   * also takes until a member notices that its connection was lost, without a word, while it waits for others.
   */
  readonly maxWorkMs: number;
  readonly handler: ConsumerHandler;
  readonly log: Log;
}

/**
 * Joins a consumer group for one topic and reads what is assigned, until `stop`. Connection losses, broker restarts and
 * rebalances are dealt with inside: the handler sees the old assignment end and a new one begin.
 *
 * The group protocol is spoken here, on the connections of kafkajs, because the consumer of kafkajs rejoins at once when
 * a group rebalances: another member would then process the records that are still worked on.
 *
 * @see Apache Kafka, "Consumer rebalance protocol" (the classic one: KIP-62, KIP-394)
 */
export function startConsumer(options: ConsumerOptions): GroupConsumer {
  const stopping = new AbortController();
  const wakeUp = new WakeUp();
  const ended = stayInGroup(options, wakeUp, stopping.signal);
  return {
    wake: () => wakeUp.ring(),
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function stayInGroup(options: ConsumerOptions, wakeUp: WakeUp, stopping: AbortSignal): Promise<void> {
  const { connection, handler, topic, log } = options;
  const stopped = aborted(stopping);
  let memberId = '';
  let backoff = RECONNECT_BACKOFF_MS.first;
  while (!stopping.aborted) {
    const { cluster, close } = openCluster(connection, log, {
      retries: connection.brokers.length,
      metadataMaxAgeMs: METADATA_MAX_AGE_MS,
    });
    try {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      while (!stopping.aborted) {
        const joining = joinGroup(cluster, memberId, options, wakeUp);
        const generation = await Promise.race([joining, stopped]);
        if (generation === undefined) break;
        if (typeof generation === 'object') {
          memberId = generation.memberId;
          backoff = RECONNECT_BACKOFF_MS.first;
        }
        const end = typeof generation === 'object' ? await generation.run(stopped) : generation;
        if (end === 'unknown') memberId = '';
      }
    } catch (error) {
      handler.failed(kafkaFailure(error, connection));
      await pause(backoff, stopping);
      backoff = Math.min(backoff * 2, RECONNECT_BACKOFF_MS.longest);
    } finally {
      await close();
    }
  }
}
