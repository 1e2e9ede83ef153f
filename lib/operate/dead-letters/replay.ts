import type { Coordinates } from '../../consume/decode-record.ts';
import { errorMessage, ServiceError } from '../../errors.ts';
import type { Delivery } from '../../kafka/producer/producer.ts';
import type { Membership } from '../../kafka/reading/consumer-group.ts';
import type { KafkaRecord } from '../../kafka/record.ts';
import type { Budget } from '../budget.ts';
import { closing } from '../closing.ts';
import { formatCoordinates } from '../coordinates.ts';
import { type DeadLetter, type Restored, replayedRecord } from './dead-letter.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';
import { REPLAY_MEMORY_MS } from './replay-group.ts';
import {
  committedProgress,
  type ReplayProgress,
  remaining,
  replayedAlone,
  replayedUpTo,
} from './replay-progress.ts';

/** What became of a dead letter. */
export type ReplayOutcome =
  | { readonly status: 'sent'; readonly to: Coordinates }
  | { readonly status: 'would-be-sent'; readonly topic: string }
  | { readonly status: 'failed'; readonly why: string };

/** What a replay did, and how many dead letters it has left. */
export interface ReplaySummary {
  readonly replayed: number;
  readonly left: number;
  /** Whether all that was asked for was replayed. */
  readonly complete: boolean;
}

/** Is told what a replay does while it runs. */
export interface ReplayObserver {
  /** @returns how many bytes it has written about it */
  readonly outcome: (letter: DeadLetter, outcome: ReplayOutcome) => number;
  /** Another replay is running, or was killed a moment ago; @param ms - how long it is waited for at most */
  readonly waiting: (ms: number) => void;
  /** The replay is over, or has failed and is about to throw. */
  readonly ended: (summary: ReplaySummary) => void;
}

/** Sends a record to a topic and returns its delivery. */
export type SendRecord = (topic: string, record: KafkaRecord) => Promise<Delivery>;

export interface ReplayOptions {
  /** Empty for everything not yet replayed. */
  readonly coordinates: readonly Coordinates[];
  /** Where to begin, in that partition alone; everything before counts as replayed. */
  readonly from?: Coordinates | undefined;
  /** Instead of the topics that the dead letters came from. */
  readonly to: string | undefined;
  /** Topics of other clusters: what came from them is sent to `to` only. */
  readonly foreignOrigins?: ReadonlySet<string>;
  readonly dryRun: boolean;
  /** Changes a record before it is sent to a topic; what it throws keeps the record from being sent. */
  readonly edit?: (record: KafkaRecord, topic: string) => KafkaRecord;
  readonly send: SendRecord;
  /** Ends the replay early; the next run continues. */
  readonly budget: Budget;
  /** Aborted to stop after the current record. */
  readonly signal: AbortSignal;
}

/**
 * Sends dead letters back, one after the other, in the order of each partition. What was replayed is committed for the
 * replay group after the broker acknowledged the record, one commit per record: a run that is killed leaves at most one
 * record that the next run sends again. Being the only member of the group keeps two runs from replaying the same.
 *
 * A dead letter that cannot be sent stops its partition; the other partitions continue. Named dead letters are sent even
 * if they were replayed before.
 *
 * Where nothing is remembered of a partition whose dead letters are older than the memory of the cluster, they may have been
 * replayed: `from` has to say where to begin, and what is named is not remembered.
 *
 * @param topic - opened by the caller
 * @throws Error when the cluster cannot be reached any more, or another replay is running
 */
export async function replay(
  topic: DeadLetterTopic,
  options: ReplayOptions,
  observer: ReplayObserver,
): Promise<ReplaySummary> {
  if (options.to === topic.name) {
    throw new ServiceError('configuration_error', `${topic.name} cannot be replayed into itself`);
  }
  if (options.dryRun) return new Replay(topic, options, observer, undefined, await known(topic)).run();
  const membership = await topic.group.join({
    signal: options.signal,
    onWait: observer.waiting,
  });
  return closing(
    () => membership.leave(),
    async () => new Replay(topic, options, observer, membership, await known(topic)).run(),
  );
}

/** What the cluster remembers. */
interface Known {
  readonly progress: Map<number, ReplayProgress>;
  /** Partitions of which anything is remembered. */
  readonly remembered: Set<number>;
}

