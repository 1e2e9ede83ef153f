import type { ConsumedRecord } from './consumed-record.ts';
import type { UnreadableBatch } from './record-batch.ts';

/** The partitions of one generation of the group, until the next rebalance. */
export interface Assignment {
  readonly memberId: string;
  readonly generation: number;
  /** Partitions of the topic, of all members. */
  readonly partitionCount: number;
  /** Committed offset of each assigned partition, which the partition has; undefined when the group has none. */
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
  /** In offset order. */
  readonly records: readonly ConsumedRecord[];
  /** Batches between them that nobody can read, in offset order: their records are lost to every consumer. */
  readonly unreadable: readonly UnreadableBatch[];
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
  /**
   * Takes what was fetched of one partition. When it throws, nothing was taken: the same records come again, and no others
   * of this partition before them.
   */
  received(partition: number, received: ReceivedRecords): void;
  /**
   * The assignment ends. The member rejoins when the promise resolves, so that no other consumer reads what is still
   * worked on here; offsets can be committed until then.
   */
  revoked(): Promise<void>;
  /** Something failed; the consumer goes on by itself. */
  failed(error: unknown): void;
}
