import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../errors.ts';
import type { Broker, Cluster } from '../client/cluster.ts';
import { kafkaFailure } from '../client/failure.ts';
import { KafkaFailure } from '../kafka-failure.ts';
import { aborted, pause } from './abort.ts';
import type { Assignment, ConsumerOptions } from './consumer.ts';
import { type FetchedPartition, type FetchPosition, fetchPartitions } from './fetch.ts';
import {
  assignedPartitions,
  assignPartitions,
  groupProtocols,
  subscribedTopics,
} from './partition-assignment.ts';
import { type DecodedBatches, decodeBatches } from './record-batch.ts';
import type { WakeUp } from './wake-up.ts';

/** Apache Kafka, "Broker configs": group.min.session.timeout.ms is 6 s. A consumer that dies is noticed after this. */
const SESSION_TIMEOUT_MS = 10_000;
/** Also how soon a member notices that another one joins. */
const HEARTBEAT_INTERVAL_MS = 1_000;
/** Of the time that the coordinator waits for members, what is left for joining itself. */
const REJOIN_MARGIN_MS = 5_000;
/** A consumer that stops waits no longer than this for what is in flight, and than that for the coordinator. */
const STOP_TIMEOUT_MS = 3_000;
const LEAVE_TIMEOUT_MS = 1_000;
/** A partition that asks for records during a fetch of others waits this long at most. */
const FETCH_MAX_WAIT_MS = 200;
/** Apache Kafka, "Consumer configs": defaults of max.partition.fetch.bytes and, a fifth of it, fetch.max.bytes. */
const FETCH_BYTES_PER_PARTITION = 1_048_576;
const FETCH_BYTES = 10 * 1_048_576;
/** Wait before a partition or broker that failed is fetched from again. */
const FETCH_BACKOFF_MS = { first: 100, longest: 5_000 };

const OFFSET_OUT_OF_RANGE = 1;

/**
 * Why a member is not, or no longer, part of a generation: the group rebalances, it has done so without the member, or
 * the coordinator does not know the member at all.
 */
export type Outside = 'rebalance' | 'lost' | 'unknown';

function outside(error: unknown): Outside | undefined {
  if (!(error instanceof KafkaFailure)) return undefined;
  switch (error.errorCode) {
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

/**
 * Joins the group and learns what is assigned.
 *
 * @param memberId - of the generation before; empty for none
 * @returns the generation, or why the member did not get into it
 * @throws Error when the cluster cannot be reached or refuses
 */
export async function joinGroup(
  cluster: Cluster,
  memberId: string,
  options: ConsumerOptions,
  wakeUp: WakeUp,
): Promise<Generation | Outside> {
  const { groupId, topic, maxWorkMs } = options;
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const joined = await coordinator.joinGroup({
      groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: maxWorkMs + REJOIN_MARGIN_MS,
      memberId,
      groupProtocols: groupProtocols(topic),
    });
    const isLeader = joined.leaderId === joined.memberId;
    if (isLeader) await cluster.addMultipleTargetTopics(subscribedTopics(joined.members));
    await cluster.refreshMetadata();
    const partitionCount = (name: string): number => cluster.findTopicPartitionMetadata(name).length;
    const { memberAssignment } = await coordinator.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: isLeader ? assignPartitions(joined.groupProtocol, joined.members, partitionCount) : [],
    });
    const partitions = assignedPartitions(memberAssignment, topic);
    return new Generation({
      cluster,
      coordinatorId: String(coordinator.nodeId),
      memberId: joined.memberId,
      generation: joined.generationId,
      isLeader,
      committed: await committedOffsets(coordinator, groupId, topic, partitions),
      options,
      wakeUp,
    });
  } catch (error) {
    const reason = outside(kafkaFailure(error, options.connection));
    if (reason === undefined) throw error;
    return reason;
  }
}

