import type { ConsumedRecord } from '../kafka/reading/consumed-record.ts';

/** Where a record is, without its topic. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** A request was answered by the HTTP API. */
export interface AnsweredFact {
  readonly kind: 'answered';
  readonly method: string;
  readonly path: string;
  readonly functionName: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly status: number;
  /** What the client got; text where the function returned text. */
  readonly body: string | Uint8Array | undefined;
  readonly durationMs: number;
}

/** The embedded broker appended a record batch. */
export interface AppendedFact {
  readonly kind: 'appended';
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly recordCount: number;
  /** The whole batch as it is in the log; must not be changed. */
  readonly batch: Buffer;
}

/** What a function wrote to a standard stream: whole lines. */
export interface PrintedFact {
  readonly kind: 'printed';
  readonly functionName: string;
  readonly bytes: Uint8Array;
}

/** How an invocation with a batch ended, in the terms of the retry policy. */
export type InvocationOutcome = 'success' | 'partial' | 'failure' | 'uncounted';

/** What happened with one batch. */
export type BatchFact =
  | {
      readonly kind: 'invoking';
      readonly invocation: number;
      readonly attempt: number;
      readonly records: readonly Place[];
    }
  | {
      readonly kind: 'invoked';
      readonly invocation: number;
      readonly outcome: InvocationOutcome;
      readonly reason: string;
      /** Absent when the function could not be called. */
      readonly requestId: string | undefined;
      /** What is sent again, one list for each further invocation; two of them when the batch was split. */
      readonly retry: readonly (readonly Place[])[];
      /** Milliseconds until the next invocation; undefined when there is none. */
      readonly pauseMs: number | undefined;
    }
  /** One that had succeeded was sent once more on purpose. */
  | { readonly kind: 'duplicated'; readonly records: readonly Place[] };

/** What an event source mapping did. */
export type MappingFact =
  | { readonly kind: 'assigned'; readonly generation: number; readonly partitions: readonly number[] }
  | { readonly kind: 'scaled'; readonly pollers: number }
  | { readonly kind: 'problem'; readonly message: string; readonly reason: string }
  /** Records were fetched; those whose offsets are in `filtered` are not for the function. */
  | {
      readonly kind: 'polled';
      readonly partition: number;
      readonly records: readonly ConsumedRecord[];
      readonly filtered: readonly number[];
    }
  | (BatchFact & { readonly batch: number })
  | {
      readonly kind: 'discarded';
      readonly records: readonly Place[];
      readonly condition: string;
      /** `onFailure` when the on-failure destination has them, else they are lost. */
      readonly destination: 'onFailure' | 'none';
    }
  | { readonly kind: 'committed'; readonly partition: number; readonly offset: number }
  | { readonly kind: 'skipped'; readonly partition: number; readonly offset: number }
  | { readonly kind: 'reset' };

/** Something that happened in the local run. */
export type Fact = AnsweredFact | AppendedFact | PrintedFact | (MappingFact & { readonly mapping: string });

/**
 * Receives what happens, at once and in order, while it happens: it must be quick, and must not throw. Whatever reports a
 * fact does so with `observe?.(…)`, so that nothing is even made where nobody looks.
 */
export type Observe = (fact: Fact) => void;

/** The observer of one mapping. */
export type ObserveMapping = (fact: MappingFact) => void;
