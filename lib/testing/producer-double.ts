import { ServiceError } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { deliveryError, KafkaFailure } from '../kafka/kafka-failure.ts';
import { murmur2 } from '../kafka/murmur2.ts';
import type { Delivery, Producer } from '../kafka/producer/producer.ts';
import { isTooLarge, type TopicRecord } from '../kafka/record.ts';

const DEFAULT_PARTITIONS = 3;

/** What becomes of the records that are sent to a partition. */
export type Outcome = 'delivered' | 'refused' | 'too large' | 'timeout';

/** A record that was delivered. */
export interface SentRecord extends TopicRecord {
  readonly partition: number;
  readonly offset: number;
}

/** A producer without a cluster, which reports what the real one would report. */
export interface ProducerDouble extends Producer {
  /** What was delivered, in order. After a `timeout` a record may be in the topic as well; here it is not. */
  readonly records: readonly SentRecord[];
  /** What becomes of the next records, or that by partition. Default: `delivered`. */
  outcome: Outcome | ((topic: string, partition: number) => Outcome);
}

/**
 * Creates a producer that keeps what is sent. Partitions, offsets and errors are those of the real one; a timeout does not
 * wait for the deadline.
 *
 * @param partitions - of each topic; default 3
 */
export function producerDouble(partitions = DEFAULT_PARTITIONS): ProducerDouble {
  const records: SentRecord[] = [];
  const ends = new Map<string, number>();
  let keyless = 0;

  const deliver = (record: TopicRecord, partition: number): Delivery => {
    const place = `${record.topic}/${partition}`;
    const offset = ends.get(place) ?? 0;
    ends.set(place, offset + 1);
    records.push({ ...record, partition, offset });
    return { status: 'delivered', partition, offset: BigInt(offset), timestamp: Date.now() };
  };

  /** In order; what follows a failure in its partition is not sent, so that it does not overtake. */
  const sendToPartition = (own: readonly TopicRecord[], partition: number, outcome: Outcome): Delivery[] => {
    let earlier: ServiceError | undefined;
    return own.map((record): Delivery => {
      const actual = isTooLarge(record) ? 'too large' : outcome;
      if (earlier === undefined && actual === 'delivered') return deliver(record, partition);
      const error = earlier ?? errorOf(actual);
      earlier = error.code === 'record_too_large' ? heldBack() : error;
      return { status: 'failed', error };
    });
  };

  const double: ProducerDouble = {
    records,
    outcome: 'delivered',
    send: async (sent) => {
      const placed = sent.map((record, index) => {
        const partition = (record.key ? murmur2(record.key) & 0x7fffffff : keyless++) % partitions;
        return { record, index, topic: record.topic, partition };
      });
      const deliveries = new Array<Delivery>(sent.length);
      for (const own of groupBy(placed, ({ topic, partition }) => `${topic}/${partition}`).values()) {
        const [{ topic, partition } = { topic: '', partition: 0 }] = own;
        const { outcome } = double;
        const wanted = typeof outcome === 'function' ? outcome(topic, partition) : outcome;
        const outcomes = sendToPartition(
          own.map(({ record }) => record),
          partition,
          wanted,
        );
        for (const [at, delivery] of outcomes.entries()) deliveries[own[at]?.index ?? 0] = delivery;
      }
      return deliveries;
    },
    disconnect: async () => {},
  };
  return double;
}

function errorOf(outcome: Outcome): ServiceError {
  if (outcome === 'timeout') {
    return deliveryError(new KafkaFailure('interrupted', 'The broker did not answer.'), true);
  }
  const errorCode = outcome === 'too large' ? 'MESSAGE_TOO_LARGE' : 'NOT_ENOUGH_REPLICAS';
  return deliveryError(
    new KafkaFailure('refused', `The broker answered ${errorCode}.`, { errorCode }),
    false,
  );
}

function heldBack(): ServiceError {
  return new ServiceError('delivery_refused', 'An earlier event of the same partition failed: retry.');
}
