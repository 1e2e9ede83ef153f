import type { ConsumedRecord } from './consumed-record.ts';
import type { UnreadableBatch } from './decode-batches.ts';

/** The partitions of one generation of the group, until the next rebalance. */
export interface Assignment {
  readonly memberId: string;
  readonly generation: number;
  /** Partitions of the topic, of all members. */
  readonly partitionCount: number;
  /** Committed offset of each assigned partition, within its log; undefined when the group has none. */
  readonly committed: ReadonlyMap<number, number | undefined>;
  /** Aborted when the partitions belong to others and commits are no longer possible. */
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
   * Current end offset of each assigned partition.
   *
   * @throws Error when the cluster cannot be reached
   */
  endOffsets(): Promise<ReadonlyMap<number, number>>;
}

/** The result of a fetch for one partition. */
export interface ReceivedRecords {
  /** In offset order. */
  readonly records: readonly ConsumedRecord[];
  /** Batches between them that cannot be read, in offset order: their records are lost to every consumer. */
  readonly unreadable: readonly UnreadableBatch[];
  /** Next offset to read: after the last record, and after anything that follows it and is not for consumers. */
  readonly nextOffset: number;
  /** End offset of the partition. */
  readonly endOffset: number;
}

/** Receives the events of a member of a consumer group. */
export interface ConsumerHandler {
  /** Partitions of a new generation; nothing is read of them before `readFrom`. */
  assigned(assignment: Assignment): void;
  /** Back-pressure: whether a partition takes more records. Call `wake` when that changes to true. */
  wants(partition: number): boolean;
  /**
   * Takes the fetched records of one partition. When it throws, nothing was taken: the same records come again before any
   * others of this partition.
   */
  received(partition: number, received: ReceivedRecords): void;
  /**
   * The assignment ends. The member rejoins when the promise resolves, so that no other consumer reads records that are
   * still being processed here; offsets can be committed until then.
   */
  revoked(): Promise<void>;
  /** Something failed; the consumer recovers by itself. */
  failed(error: unknown): void;
}