async function known(topic: DeadLetterTopic): Promise<Known> {
  const remembered = new Set((await topic.group.committed()).keys());
  return { progress: await topic.progress(), remembered };
}

class Replay {
  readonly #topic: DeadLetterTopic;
  readonly #options: ReplayOptions;
  readonly #observer: ReplayObserver;
  /** Absent in a dry run. */
  readonly #membership: Membership | undefined;
  readonly #progress: Map<number, ReplayProgress>;
  readonly #remembered: Set<number>;
  #replayed = 0;
  #failed = false;

  constructor(
    topic: DeadLetterTopic,
    options: ReplayOptions,
    observer: ReplayObserver,
    membership: Membership | undefined,
    { progress, remembered }: Known,
  ) {
    this.#topic = topic;
    this.#options = options;
    this.#observer = observer;
    this.#membership = membership;
    this.#progress = progress;
    this.#remembered = remembered;
  }

  async run(): Promise<ReplaySummary> {
    try {
      if (this.#options.coordinates.length > 0) await this.#replayNamed();
      else await this.#replayAll();
    } catch (error) {
      this.#observer.ended(this.#summary(false));
      throw error;
    }
    const summary = this.#summary(!this.#failed && !this.#options.signal.aborted);
    this.#observer.ended(summary);
    return { ...summary, complete: summary.complete && !this.#stopping };
  }

  get #stopping(): boolean {
    if (this.#membership?.lost.aborted) {
      throw new Error(
        `Another replay of ${this.#topic.name} has taken over; run it again to see what is left`,
      );
    }
    return this.#options.signal.aborted;
  }

  get #isSpent(): boolean {
    return this.#options.budget.spent !== undefined;
  }

