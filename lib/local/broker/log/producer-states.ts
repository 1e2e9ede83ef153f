import type { ErrorName } from '../../../kafka/error-codes.ts';
import { type BatchHeader, NO_PRODUCER_ID } from '../../../kafka/wire/record-batch.ts';

/** How many batches of a producer are remembered to recognise duplicates: its max.in.flight.requests limit. */
const REMEMBERED_BATCHES = 5;
/**
 * How many producers are remembered, those that wrote last. Kafka forgets them after producer.id.expiration.ms (a day);
 * a function that starts again for every event makes more in less time.
 */
const MAX_PRODUCERS = 1000;
const MAX_SEQUENCE = 2 ** 31 - 1;

interface AppendedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

interface ProducerState {
  readonly epoch: number;
  /** Oldest first. */
  readonly batches: AppendedBatch[];
}

/** What to do with a batch: append it, answer the offset it already has, or refuse it. */
export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly error: ErrorName };

/**
 * The idempotent producers of one partition (KIP-98): who wrote which sequence numbers last. The state follows from
 * the batches, so after a restart it is rebuilt from the log.
 */
export class ProducerStates {
  readonly #producers = new Map<number, ProducerState>();

  check(header: BatchHeader): SequenceVerdict {
    if (header.producerId === NO_PRODUCER_ID) return { kind: 'append' };
    const state = this.#producers.get(header.producerId);
    // As in Kafka: with nothing known of the producer (its records are gone) any sequence may start.
    if (!state) return { kind: 'append' };
    if (header.producerEpoch < state.epoch) return { kind: 'refused', error: 'INVALID_PRODUCER_EPOCH' };
    if (header.producerEpoch > state.epoch) {
      if (header.baseSequence === 0) return { kind: 'append' };
      return { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
    }
    const lastSequence = lastSequenceOf(header);
    const duplicate = state.batches.find(
      (batch) => batch.baseSequence === header.baseSequence && batch.lastSequence === lastSequence,
    );
    if (duplicate) return { kind: 'duplicate', baseOffset: duplicate.baseOffset };
    const expected = nextSequence(state.batches.at(-1)?.lastSequence ?? -1);
    if (header.baseSequence === expected) return { kind: 'append' };
    return { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
  }

  /** Remembers a batch that is in the log now. */
  record(header: BatchHeader, baseOffset: number): void {
    if (header.producerId === NO_PRODUCER_ID) return;
    const known = this.#producers.get(header.producerId);
    const batches = known?.epoch === header.producerEpoch ? known.batches : [];
    batches.push({ baseSequence: header.baseSequence, lastSequence: lastSequenceOf(header), baseOffset });
    if (batches.length > REMEMBERED_BATCHES) batches.shift();
    // Behind all others: a Map keeps the order of insertion.
    this.#producers.delete(header.producerId);
    this.#producers.set(header.producerId, { epoch: header.producerEpoch, batches });
    for (const id of this.#producers.keys()) {
      if (this.#producers.size <= MAX_PRODUCERS) break;
      this.#producers.delete(id);
    }
  }

  /** Forgets the producers whose last batch lies before `offset`: their records are no longer in the log. */
  forgetBefore(offset: number): void {
    for (const [id, state] of this.#producers) {
      if ((state.batches.at(-1)?.baseOffset ?? 0) < offset) this.#producers.delete(id);
    }
  }
}

function lastSequenceOf(header: BatchHeader): number {
  // Sequence numbers continue with 0 after 2^31 - 1.
  return (header.baseSequence + header.lastOffsetDelta) % (MAX_SEQUENCE + 1);
}

function nextSequence(sequence: number): number {
  return sequence === MAX_SEQUENCE ? 0 : sequence + 1;
}
