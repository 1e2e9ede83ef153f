import type { Coordinates } from '../consume/decode-record.ts';
import { parseCoordinates } from './coordinates.ts';
import { UsageError } from './usage-error.ts';

/** What follows the name of a command: words, and flags with their values. */
export class Line {
  readonly words: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** @param values - by flag, in order; empty for a flag without a value */
  constructor(words: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.words = words;
    this.#values = values;
  }

  has(flag: string): boolean {
    return this.#values.has(flag);
  }

  /** The value of a flag, the last one if it is given twice. */
  text(flag: string): string | undefined {
    return this.#values.get(flag)?.at(-1);
  }

  /** All values of a flag. */
  texts(flag: string): readonly string[] {
    return this.#values.get(flag) ?? [];
  }

  /** @throws UsageError when the value is not a whole number of at least `minimum` */
  count(flag: string, minimum = 1): number | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(count) && count >= minimum) return count;
    throw new UsageError(`--${flag} must be a whole number of at least ${minimum}, not "${text}"`);
  }

  /** @throws UsageError when a topic has no name */
  topic(flag: string): string | undefined {
    const topic = this.text(flag);
    if (topic === '') throw new UsageError('A topic must have a name');
    return topic;
  }

  /** @throws UsageError when a word follows the name */
  noWords(name: string): void {
    if (this.words.length > 0) throw new UsageError(`${name} takes no "${this.words[0]}"`);
  }
}

/** @throws UsageError when the text is not `<topic>/<partition>/<offset>` */
export function coordinatesIn(text: string): Coordinates {
  const coordinates = parseCoordinates(text);
  if (coordinates === undefined) throw new UsageError(`"${text}" is not <topic>/<partition>/<offset>`);
  return coordinates;
}

/**
 * Reads `<name>=<value>`.
 *
 * @throws UsageError when the text is nothing of the kind
 */
export function pairIn(flag: string, form: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--${flag} must be ${form}, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}
