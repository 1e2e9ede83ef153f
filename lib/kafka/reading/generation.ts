import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Cluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import { pause } from './abort.ts';
import type { Assignment, ConsumerHandler } from './consumer-handler.ts';
import { Fetcher } from './fetcher.ts';
import type { GroupProtocol, Member, Outside } from './group-protocol.ts';
import { beatUntilOutside, beatWhileFinishing } from './heartbeats.ts';
import { fetchOffsets } from './partition-bounds.ts';
import type { WakeUp } from './wake-up.ts';

/** How long a consumer that stops waits for work in flight, and for the coordinator. */
const STOP_TIMEOUT_MS = 3_000;
const LEAVE_TIMEOUT_MS = 1_000;

export interface GenerationOptions {
  readonly cluster: Cluster;
  readonly connection: ConnectionOptions;
  readonly group: GroupProtocol;
  readonly member: Member;
  readonly topic: string;
  /** By assigned partition. */
  readonly committed: ReadonlyMap<number, number | undefined>;
  /** How long work may go on when the group rebalances, in milliseconds. */
  readonly maxWorkMs: number;
  readonly handler: ConsumerHandler;
  readonly wakeUp: WakeUp;
  readonly log: Log;
}

/** The time between two rebalances, of one member. */
export class Generation implements Assignment {
  readonly memberId: string;
  readonly generation: number;
  readonly committed: ReadonlyMap<number, number | undefined>;
  readonly ended: AbortSignal;
  readonly partitionCount: number;
  readonly #options: GenerationOptions;
  readonly #fetcher: Fetcher;
  /** Aborted when reading must end. */
  readonly #reading = new AbortController();
  /** Aborted when commits are no longer allowed. */
  readonly #membership = new AbortController();

  constructor(options: GenerationOptions) {
    const { cluster, topic, member, committed } = options;
    this.#options = options;
    this.memberId = member.memberId;
    this.generation = member.generation;
    this.committed = committed;
    this.ended = this.#membership.signal;
    this.partitionCount = cluster.findTopicPartitionMetadata(topic).length;
    this.#fetcher = new Fetcher({
      ...options,
      partitions: [...committed.keys()],
      reading: this.#reading.signal,
    });
  }

  readFrom(partition: number, offset: number): void {
    this.#fetcher.readFrom(partition, offset);
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (this.ended.aborted) throw new Error('The partitions belong to another generation by now');
    const { group, member } = this.#options;
    await group.commit(member, new Map([...offsets].map(([partition, offset]) => [partition, { offset }])));
  }

  async endOffsets(): Promise<ReadonlyMap<number, number>> {
    const { cluster, connection, topic } = this.#options;
    return fetchOffsets(cluster, topic, [...this.committed.keys()], { fromBeginning: false }).catch(
      (thrown: unknown) => {
        throw kafkaFailure(thrown, connection);
      },
    );
  }

  /**
   * Reads until the generation ends.
   *
   * @param stopped - resolves when the consumer is to leave the group
   * @returns why it ended
   * @throws Error when the cluster cannot be reached
   */
  async run(stopped: Promise<void>): Promise<Outside | 'stopped'> {
    const { handler, group, member } = this.#options;
    handler.assigned(this);
    const heartbeats = beatUntilOutside(group, member, this.#reading.signal, () =>
      this.#hasOtherPartitions(),
    );
    const fetches = this.#fetcher.run().then(() => 'rebalance' as const);
    let end: Outside | 'stopped';
    try {
      end = await Promise.race([heartbeats, fetches, stopped.then(() => 'stopped' as const)]);
    } catch (error) {
      this.#end();
      void handler.revoked();
      throw error;
    }
    await this.#finish(end);
    return end;
  }

  /** Waits for work in flight, as long as this member keeps its place in the group. */
  async #finish(end: Outside | 'stopped'): Promise<void> {
    const { handler, group, member, maxWorkMs, wakeUp } = this.#options;
    this.#reading.abort();
    wakeUp.ring();
    const isMember = end === 'rebalance' || end === 'stopped';
    if (!isMember) this.#membership.abort();
    const revoked = handler.revoked();
    if (isMember) {
      const tooLate = pause(end === 'stopped' ? STOP_TIMEOUT_MS : maxWorkMs, this.ended);
      // A heartbeat that fails in the meantime ends the membership and the wait.
      await Promise.race([revoked, tooLate, beatWhileFinishing(group, member, this.ended)]);
    }
    this.#end();
    if (end === 'stopped') {
      await Promise.race([this.#leave(), sleep(LEAVE_TIMEOUT_MS, undefined, { ref: false })]);
    }
  }

  #end(): void {
    this.#reading.abort();
    this.#membership.abort();
    this.#options.wakeUp.ring();
  }

  async #leave(): Promise<void> {
    const { group, member, log } = this.#options;
    await group.leave(member).catch((error: unknown) => {
      log.debug('the consumer could not leave its group', { error });
    });
  }

  /** Only the leader assigns them. */
  async #hasOtherPartitions(): Promise<boolean> {
    const { cluster, member, topic } = this.#options;
    if (!member.isLeader) return false;
    await cluster.refreshMetadataIfNecessary();
    return cluster.findTopicPartitionMetadata(topic).length !== this.partitionCount;
  }
}
