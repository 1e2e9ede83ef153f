import { ServiceError } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { deliveryError } from '../kafka-failure.ts';
import { murmur2 } from '../murmur2.ts';
import { splitIntoBatches, type TopicRecord } from '../record.ts';
import { Appender } from './appender.ts';
import { HealingConnections } from './healing-connections.ts';
import { Turns } from './turns.ts';

/** The outcome of one record. */
export type Delivery =
  | {
      readonly status: 'delivered';
      readonly partition: number;
      readonly offset: bigint;
      readonly timestamp: number;
    }
  | { readonly status: 'failed'; readonly error: ServiceError };

/** Sends records and reports the outcome of each. */
export interface Producer {
  /**
   * Sends records, each partition in the given order, and waits for all in-sync replicas. A failure of one topic or
   * partition does not affect the others.
   *
   * @param records - of one topic or several, which must exist; keyed ones go to the partition that Kafka's own
   *   partitioner chooses, the others round robin
   * @param deadline - ms since epoch; records without an outcome by then are reported as failed
   * @returns one {@link Delivery} per record, in order, failures included
   */
  send(records: readonly TopicRecord[], deadline: number): Promise<Delivery[]>;
  /** Closes the connections once every current `send` has its outcome; the next `send` opens new ones. */
  disconnect(): Promise<void>;
}

/** A record, and its index in the call of `send`. */
interface Sending extends TopicRecord {
  readonly index: number;
}

/**
 * Creates the idempotent producer that a sandbox keeps. Connections open with the first `send` and heal by themselves.
 *
 * @param connection - where to connect; called before connections are opened
 */
export function createProducer(connection: () => Promise<ConnectionOptions>, log: Log): Producer {
  return new IdempotentProducer(new HealingConnections(connection, log));
}

class IdempotentProducer implements Producer {
  readonly #connections: HealingConnections;
  readonly #appender: Appender;
  readonly #turns = new Turns();
  /** Records without a key so far. */
  #keyless = 0;

  constructor(connections: HealingConnections) {
    this.#connections = connections;
    this.#appender = new Appender(connections);
  }

  async send(records: readonly TopicRecord[], deadline: number): Promise<Delivery[]> {
    const deliveries = new Array<Delivery>(records.length);
    const sending = records.map(({ topic, key, value, headers }, index) => ({
      topic,
      key,
      value,
      headers,
      index,
    }));
    const byTopic = groupBy(sending, ({ topic }) => topic);
    await Promise.all(
      [...byTopic].map(([topic, own]) => this.#sendToTopic(topic, own, deadline, deliveries)),
    );
    return deliveries;
  }

  async disconnect(): Promise<void> {
    await this.#turns.over();
    await this.#connections.disconnect();
  }

  async #sendToTopic(
    topic: string,
    sending: readonly Sending[],
    deadline: number,
    deliveries: Delivery[],
  ): Promise<void> {
    let partitions: number;
    try {
      partitions = this.#knownPartitionCount(topic) ?? (await this.#askForPartitionCount(topic, deadline));
    } catch (thrown) {
      fail(sending, deliveryError(thrown, false), deliveries);
      return;
    }
    const byPartition = groupBy(sending, (each) => this.#partitionOf(each, partitions));
    await Promise.all(
      [...byPartition].map(([partition, own]) =>
        this.#turns
          .take(`${topic}/${partition}`, deadline, () =>
            this.#deliver(topic, partition, own, deadline, deliveries),
          )
          .catch((thrown: unknown) => fail(own, deliveryError(thrown, false), deliveries)),
      ),
    );
  }

  /** Calls take their turns in the partitions in the order they came: those that still ask are before this one. */
  #knownPartitionCount(topic: string): number | undefined {
    return this.#turns.isFree(topic) ? this.#appender.knownPartitionCount(topic) : undefined;
  }

  #askForPartitionCount(topic: string, deadline: number): Promise<number> {
    const counting = this.#appender.partitionCount(topic, deadline);
    counting.catch(() => {});
    return this.#turns.take(topic, deadline, () => counting);
  }

  #partitionOf({ key }: TopicRecord, partitions: number): number {
    return (key ? murmur2(key) & 0x7fffffff : this.#keyless++) % partitions;
  }

  async #deliver(
    topic: string,
    partition: number,
    sending: readonly Sending[],
    deadline: number,
    deliveries: Delivery[],
  ): Promise<void> {
    const batches = splitIntoBatches(sending);
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      try {
        const timestamp = Date.now();
        const place = { topic, partition, records: batch, timestamp };
        const { baseOffset, logAppendTime = timestamp } = await this.#appender.append(place, deadline);
        for (const [at, { index }] of batch.entries()) {
          const offset = baseOffset + BigInt(at);
          deliveries[index] = { status: 'delivered', partition, offset, timestamp: logAppendTime };
        }
      } catch (thrown) {
        if (batch.length === 1 || !isTooLargeError(thrown)) {
          fail(batch, deliveryError(thrown, false), deliveries);
          holdBack(batches.flat(), deliveries);
          return;
        }
        // The topic accepts less than the default: nothing was stored, so smaller batches can follow.
        const half = Math.ceil(batch.length / 2);
        batches.unshift(batch.slice(0, half), batch.slice(half));
      }
    }
  }
}

/** Sending on after a failure would put later events of the partition before earlier ones. */
function holdBack(sending: readonly Sending[], deliveries: Delivery[]): void {
  const message = 'An earlier event of the same partition failed: retry.';
  fail(sending, new ServiceError('delivery_refused', message), deliveries);
}

function fail(sending: readonly Sending[], error: ServiceError, deliveries: Delivery[]): void {
  for (const { index } of sending) deliveries[index] = { status: 'failed', error };
}

function isTooLargeError(thrown: unknown): boolean {
  return thrown instanceof ServiceError && thrown.code === 'record_too_large';
}
