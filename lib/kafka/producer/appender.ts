import { deliveryError, isAmbiguous, KafkaFailure, needsNewProducerId } from '../kafka-failure.ts';
import type { KafkaRecord } from '../record.ts';
import type { Appended, PartitionLeader, ProducerConnections } from './connections.ts';
import type { HealingConnections } from './healing-connections.ts';
import { ProducerSession } from './producer-session.ts';

/** Records of one partition that are stored as a whole or not at all. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  /** Create time, ms since epoch. */
  readonly timestamp: number;
}

/** Appends batches under one producer id; a batch that is sent several times is stored once (KIP-98). */
export class Appender {
  readonly #connections: HealingConnections;
  #session: ProducerSession | undefined;

  constructor(connections: HealingConnections) {
    this.#connections = connections;
  }

  /** Number of partitions of a topic, when batches can follow without anything being asked for first. */
  knownPartitionCount(topic: string): number | undefined {
    return this.#session && this.#connections.open?.knownPartitionCount(topic);
  }

  /**
   * Number of partitions of a topic. It also gets the producer id, which the following batches need.
   *
   * @param deadline - ms since epoch
   * @throws KafkaFailure
   */
  partitionCount(topic: string, deadline: number): Promise<number> {
    return this.#connections.run(deadline, async (connected) => {
      const partitions = await connected.partitionCount(topic);
      await this.#openSession(connected);
      return partitions;
    });
  }

  /**
   * Appends a batch, and retries until it is stored, refused for good, or the time is over. Batches of one partition must
   * be appended one after the other.
   *
   * @param deadline - ms since epoch
   * @throws ServiceError that says whether the batch may still have been stored
   */
  async append(batch: Batch, deadline: number): Promise<Appended> {
    let session = this.#session;
    let mayBeStored = false;
    try {
      return await this.#connections.run(deadline, async (connected) => {
        session ??= await this.#openSession(connected);
        const { topic, partition } = batch;
        const leader =
          connected.connectedLeaderOf(topic, partition) ?? (await connected.leaderOf(topic, partition));
        checkQuota(leader, deadline);
        const couldBeStored = mayBeStored;
        mayBeStored = true;
        try {
          const { producerId } = session;
          const firstSequence = session.firstSequence(batch);
          // Each by name: spreading the batch takes longer than the rest of this function.
          const { records, timestamp } = batch;
          const appended = await leader.append({
            topic,
            partition,
            records,
            timestamp,
            producerId,
            firstSequence,
          });
          session.acknowledge(batch);
          return appended;
        } catch (failure) {
          if (!(failure instanceof KafkaFailure)) throw failure;
          mayBeStored = couldBeStored || isAmbiguous(failure);
          if (needsNewProducerId(failure)) {
            this.#endSession(session);
            // With another producer id the broker could not tell a repeated batch from a new one.
            if (mayBeStored) throw deliveryError(failure, true);
            session = undefined;
          }
          throw failure;
        }
      });
    } catch (failure) {
      // Sequence numbers that may have been used can neither be reused nor skipped.
      if (mayBeStored) this.#endSession(session);
      throw deliveryError(failure, mayBeStored);
    }
  }

  async #openSession(connected: ProducerConnections): Promise<ProducerSession> {
    this.#session ??= new ProducerSession(await connected.newProducerId());
    return this.#session;
  }

  #endSession(ended: ProducerSession | undefined): void {
    if (this.#session === ended) this.#session = undefined;
  }
}

/** @throws KafkaFailure when the throttle time of a quota leaves no time to send */
function checkQuota({ throttledUntil }: PartitionLeader, deadline: number): void {
  if (throttledUntil < deadline) return;
  throw new KafkaFailure(
    'refused',
    'The broker throttles this client for longer than the time that is left',
    {
      errorCode: 'THROTTLING_QUOTA_EXCEEDED',
    },
  );
}