async function committedOffsets(
  coordinator: Broker,
  groupId: string,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, number | undefined>> {
  if (partitions.length === 0) return new Map();
  const { responses } = await coordinator.offsetFetch({
    groupId,
    topics: [{ topic, partitions: partitions.map((partition) => ({ partition })) }],
  });
  const fetched = responses.flatMap((response) => (response.topic === topic ? response.partitions : []));
  return new Map(
    fetched.map(({ partition, offset }) => [partition, Number(offset) < 0 ? undefined : Number(offset)]),
  );
}

interface GenerationOptions {
  readonly cluster: Cluster;
  readonly coordinatorId: string;
  readonly memberId: string;
  readonly generation: number;
  readonly isLeader: boolean;
  readonly committed: ReadonlyMap<number, number | undefined>;
  readonly options: ConsumerOptions;
  readonly wakeUp: WakeUp;
}

/** The time between two rebalances: what is assigned, how far it is read, and the two loops that keep it going. */
export class Generation implements Assignment {
  readonly memberId: string;
  readonly generation: number;
  readonly committed: ReadonlyMap<number, number | undefined>;
  readonly ended: AbortSignal;
  readonly partitionCount: number;
  readonly #cluster: Cluster;
  readonly #coordinatorId: string;
  readonly #isLeader: boolean;
  readonly #options: ConsumerOptions;
  readonly #wakeUp: WakeUp;
  readonly #positions = new Map<number, number>();
  /** Aborted when reading must end. */
  readonly #reading = new AbortController();
  readonly #readingEnded = aborted(this.#reading.signal);
  /** Aborted when nothing may be committed any more. */
  readonly #membership = new AbortController();
  /** Partitions whose records cannot be decoded, and when they are tried again, ms since 1970. */
  readonly #undecodable = new Map<number, number>();

  constructor(generation: GenerationOptions) {
    this.ended = this.#membership.signal;
    this.memberId = generation.memberId;
    this.generation = generation.generation;
    this.committed = generation.committed;
    this.#cluster = generation.cluster;
    this.#coordinatorId = generation.coordinatorId;
    this.#isLeader = generation.isLeader;
    this.#options = generation.options;
    this.#wakeUp = generation.wakeUp;
    this.partitionCount = generation.cluster.findTopicPartitionMetadata(generation.options.topic).length;
  }

  readFrom(partition: number, offset: number): void {
    if (!this.committed.has(partition)) return;
    this.#positions.set(partition, offset);
    this.#wakeUp.ring();
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (this.#membership.signal.aborted)
      throw new Error('The partitions belong to another generation by now');
    const { groupId, topic } = this.#options;
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    const coordinator = await this.#coordinator();
    await coordinator.offsetCommit({
      groupId,
      groupGenerationId: this.generation,
      memberId: this.memberId,
      topics: [{ topic, partitions }],
    });
  }

  async endOffsets(): Promise<ReadonlyMap<number, number>> {
    const partitions = [...this.committed.keys()].map((partition) => ({ partition }));
    if (partitions.length === 0) return new Map();
    const { topic } = this.#options;
    const topics = await this.#cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }]);
    const offsets = topics.flatMap((answer) => answer.partitions);
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /**
   * Reads until the generation ends.
   *
   * @param stopped - resolves when the consumer is to leave the group
   * @returns why it ended
   * @throws Error when the cluster cannot be reached
   */
  async run(stopped: Promise<void>): Promise<Outside | 'stopped'> {
    const { handler } = this.#options;
    handler.assigned(this);
    const heartbeats = this.#heartbeat();
    const fetches = this.#fetch();
    let end: Outside | 'stopped';
    try {
      end = await Promise.race([heartbeats, fetches, stopped.then(() => 'stopped' as const)]);
    } catch (error) {
      this.#end();
      void handler.revoked();
      throw error;
    }

    this.#reading.abort();
    this.#wakeUp.ring();
    const isMember = end === 'rebalance' || end === 'stopped';
    if (!isMember) this.#membership.abort();
    const revoked = handler.revoked();
    if (isMember) {
      const limit = end === 'stopped' ? STOP_TIMEOUT_MS : this.#options.maxWorkMs;
      const tooLate = pause(limit, this.#membership.signal);
      // A heartbeat that fails meanwhile ends the membership, and with it the wait.
      await Promise.race([revoked, tooLate, this.#heartbeatWhileFinishing()]);
    }
    this.#end();
    if (end === 'stopped')
      await Promise.race([this.#leave(), sleep(LEAVE_TIMEOUT_MS, undefined, { ref: false })]);
    return end;
  }

  #end(): void {
    this.#reading.abort();
    this.#membership.abort();
    this.#wakeUp.ring();
  }

  async #leave(): Promise<void> {
    try {
      const coordinator = await this.#coordinator();
      await coordinator.leaveGroup({ groupId: this.#options.groupId, memberId: this.memberId });
    } catch (error) {
      this.#options.log.debug('The consumer could not leave its group', { error });
    }
  }

  #coordinator(): Promise<Broker> {
    return this.#cluster.findBroker({ nodeId: this.#coordinatorId });
  }

  async #beat(): Promise<Outside | undefined> {
    try {
      const coordinator = await this.#coordinator();
      await coordinator.heartbeat({
        groupId: this.#options.groupId,
        groupGenerationId: this.generation,
        memberId: this.memberId,
      });
      return undefined;
    } catch (error) {
      const reason = outside(kafkaFailure(error, this.#options.connection));
      if (reason === undefined) throw error;
      return reason;
    }
  }

  async #heartbeat(): Promise<Outside> {
    const reading = this.#reading.signal;
    for (;;) {
      await pause(HEARTBEAT_INTERVAL_MS, reading);
      if (reading.aborted) return 'rebalance';
      const reason = await this.#beat();
      if (reason !== undefined) return reason;
      if (this.#isLeader && (await this.#hasOtherPartitions())) return 'rebalance';
    }
  }

  /** Ends when the coordinator has given the member up. A rebalance in progress is known already. */
  async #heartbeatWhileFinishing(): Promise<void> {
    const membership = this.#membership.signal;
    for (;;) {
      await pause(HEARTBEAT_INTERVAL_MS, membership);
      if (membership.aborted) return;
      const reason = await this.#beat().catch(() => 'lost' as const);
      if (reason === 'lost' || reason === 'unknown') return;
    }
  }

  async #hasOtherPartitions(): Promise<boolean> {
    await this.#cluster.refreshMetadataIfNecessary();
    return this.#cluster.findTopicPartitionMetadata(this.#options.topic).length !== this.partitionCount;
  }

  /** One loop per leader, so that a quiet broker does not hold up a busy one. */
  async #fetch(): Promise<Outside> {
    const reading = this.#reading.signal;
    let backoff = FETCH_BACKOFF_MS.first;
    while (!reading.aborted) {
      const round = new AbortController();
      const leaders = this.#cluster.findLeaderForPartitions(this.#options.topic, [...this.committed.keys()]);
      const loops = Object.entries(leaders).map(([nodeId, partitions]) =>
        this.#fetchFrom(nodeId, partitions, round.signal),
      );
      const begun = Date.now();
      try {
        await Promise.all([...loops, this.#readingEnded]);
      } catch (error) {
        if (reading.aborted) break;
        round.abort();
        this.#wakeUp.ring();
        await Promise.allSettled(loops);
        this.#options.handler.failed(kafkaFailure(error, this.#options.connection));
        const isLasting = Date.now() - begun < FETCH_BACKOFF_MS.longest;
        backoff = isLasting ? Math.min(backoff * 2, FETCH_BACKOFF_MS.longest) : FETCH_BACKOFF_MS.first;
        await pause(backoff, reading);
        await this.#cluster.refreshMetadata();
      }
    }
    return 'rebalance';
  }

  async #fetchFrom(nodeId: string, partitions: readonly number[], round: AbortSignal): Promise<void> {
    const { topic } = this.#options;
    const reading = this.#reading.signal;
    for (let turn = 0; !reading.aborted && !round.aborted; turn++) {
      const woken = this.#wakeUp.wait();
      const wanted = this.#wanted(partitions);
      if (wanted.length === 0) {
        await woken;
        continue;
      }
      const broker = await this.#cluster.findBroker({ nodeId });
      // A batch over the size limits is answered only for the first partition that has records: all get their turn.
      const first = turn % wanted.length;
      const fetched = await fetchPartitions(
        broker,
        topic,
        [...wanted.slice(first), ...wanted.slice(0, first)],
        {
          maxWaitMs: FETCH_MAX_WAIT_MS,
          maxBytes: FETCH_BYTES,
          maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
        },
      );
      if (reading.aborted || round.aborted) return;
      for (const answer of fetched) await this.#receive(answer);
    }
  }

  #wanted(partitions: readonly number[]): FetchPosition[] {
    return partitions.flatMap((partition) => {
      const offset = this.#positions.get(partition);
      const isHeld = (this.#undecodable.get(partition) ?? 0) > Date.now();
      return offset !== undefined && !isHeld && this.#options.handler.wants(partition)
        ? [{ partition, offset }]
        : [];
    });
  }

  async #receive(answer: FetchedPartition): Promise<void> {
    const { handler, topic, log } = this.#options;
    const { partition, errorCode } = answer;
    const offset = this.#positions.get(partition);
    if (offset === undefined) return;
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      const earliest = await firstOffset(this.#cluster, topic, partition);
      log.warn('The offset to read from is no longer in the topic: reading goes on at the earliest', {
        topic,
        partition,
        offset,
        earliest,
      });
      this.#positions.set(partition, earliest);
      return;
    }
    if (errorCode !== 0) throw new FetchError(topic, partition, errorCode);
    if (answer.recordSet.length === 0) {
      handler.received(partition, { records: [], nextOffset: offset, endOffset: answer.highWatermark });
      return;
    }
    let decoded: DecodedBatches;
    try {
      decoded = decodeBatches(answer.recordSet, {
        partition,
        offset,
        abortedTransactions: answer.abortedTransactions,
      });
    } catch (error) {
      this.#holdBack(partition, error);
      return;
    }
    this.#positions.set(partition, decoded.nextOffset);
    handler.received(partition, { ...decoded, endOffset: answer.highWatermark });
  }

  /** Records that cannot be decoded hold up their own partition and no other. */
  #holdBack(partition: number, error: unknown): void {
    const { handler, topic } = this.#options;
    this.#undecodable.set(partition, Date.now() + FETCH_BACKOFF_MS.longest);
    setTimeout(() => this.#wakeUp.ring(), FETCH_BACKOFF_MS.longest).unref();
    const offset = this.#positions.get(partition);
    handler.failed(
      new Error(`${topic}/${partition} cannot be decoded at offset ${offset}: ${errorMessage(error)}`),
    );
  }
}

/** A broker refused to read a partition. */
class FetchError extends Error {
  override readonly name = 'FetchError';

  constructor(topic: string, partition: number, errorCode: number) {
    super(`${topic}/${partition} cannot be read: Kafka error code ${errorCode}`);
  }
}

async function firstOffset(cluster: Cluster, topic: string, partition: number): Promise<number> {
  const topics = await cluster.fetchTopicsOffset([
    { topic, partitions: [{ partition }], fromBeginning: true },
  ]);
  return Number(topics[0]?.partitions[0]?.offset ?? 0);
}
