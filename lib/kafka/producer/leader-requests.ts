import type { BrokerConnection } from '../connection/broker-connection.ts';
import { type PartitionAnswer, type PartitionBatch, produceRequest } from './produce-request.ts';

/** `max.request.size`: Apache Kafka, "Producer configs". A larger one might not be answered within the request timeout. */
const MAX_REQUEST_BYTES = 1_048_576;

interface Waiting {
  readonly batch: PartitionBatch;
  readonly resolve: (answer: PartitionAnswer) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Produce requests to one broker: what it shall append to several partitions at the same time is sent as one request, and
 * what comes while it answers waits for the next, as in the Java client.
 */
export class LeaderRequests {
  readonly #leader: BrokerConnection;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(leader: BrokerConnection) {
    this.#leader = leader;
  }

  /** Appends a batch; the others of its request have outcomes of their own. */
  append(batch: PartitionBatch): Promise<PartitionAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#isSending) return;
      this.#isSending = true;
      // When all that can be done now is done: the batches of one send come one after the other.
      process.nextTick(() => void this.#sendAll());
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const sending = this.#takeNext();
      try {
        const { partitions } = await this.#leader.request(produceRequest(sending.map(({ batch }) => batch)));
        for (const { batch, resolve, reject } of sending) {
          const { topic, partition } = batch;
          const answer = partitions.find((each) => each.partition === partition && each.topic === topic);
          if (answer === undefined) reject(new Error(`No answer for ${topic}/${partition}`));
          else resolve(answer);
        }
      } catch (thrown) {
        for (const { reject } of sending) reject(thrown);
      }
    }
    this.#isSending = false;
  }

  /** What fits one request, at least one batch. */
  #takeNext(): Waiting[] {
    if (this.#waiting.length === 1) return this.#waiting.splice(0);
    let bytes = 0;
    const end = this.#waiting.findIndex(({ batch }, index) => {
      bytes += payloadBytes(batch);
      return index > 0 && bytes > MAX_REQUEST_BYTES;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}

function payloadBytes({ records }: PartitionBatch): number {
  let bytes = 0;
  for (const { key, value, headers } of records) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    for (const [, content] of headers) bytes += content.length;
  }
  return bytes;
}
