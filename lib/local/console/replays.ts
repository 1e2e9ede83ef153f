import { errorMessage } from '../../errors.ts';
import type { KafkaRecord } from '../../kafka/record.ts';
import { Budget } from '../../operate/budget.ts';
import { closing } from '../../operate/closing.ts';
import { formatCoordinates, parseCoordinates } from '../../operate/coordinates.ts';
import { openDeadLetterTopic } from '../../operate/dead-letters/dead-letter-topic.ts';
import { kinds } from '../../operate/dead-letters/kinds.ts';
import { replay } from '../../operate/dead-letters/replay.ts';
import { createSender } from '../../operate/dead-letters/sender.ts';
import type { DeadLettersOptions } from './dead-letters.ts';
import type { ReplayView } from './wire.ts';

/** Lines of a replay that a page is told. */
const KEPT_LINES = 200;

export interface WantedReplay {
  readonly topic: string;
  /** Empty for everything that was not replayed yet. */
  readonly coordinates: readonly string[];
  /** In place of the original bytes; for one dead letter only. */
  readonly edited?: { readonly value: Buffer | null } | undefined;
}

/** Replays of dead letters, one at a time; the last one can be looked at. */
export class Replays {
  readonly #options: DeadLettersOptions;
  #last: ReplayView | undefined;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  get last(): ReplayView | undefined {
    return this.#last;
  }

  /**
   * Begins a replay; how it goes is to be seen in `last`.
   *
   * @throws Error when one is at work, or there is no such dead letter
   */
  start({ topic, coordinates, edited }: WantedReplay): void {
    if (this.#last?.running) throw new Error('A replay is at work: wait until it has ended');
    const known = this.#options.topics.find(({ name }) => name === topic);
    const parsed = coordinates.flatMap((text) => parseCoordinates(text) ?? []);
    const isOfTopic = parsed.length === coordinates.length && parsed.every((each) => each.topic === topic);
    if (known === undefined || !isOfTopic) throw new Error('There are no such dead letters');
    if (edited !== undefined && parsed.length !== 1)
      throw new Error('Only one dead letter can be edited at a time');
    this.#last = {
      id: (this.#last?.id ?? 0) + 1,
      topic,
      asked: parsed.length || null,
      lines: [],
      problems: [],
      note: '',
      running: true,
    };
    const edit = edited && ((record: KafkaRecord): KafkaRecord => ({ ...record, value: edited.value }));
    this.#run(known, parsed, edit)
      .catch((error: unknown) => this.#say({ problems: [errorMessage(error)] }))
      .finally(() => this.#say({ running: false }));
  }

  async #run(
    { name, kind }: DeadLettersOptions['topics'][number],
    coordinates: Parameters<typeof replay>[1]['coordinates'],
    edit: ((record: KafkaRecord) => KafkaRecord) | undefined,
  ): Promise<void> {
    const { kafka, log } = this.#options;
    const { send, disconnect } = createSender(kafka, log);
    await closing(disconnect, async () => {
      const topic = await openDeadLetterTopic(kafka, { name, kind: kinds[kind] }, log);
      await closing(topic.close, async () => {
        const signal = new AbortController().signal;
        const options = { coordinates, to: undefined, dryRun: false, send, budget: new Budget(), signal };
        await replay(topic, edit === undefined ? options : { ...options, edit }, {
          outcome: (letter, outcome) => {
            const from = formatCoordinates(letter.coordinates);
            if (outcome.status === 'failed')
              this.#say({ problems: [`${from} was not replayed: ${outcome.why}`] });
            if (outcome.status === 'sent')
              this.#say({ lines: [`${from} → ${formatCoordinates(outcome.to)}`] });
            return 0;
          },
          waiting: (ms) =>
            this.#say({ note: `Another replay of ${name} is at work: waiting up to ${ms / 1_000} s` }),
          ended: ({ replayed, left }) => this.#say({ note: `Replayed ${replayed}; ${left} left` }),
        });
      });
    });
  }

  #say(more: Partial<ReplayView>): void {
    if (this.#last === undefined) return;
    const { lines, problems } = this.#last;
    this.#last = {
      ...this.#last,
      ...more,
      lines: [...lines, ...(more.lines ?? [])].slice(-KEPT_LINES),
      problems: [...problems, ...(more.problems ?? [])].slice(-KEPT_LINES),
    };
  }
}
