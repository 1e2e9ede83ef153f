import type { ProducerId } from './produce-request.ts';

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: { readonly length: number };
}

/**
 * A producer id and the next sequence number of each partition. It outlives connections: a batch that is repeated with the
 * same numbers is stored once, even if the first answer was lost (KIP-98).
 */
export class ProducerSession {
  readonly producerId: ProducerId;
  readonly #next = new Map<string, number>();

  constructor(producerId: ProducerId) {
    this.producerId = producerId;
  }

  /** Sequence number for the first record of a batch. */
  firstSequence({ topic, partition }: Batch): number {
    return this.#next.get(`${topic}/${partition}`) ?? 0;
  }

  /** Moves past a batch that the broker acknowledged. */
  acknowledge(batch: Batch): void {
    const next = this.firstSequence(batch) + batch.records.length;
    // Sequence numbers are int32 and wrap to 0: Apache Kafka, DefaultRecordBatch.incrementSequence.
    this.#next.set(`${batch.topic}/${batch.partition}`, next % 2 ** 31);
  }
}
