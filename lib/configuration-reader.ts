import { isJsonObject } from './json.ts';

/** Bounds of a number, both included. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * Reads values of a configuration by name and collects what is wrong with them, to report all problems at once. A value
 * that is missing or refused is undefined.
 */
export class ConfigurationReader {
  /** One sentence each. */
  readonly problems: string[];
  readonly #read: (name: string) => unknown;
  readonly #sentence: (name: string, reason: string) => string;

  /**
   * @param read - the value of a name; null and undefined for none
   * @param sentence - says where the value is and what is wrong with it
   * @param problems - collects the problems; default: a new list
   */
  constructor(
    read: (name: string) => unknown,
    sentence: (name: string, reason: string) => string,
    problems: string[] = [],
  ) {
    this.#read = read;
    this.#sentence = sentence;
    this.problems = problems;
  }

  get(name: string): unknown {
    return this.#read(name) ?? undefined;
  }

  refuse(name: string, reason: string): undefined {
    this.problems.push(this.#sentence(name, reason));
  }

  text(name: string, form: RegExp, description: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || (typeof value === 'string' && form.test(value))) return value;
    return this.refuse(name, `must be ${description}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.refuse(name, 'must be true or false');
  }

  /** @param or - another number that is allowed */
  integer(name: string, { minimum, maximum }: Range, or?: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (value === or) return or;
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) {
      return value;
    }
    const expected = `a whole number from ${minimum} to ${maximum}`;
    return this.refuse(
      name,
      or === undefined
        ? `${shown(value)} is not ${expected}`
        : `${shown(value)} is neither ${or} nor ${expected}`,
    );
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : this.#choose(name, value, choices);
  }

  someOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice[] {
    const chosen = this.list(name).flatMap((value) => this.#choose(name, value, choices) ?? []);
    if (new Set(chosen).size < chosen.length) this.refuse(name, 'names one of them twice');
    return chosen;
  }

  list(name: string): unknown[] {
    const value = this.get(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.refuse(name, 'must be a list');
    return [];
  }

  /** A reader of the object of that name, which has no properties but the known ones. */
  child(name: string, known: readonly string[]): ConfigurationReader | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!isJsonObject(value)) return this.refuse(name, 'must be an object');
    const child = new ConfigurationReader(
      (property) => value[property],
      (property, reason) => this.#sentence(`${name}.${property}`, reason),
      this.problems,
    );
    for (const property of Object.keys(value)) {
      if (!known.includes(property)) child.refuse(property, `is unknown; known are ${known.join(', ')}`);
    }
    return child;
  }

  #choose<Choice extends string>(
    name: string,
    value: unknown,
    choices: readonly Choice[],
  ): Choice | undefined {
    const choice = choices.find((candidate) => candidate === value);
    return choice ?? this.refuse(name, `${shown(value)} is not one of ${choices.join(', ')}`);
  }
}

/** Values that JSON has no words for are shown too. */
function shown(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
}
