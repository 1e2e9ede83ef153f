import type { ProducerId } from './produce-request.ts';

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: { readonly length: number };
}

/**
 * A producer id and, per partition, the sequence number that comes next under it. It outlives connections: a batch
 * repeated with the same numbers is stored once, whatever became of the first answer (KIP-98).
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
    // Sequence numbers are int32 and start over at 0: Apache Kafka, DefaultRecordBatch.incrementSequence.
    this.#next.set(`${batch.topic}/${batch.partition}`, next % 2 ** 31);
  }
}
