import { setTimeout as sleep } from 'node:timers/promises';
import KafkajsCluster, { type Broker } from 'kafkajs/src/cluster/index.js';
import { KafkaJSProtocolError } from 'kafkajs/src/errors';
import { createLogger, LEVELS } from 'kafkajs/src/loggers';
import type { Log } from '../log.ts';
import type { ConnectionOptions } from './connection.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { type FetchedPartition, fetchPartitions } from './fetch.ts';
import {
  assignedPartitions,
  assignPartitions,
  groupProtocols,
  subscribedTopics,
} from './partition-assignment.ts';
import './quiet-request-queue.ts';
import { decodeBatches } from './record-batch.ts';
import { createSockets, type Sockets } from './sockets.ts';

/** Apache Kafka, "Broker configs": group.min.session.timeout.ms is 6 s. A consumer that dies is noticed after this. */
const SESSION_TIMEOUT_MS = 10_000;
/** Also how soon a member notices that another one joins. */
const HEARTBEAT_INTERVAL_MS = 1_000;
/** How long the coordinator waits for members that finish their work: the default of max.poll.interval.ms. */
const REBALANCE_TIMEOUT_MS = 300_000;
/** What is left of the rebalance timeout for joining itself. */
const REJOIN_MARGIN_MS = 5_000;
/** A partition that asks for records during a fetch of others waits this long at most. */
const FETCH_MAX_WAIT_MS = 200;
/** Apache Kafka, "Consumer configs": max.partition.fetch.bytes; twice of it cannot starve the others of 10 MB. */
const FETCH_BYTES_PER_PARTITION = 1_048_576;
const FETCH_BYTES = 10 * 1_048_576;
/** How soon new partitions of the topic are noticed. */
const METADATA_MAX_AGE_MS = 30_000;
const RECONNECT_BACKOFF_MS = { first: 100, longest: 5_000 };

const OFFSET_OUT_OF_RANGE = 1;

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
  const { handler, topic } = options;
  let memberId = '';
  let backoff = RECONNECT_BACKOFF_MS.first;
  while (!stopping.aborted) {
    const sockets = createSockets();
    const cluster = createCluster(options, sockets);
    try {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      while (!stopping.aborted) {
        const joining = joinGroup(cluster, memberId, options, wakeUp);
        const generation = await Promise.race([joining, aborted(stopping)]);
        if (generation === undefined) break;
        if (generation === 'rebalance') continue;
        if (generation === 'lost' || generation === 'unknown') {
          if (generation === 'unknown') memberId = '';
          continue;
        }
        memberId = generation.memberId;
        backoff = RECONNECT_BACKOFF_MS.first;
        if ((await generation.run(stopping)) === 'unknown') memberId = '';
      }
    } catch (error) {
      handler.failed(error);
      await pause(backoff, stopping);
      backoff = Math.min(backoff * 2, RECONNECT_BACKOFF_MS.longest);
    } finally {
      await sockets.destroy();
    }
  }
}

function createCluster({ connection, log }: ConsumerOptions, sockets: Sockets): KafkajsCluster {
  return new KafkajsCluster({
    ...connection,
    logger: createLogger({
      level: LEVELS.DEBUG,
      logCreator: () => (entry) => log.debug(entry.log.message, { logger: `kafkajs.${entry.namespace}` }),
    }),
    socketFactory: sockets.open,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    retry: { retries: connection.brokers.length, initialRetryTime: 50 },
  });
}

/**
 * Why a member is not, or no longer, part of a generation: the group rebalances, it has done so without the member, or
 * the coordinator does not know the member at all.
 */
type Outside = 'rebalance' | 'lost' | 'unknown';

