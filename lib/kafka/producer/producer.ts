import { setTimeout as delay } from 'node:timers/promises';
import murmur2 from 'kafkajs/src/producer/partitioners/default/murmur2';
import { ServiceError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { deliveryError, isAmbiguous, KafkaFailure, needsNewProducerId } from '../kafka-failure.ts';
import { type KafkaRecord, splitIntoBatches } from '../record.ts';
import type { Appended, Cluster, PartitionLeader } from './cluster.ts';
import { before } from './deadline.ts';
import { ProducerSession } from './producer-session.ts';
import { createReconnectingCluster } from './reconnecting-cluster.ts';

/** What became of one record. */
export type Delivery =
  | {
      readonly status: 'delivered';
      readonly partition: number;
      readonly offset: bigint;
      readonly timestamp: number;
    }
  | { readonly status: 'failed'; readonly error: ServiceError };

/** Sends records to allowed topics and says of each what became of it. */
export interface Producer {
  /**
   * Sends records, each partition in the given order, and waits for all in-sync replicas.
   *
   * @param topic - one of the allowed topics
   * @param records - keyed ones go to the partition that Kafka's own partitioner chooses, the others round robin
   * @param deadline - ms since epoch; what is not known by then is reported as failed
   * @returns one {@link Delivery} per record, in order; the cluster's failures are in there
   * @throws ServiceError `configuration_error` when the topic is not allowed
   */
  readonly send: (topic: string, records: readonly KafkaRecord[], deadline: number) => Promise<Delivery[]>;
  /** Closes the connections when all that is being sent has its outcome; the next `send` opens new ones. */
  readonly disconnect: () => Promise<void>;
}

export interface ProducerOptions {
  readonly connection: () => Promise<ConnectionOptions>;
  readonly allowedTopics: readonly string[];
  readonly log: Log;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  /** Create time, ms since epoch. */
  readonly timestamp: number;
}

/**
 * Creates the idempotent producer that a sandbox keeps. Connections open with the first `send` and heal by themselves.
 *
 * @param options - `connection`: where to connect; `allowedTopics`: no other topic is ever written
 */
export function createProducer({ connection, allowedTopics, log }: ProducerOptions): Producer {
  const cluster = createReconnectingCluster(connection, log);
  const turns = new Map<string, Promise<unknown>>();
  let session: ProducerSession | undefined;
  let keyless = 0;

  const openSession = async (connected: Cluster): Promise<ProducerSession> => {
    session ??= new ProducerSession(await connected.newProducerId());
    return session;
  };

  const endSession = (ended: ProducerSession | undefined): void => {
    if (session === ended) session = undefined;
  };

  const countPartitions = (topic: string, deadline: number): Promise<number> =>
    cluster.run(deadline, async (connected) => {
      const partitions = await connected.partitionCount(topic);
      await openSession(connected);
      return partitions;
    });

  const append = async (batch: Batch, deadline: number): Promise<Appended> => {
    const { topic, partition } = batch;
    let own = session;
    let mayBeStored = false;
    try {
      return await cluster.run(deadline, async (connected) => {
        own ??= await openSession(connected);
        const leader = await connected.leaderOf(topic, partition);
        await quotaAllows(leader, deadline);
        const couldBeStored = mayBeStored;
        mayBeStored = true;
        try {
          const appended = await leader.append({
            ...batch,
            producerId: own.producerId,
            firstSequence: own.firstSequence(batch),
          });
          own.acknowledge(batch);
          return appended;
        } catch (failure) {
          if (!(failure instanceof KafkaFailure)) throw failure;
          mayBeStored = couldBeStored || isAmbiguous(failure);
          if (needsNewProducerId(failure)) {
            endSession(own);
            // Under another producer id the broker could not tell a repeated batch from a new one.
            if (mayBeStored) throw deliveryError(failure, true);
            own = undefined;
          }
          throw failure;
        }
      });
    } catch (failure) {
      // Sequence numbers that may have been used can be neither used again nor skipped.
      if (mayBeStored) endSession(own);
      throw deliveryError(failure, mayBeStored);
    }
  };

  const deliver = async (
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    deadline: number,
  ): Promise<Delivery[]> => {
    const deliveries: Delivery[] = [];
    const batches = splitIntoBatches(records);
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      try {
        const timestamp = Date.now();
        const { baseOffset, logAppendTime } = await append(
          { topic, partition, records: batch, timestamp },
          deadline,
        );
        for (const index of batch.keys()) {
          const offset = baseOffset + BigInt(index);
          deliveries.push({ status: 'delivered', partition, offset, timestamp: logAppendTime ?? timestamp });
        }
      } catch (thrown) {
        if (batch.length > 1 && thrown instanceof ServiceError && thrown.code === 'record_too_large') {
          // The topic takes less than topics do by default: nothing was stored, so smaller batches can follow.
          const half = Math.ceil(batch.length / 2);
          batches.unshift(batch.slice(0, half), batch.slice(half));
          continue;
        }
        deliveries.push(...allFailed(batch, thrown));
        break;
      }
    }
    if (deliveries.length === records.length) return deliveries;
    // Sending on past a failure would put the later events of the partition before the earlier ones.
    const error = new ServiceError(
      'delivery_refused',
      'An earlier event of the same partition failed: retry.',
    );
    const unsent = records.slice(deliveries.length).map(() => ({ status: 'failed' as const, error }));
    return [...deliveries, ...unsent];
  };

  /**
   * One after the other, as called: the order of a partition depends on it, and so do its sequence numbers. Whoever waits
   * for its turn until its deadline has sent nothing.
   */
  const inTurn = <T>(place: string, deadline: number, run: () => Promise<T>): Promise<T> => {
    const previous = turns.get(place);
    const turn = previous ? before(deadline, previous).then(run) : run();
    const settled = Promise.allSettled([previous, turn]).then(() => {});
    turns.set(place, settled);
    void settled.then(() => turns.get(place) === settled && turns.delete(place));
    return turn;
  };

  return {
    send: async (topic, records, deadline) => {
      if (!allowedTopics.includes(topic)) {
        throw new ServiceError(
          'configuration_error',
          `Topic "${topic}" is not one of: ${allowedTopics.join(', ')}`,
        );
      }
      let partitions: number;
      try {
        const counting = countPartitions(topic, deadline);
        counting.catch(() => {});
        // Sends take their turns in the partitions in the order they were called.
        partitions = await inTurn(topic, deadline, () => counting);
      } catch (thrown) {
        return allFailed(records, thrown);
      }

      const byPartition = new Map<number, { record: KafkaRecord; index: number }[]>();
      for (const [index, record] of records.entries()) {
        const partition = (record.key ? murmur2(record.key) & 0x7fffffff : keyless++) % partitions;
        const members = byPartition.get(partition);
        if (members) members.push({ record, index });
        else byPartition.set(partition, [{ record, index }]);
      }

      const deliveries = new Array<Delivery>(records.length);
      await Promise.all(
        [...byPartition].map(async ([partition, members]) => {
          const own = members.map(({ record }) => record);
          const outcome = await inTurn(`${topic}/${partition}`, deadline, () =>
            deliver(topic, partition, own, deadline),
          ).catch((thrown: unknown) => allFailed(own, thrown));
          for (const [at, delivery] of outcome.entries()) {
            const index = members[at]?.index;
            if (index !== undefined) deliveries[index] = delivery;
          }
        }),
      );
      return deliveries;
    },
    disconnect: async () => {
      while (turns.size > 0) await Promise.all(turns.values());
      await cluster.disconnect();
    },
  };
}

/** Waits out the silence that a quota asks for, when there is time for it. */
async function quotaAllows({ throttledUntil }: PartitionLeader, deadline: number): Promise<void> {
  if (throttledUntil >= deadline) {
    throw new KafkaFailure('refused', 'The quota of this client is used up beyond the time that was left', {
      errorCode: 'THROTTLING_QUOTA_EXCEEDED',
    });
  }
  const silence = throttledUntil - Date.now();
  if (silence > 0) await delay(silence);
}

function allFailed(records: readonly KafkaRecord[], thrown: unknown): Delivery[] {
  const error = deliveryError(thrown, false);
  return records.map(() => ({ status: 'failed', error }));
}
