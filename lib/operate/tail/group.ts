import { errorMessage } from '../../errors.ts';
import type { ConnectionOptions } from '../../kafka/client/connection.ts';
import { KafkaFailure } from '../../kafka/kafka-failure.ts';
import { aborted } from '../../kafka/reading/abort.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import {
  type Assignment,
  type ConsumerHandler,
  type ReceivedRecords,
  startConsumer,
} from '../../kafka/reading/consumer.ts';
import type { PartitionOffsets } from '../../kafka/reading/topic-reader.ts';
import type { Log } from '../../log.ts';

/** What other members wait for when the group rebalances: one commit. */
const MAX_WORK_MS = 5_000;
const COMMIT_INTERVAL_MS = 1_000;

export interface GroupReading {
  readonly connection: ConnectionOptions;
  readonly groupId: string;
  readonly topic: string;
  /** By partition, where a partition begins of which the group has committed nothing. */
  readonly start: PartitionOffsets;
  /** Takes a record; returns whether more are wanted. */
  readonly take: (record: ConsumedRecord) => boolean;
  readonly note: (text: string) => void;
  readonly problem: (text: string) => void;
  readonly log: Log;
  /** Aborted to leave the group. */
  readonly signal: AbortSignal;
}

/**
 * Reads a topic as a member of a consumer group, and commits what was taken. Resolves when no more is wanted, after the last
 * commit.
 *
 * @throws KafkaFailure when the cluster does not let this client into the group
 */
export async function readInGroup(reading: GroupReading): Promise<void> {
  const { connection, groupId, topic, log, signal } = reading;
  const member = new Member(reading);
  const consumer = startConsumer({
    connection,
    groupId,
    topic,
    log,
    maxWorkMs: MAX_WORK_MS,
    handler: member,
  });
  // The connections of a consumer do not keep a process alive; this does.
  const commits = setInterval(() => void member.commit(), COMMIT_INTERVAL_MS);
  try {
    await Promise.race([member.done, aborted(signal)]);
  } finally {
    clearInterval(commits);
    await consumer.stop();
  }
}

class Member implements ConsumerHandler {
  /** Resolves when no more is wanted. */
  readonly done: Promise<void>;
  readonly #reading: GroupReading;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #assignment: Assignment | undefined;
  /** The next offset to read, by partition. */
  #taken = new Map<number, number>();
  #committing: Promise<void> = Promise.resolve();
  #isFull = false;
  #lastProblem = '';

  constructor(reading: GroupReading) {
    this.#reading = reading;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  assigned(assignment: Assignment): void {
    const { groupId, topic, start, note } = this.#reading;
    this.#assignment = assignment;
    this.#taken = new Map();
    const partitions = [...assignment.committed.keys()];
    note(
      `${groupId}: reads ${partitions.map((partition) => `${topic}/${partition}`).join(', ') || 'nothing: other members have all partitions'}`,
    );
    for (const [partition, committed] of assignment.committed) {
      assignment.readFrom(partition, committed ?? start.get(partition) ?? 0);
    }
  }

  wants(): boolean {
    return !this.#isFull;
  }

  received(partition: number, { records, unreadable, nextOffset }: ReceivedRecords): void {
    for (const { firstOffset, lastOffset, reason } of unreadable) {
      const { topic, problem } = this.#reading;
      problem(`${topic}/${partition} cannot be read at offsets ${firstOffset} to ${lastOffset}: ${reason}`);
    }
    for (const record of records) {
      if (this.#isFull) return;
      this.#taken.set(partition, record.offset + 1);
      if (!this.#reading.take(record)) {
        this.#isFull = true;
        this.#resolve();
      }
    }
    if (!this.#isFull) this.#taken.set(partition, nextOffset);
  }

  async revoked(): Promise<void> {
    await this.commit();
    this.#assignment = undefined;
  }

  failed(error: unknown): void {
    if (error instanceof KafkaFailure && error.kind === 'unauthorized') {
      this.#reject(error);
      return;
    }
    const problem = errorMessage(error);
    if (problem !== this.#lastProblem) this.#reading.problem(problem);
    this.#lastProblem = problem;
  }

  /** Commits what was taken since the last time. A commit that fails is made up for by the next one. */
  commit(): Promise<void> {
    this.#committing = this.#committing.then(async () => {
      const offsets = this.#taken;
      if (this.#assignment === undefined || offsets.size === 0) return;
      this.#taken = new Map();
      await this.#assignment.commit(offsets).catch((error: unknown) => {
        this.#taken = new Map([...offsets, ...this.#taken]);
        this.failed(error);
      });
    });
    return this.#committing;
  }
}