function outside(error: unknown): Outside | undefined {
  if (!(error instanceof KafkaJSProtocolError)) return undefined;
  switch (error.type) {
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

async function joinGroup(
  cluster: KafkajsCluster,
  memberId: string,
  options: ConsumerOptions,
  wakeUp: WakeUp,
): Promise<Generation | Outside> {
  const { groupId, topic } = options;
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const joined = await coordinator.joinGroup({
      groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
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
    const reason = outside(error);
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
  readonly cluster: KafkajsCluster;
  readonly coordinatorId: string;
  readonly memberId: string;
  readonly generation: number;
  readonly isLeader: boolean;
  readonly committed: ReadonlyMap<number, number | undefined>;
  readonly options: ConsumerOptions;
  readonly wakeUp: WakeUp;
}

/** The time between two rebalances: what is assigned, how far it is read, and the two loops that keep it going. */
class Generation implements Assignment {
  readonly memberId: string;
  readonly generation: number;
  readonly committed: ReadonlyMap<number, number | undefined>;
  readonly ended: AbortSignal;
  readonly partitionCount: number;
  readonly #cluster: KafkajsCluster;
  readonly #coordinatorId: string;
  readonly #isLeader: boolean;
  readonly #options: ConsumerOptions;
  readonly #wakeUp: WakeUp;
  readonly #positions = new Map<number, number>();
  /** Aborted when reading must end. */
  readonly #reading = new AbortController();
  /** Aborted when nothing may be committed any more. */
  readonly #membership = new AbortController();

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
   * @returns why it ended
   * @throws Error when the cluster cannot be reached
   */
  async run(stopping: AbortSignal): Promise<Outside | 'stopped'> {
    const { handler } = this.#options;
    handler.assigned(this);
    const stopped = aborted(stopping);
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
      const tooLate = pause(REBALANCE_TIMEOUT_MS - REJOIN_MARGIN_MS, this.#membership.signal);
      // A heartbeat that fails meanwhile ends the membership, and with it the wait.
      await Promise.race([revoked, tooLate, this.#heartbeatWhileFinishing()]);
    }
    this.#end();
    if (end === 'stopped') await this.#leave();
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
      const reason = outside(error);
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
    let backoff = RECONNECT_BACKOFF_MS.first;
    let failedAt = 0;
    for (;;) {
      const round = new AbortController();
      const leaders = this.#cluster.findLeaderForPartitions(this.#options.topic, [...this.committed.keys()]);
      const loops = Object.entries(leaders).map(([nodeId, partitions]) =>
        this.#fetchFrom(nodeId, partitions, round.signal),
      );
      try {
        await Promise.all([...loops, aborted(reading)]);
      } catch (error) {
        if (reading.aborted) return 'rebalance';
        round.abort();
        this.#wakeUp.ring();
        await Promise.allSettled(loops);
        this.#options.handler.failed(error);
        const again = Date.now() - failedAt < 2 * RECONNECT_BACKOFF_MS.longest;
        backoff = again ? Math.min(backoff * 2, RECONNECT_BACKOFF_MS.longest) : RECONNECT_BACKOFF_MS.first;
        failedAt = Date.now();
        await pause(backoff, reading);
        await this.#cluster.refreshMetadata();
      }
      if (reading.aborted) return 'rebalance';
    }
  }

  async #fetchFrom(nodeId: string, partitions: readonly number[], round: AbortSignal): Promise<void> {
    const { handler, topic } = this.#options;
    const reading = this.#reading.signal;
    while (!reading.aborted && !round.aborted) {
      const woken = this.#wakeUp.wait();
      const wanted = partitions.flatMap((partition) => {
        const offset = this.#positions.get(partition);
        return offset !== undefined && handler.wants(partition) ? [{ partition, offset }] : [];
      });
      if (wanted.length === 0) {
        await woken;
        continue;
      }
      const broker = await this.#cluster.findBroker({ nodeId });
      const fetched = await fetchPartitions(broker, topic, wanted, {
        maxWaitMs: FETCH_MAX_WAIT_MS,
        maxBytes: FETCH_BYTES,
        maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
      });
      if (reading.aborted || round.aborted) return;
      for (const answer of fetched) await this.#receive(answer);
    }
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
    const { records, nextOffset } = decodeBatches(answer.recordSet, {
      partition,
      offset,
      abortedTransactions: answer.abortedTransactions,
    });
    this.#positions.set(partition, nextOffset);
    handler.received(partition, { records, nextOffset, endOffset: answer.highWatermark });
  }
}

/** A broker refused to read a partition. */
class FetchError extends Error {
  override readonly name = 'FetchError';

  constructor(topic: string, partition: number, errorCode: number) {
    super(`${topic}/${partition} cannot be read: Kafka error code ${errorCode}`);
  }
}

async function firstOffset(cluster: KafkajsCluster, topic: string, partition: number): Promise<number> {
  const topics = await cluster.fetchTopicsOffset([
    { topic, partitions: [{ partition }], fromBeginning: true },
  ]);
  return Number(topics[0]?.partitions[0]?.offset ?? 0);
}

/** Lets loops wait for each other without a timer. */
class WakeUp {
  #waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function pause(ms: number, until: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: until }).catch(() => {});
}