  async #replayAll(): Promise<void> {
    const { from } = this.#options;
    if (from !== undefined) {
      this.#progress.set(from.partition, replayedUpTo(this.#progressOf(from.partition), from.offset - 1));
      this.#remembered.add(from.partition);
    }
    for (const [partition, { end }] of this.#topic.bounds) {
      if (from !== undefined && from.partition !== partition) continue;
      if (this.#isSpent) return;
      const complete = await this.#replayPartition(partition);
      // Offsets after the last dead letter, such as transaction markers, count as replayed.
      const { next } = this.#progressOf(partition);
      if (complete && next < end)
        await this.#remember(partition, replayedUpTo(this.#progressOf(partition), end - 1));
      if (this.#options.signal.aborted) return;
    }
  }

  /** @returns whether nothing of it is left */
  async #replayPartition(partition: number): Promise<boolean> {
    const progress = this.#progressOf(partition);
    let mark = replayedUpTo;
    let complete = true;
    for await (const letter of this.#topic.letters(partition, progress, progress.next)) {
      if (letter.replayed) continue;
      if (this.#stopping || this.#isSpent) return false;
      if (await this.#isForgotten(partition)) return this.#fail(letter, forgotten(letter));
      const restored = this.#restored(letter);
      if ('problem' in restored) {
        // No later run could send it either, so it stays open and does not stop the partition.
        this.#fail(letter, restored.problem);
        mark = replayedAlone;
        complete = false;
      } else if (!(await this.#replay(letter, mark))) return false;
    }
    return complete;
  }

  async #replayNamed(): Promise<void> {
    const stopped = new Set<number>();
    for (const coordinates of inOrder(this.#options.coordinates)) {
      const { partition } = coordinates;
      if (this.#stopping || this.#isSpent) return;
      if (stopped.has(partition)) continue;
      const letter = await this.#topic.letterAt(coordinates, this.#progress.get(partition));
      if (!(await this.#replay(letter, replayedAlone))) stopped.add(partition);
    }
  }

  /** @returns whether it was sent */
  async #replay(
    letter: DeadLetter,
    mark: (progress: ReplayProgress, offset: number) => ReplayProgress,
  ): Promise<boolean> {
    const { partition, offset } = letter.coordinates;
    const { to = letter.provenance.topic, dryRun, edit = unchanged } = this.#options;
    const restored = this.#restored(letter);
    if ('problem' in restored) return this.#fail(letter, restored.problem);
    if (to === undefined)
      return this.#fail(letter, 'it does not name its original topic: name one with --to');
    if (to === this.#topic.name) return this.#fail(letter, 'it came from this topic: name another with --to');
    const progress = mark(this.#progressOf(partition), offset);
    if (committedProgress(progress) === undefined) {
      return this.#fail(letter, 'too many were replayed out of order: replay without coordinates first');
    }
    let record: KafkaRecord;
    try {
      record = replayedRecord(edit(restored.record, to), letter.coordinates);
    } catch (error) {
      return this.#fail(letter, errorMessage(error));
    }
    if (!dryRun) {
      const delivery = await this.#options.send(to, record);
      if (delivery.status === 'failed') return this.#fail(letter, failedDelivery(to, delivery.error));
      const sentTo = { topic: to, partition: delivery.partition, offset: Number(delivery.offset) };
      this.#report(letter, { status: 'sent', to: sentTo });
    } else {
      this.#report(letter, { status: 'would-be-sent', topic: to });
    }
    this.#replayed++;
    await this.#remember(partition, progress);
    return true;
  }

  #restored({ restored, provenance: { topic } }: DeadLetter): Restored {
    const { to, foreignOrigins } = this.#options;
    if (to !== undefined || topic === undefined || !foreignOrigins?.has(topic)) return restored;
    return { problem: `it came from ${topic} on another cluster: name a topic of this one with --to` };
  }

  /** Whether dead letters of a partition may have been replayed so long ago that the cluster no longer knows. */
  async #isForgotten(partition: number): Promise<boolean> {
    if (this.#remembered.has(partition)) return false;
    for await (const { record } of this.#topic.letters(partition, undefined)) {
      if (mayBeForgotten(record.timestamp)) return true;
      break;
    }
    this.#remembered.add(partition);
    return false;
  }

  async #remember(partition: number, progress: ReplayProgress): Promise<void> {
    const committed = committedProgress(progress);
    // A commit would say that the others were never replayed.
    if (committed === undefined || (await this.#isForgotten(partition))) return;
    try {
      await this.#membership?.commit(partition, committed);
    } catch (cause) {
      throw new Error(
        `The last replay of ${this.#topic.name}/${partition} could not be committed, so the next run sends it again: ` +
          errorMessage(cause),
        { cause },
      );
    }
    this.#progress.set(partition, progress);
  }

  #progressOf(partition: number): ReplayProgress {
    return this.#progress.get(partition) ?? { next: 0, ahead: [] };
  }

  #report(letter: DeadLetter, outcome: ReplayOutcome): void {
    this.#options.budget.countRecord(this.#observer.outcome(letter, outcome));
  }

  #fail(letter: DeadLetter, why: string): false {
    this.#failed = true;
    this.#observer.outcome(letter, { status: 'failed', why });
    return false;
  }

  #summary(complete: boolean): ReplaySummary {
    const left = [...this.#topic.bounds].reduce(
      (sum, [partition, { end }]) => sum + remaining(this.#progressOf(partition), end),
      0,
    );
    return { replayed: this.#replayed, left, complete };
  }
}

/**
 * Whether the cluster may have forgotten the replay of a record.
 *
 * @param timestamp - of the dead letter, in ms since epoch; negative: none
 */
export function mayBeForgotten(timestamp: number): boolean {
  return timestamp >= 0 && timestamp < Date.now() - REPLAY_MEMORY_MS;
}

function forgotten({ coordinates }: DeadLetter): string {
  return `it is older than a week, and a cluster forgets replays a week after the last one, so it may have been replayed before: say where to begin, with --from ${formatCoordinates(coordinates)} for all of them`;
}

function unchanged(record: KafkaRecord): KafkaRecord {
  return record;
}

function failedDelivery(topic: string, { code, message, cause }: ServiceError): string {
  return code === 'delivery_unconfirmed'
    ? `${topic} may or may not have it, so the next run sends it again: ${errorMessage(cause)}`
    : `sending to ${topic} failed: ${message}`;
}

/** Without repetition, in the order of the topic. */
function inOrder(coordinates: readonly Coordinates[]): Coordinates[] {
  const byText = new Map(coordinates.map((one) => [formatCoordinates(one), one]));
  return [...byText.values()].toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}
