import type { MappingFact, Place } from '../observation.ts';
import { countOf, holds, runsOf } from './offset-runs.ts';
import { Ring } from './ring.ts';
import type { EventState, GivenUpView, InvocationView, PartitionRuns } from './wire.ts';

/** Invocations of one mapping that are kept. */
const KEPT_INVOCATIONS = 1_000;
const KEPT_POLLS = 2_000;
const KEPT_COMMITS = 2_000;
const KEPT_GIVEN_UP = 500;
const KEPT_PROBLEMS = 50;

/** An invocation, and what is sent again after it. */
export interface Invocation extends InvocationView {
  readonly again?: readonly (readonly PartitionRuns[])[];
}

/** A fetch that brought records of a partition. */
export interface Poll {
  readonly at: number;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

export interface Commit {
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/** What a mapping has done lately, within bounds. */
export class MappingTrace {
  /** Goes up with every change. */
  version = 0;
  readonly polls = new Ring<Poll>(KEPT_POLLS);
  readonly commits = new Ring<Commit>(KEPT_COMMITS);
  readonly givenUp = new Ring<GivenUpView>(KEPT_GIVEN_UP);
  readonly problems = new Ring<{ at: number; text: string }>(KEPT_PROBLEMS);
  readonly #invocations = new Ring<{ value: Invocation }>(KEPT_INVOCATIONS);
  readonly #open = new Map<number, { value: Invocation }>();
  readonly #committed = new Map<number, number>();

  /** Takes in what the mapping did. */
  add(fact: MappingFact, at: number): void {
    this.version++;
    switch (fact.kind) {
      case 'polled':
        this.#polled(fact, at);
        break;
      case 'invoking':
      case 'duplicated':
        this.#invoking(fact, at);
        break;
      case 'invoked':
        this.#invoked(fact, at);
        break;
      case 'discarded': {
        const { condition, destination, records } = fact;
        this.#giveUp({ at, what: 'discarded', condition, destination }, records);
        break;
      }
      case 'skipped':
        this.#giveUp({ at, what: 'skipped' }, [fact]);
        break;
      case 'committed':
        this.#committed.set(fact.partition, fact.offset);
        this.commits.push({ at, partition: fact.partition, offset: fact.offset });
        break;
      case 'problem':
        this.problems.push({ at, text: `${fact.message}: ${fact.reason}` });
        break;
      case 'reset':
        this.#committed.clear();
    }
  }

  /** The newest invocations, oldest first. */
  invocations(count: number): Invocation[] {
    return this.#invocations.last(count).map(({ value }) => value);
  }

  /** The invocations with a record, oldest first. */
  invocationsOf(place: Place): Invocation[] {
    const found: Invocation[] = [];
    for (const { value } of this.#invocations.newestFirst()) {
      if (holds(value.offsets, place)) found.unshift(value);
    }
    return found;
  }

  /** Whether, how and when the mapping has passed over a record. */
  givenUpOf(place: Place): GivenUpView | undefined {
    for (const entry of this.givenUp.newestFirst()) if (holds(entry.offsets, place)) return entry;
    return undefined;
  }

  /** What became of a record, and how often the function was given it. */
  stateOf(place: Place): { state: EventState; attempts: number } {
    const { last, attempts } = this.#lastInvocation(place);
    const givenUp = this.givenUpOf(place);
    const isNewer = givenUp !== undefined && (last === undefined || givenUp.at >= last.at);
    if (isNewer) return { state: givenUp.what, attempts };
    if (last !== undefined) return { state: stateAfter(last, place), attempts };
    const committed = this.#committed.get(place.partition);
    return { state: committed !== undefined && committed > place.offset ? 'done' : 'waiting', attempts: 0 };
  }

  #lastInvocation(place: Place): { last: Invocation | undefined; attempts: number } {
    let last: Invocation | undefined;
    let attempts = 0;
    for (const { value } of this.#invocations.newestFirst()) {
      if (!holds(value.offsets, place)) continue;
      last ??= value;
      // What came before its last delivery counts no longer.
      if (value.batch !== last.batch) break;
      attempts++;
    }
    return { last, attempts };
  }

  #polled({ partition, records, filtered }: MappingFact & { kind: 'polled' }, at: number): void {
    const first = records[0]?.offset;
    const last = records.at(-1)?.offset;
    if (first === undefined || last === undefined) return;
    this.polls.push({ at, partition, first, last });
    if (filtered.length === 0) return;
    this.#giveUp(
      { at, what: 'filtered' },
      filtered.map((offset) => ({ partition, offset })),
    );
  }

  #invoking(fact: MappingFact & { kind: 'invoking' | 'duplicated' }, at: number): void {
    const offsets = runsOf(fact.records);
    const common = { batch: fact.batch, records: countOf(offsets), offsets, at };
    if (fact.kind === 'duplicated') {
      const { value } = this.#invocations.last(1)[0] ?? { value: undefined };
      const invocation = value?.invocation ?? 0;
      this.#invocations.push({
        value: { ...common, invocation, attempt: 1, duplicated: true, outcome: 'success', durationMs: 0 },
      });
      return;
    }
    const entry = { value: { ...common, invocation: fact.invocation, attempt: fact.attempt } };
    this.#open.set(fact.invocation, entry);
    this.#invocations.push(entry);
  }

  #invoked(fact: MappingFact & { kind: 'invoked' }, at: number): void {
    const entry = this.#open.get(fact.invocation);
    if (entry === undefined) return;
    this.#open.delete(fact.invocation);
    const again = fact.retry.map(runsOf);
    const { outcome, reason, requestId, pauseMs } = fact;
    entry.value = {
      ...entry.value,
      durationMs: at - entry.value.at,
      outcome,
      reason,
      requestId,
      pauseMs,
      again,
      retry: again.map(countOf),
    };
  }

  #giveUp(entry: Omit<GivenUpView, 'offsets' | 'records'>, places: readonly Place[]): void {
    const offsets = runsOf(places);
    this.givenUp.push({ ...entry, offsets, records: countOf(offsets) });
  }
}

function stateAfter(last: Invocation, place: Place): EventState {
  if (last.outcome === undefined) return 'processing';
  return last.again?.some((runs) => holds(runs, place)) ? 'retrying' : 'done';
}
