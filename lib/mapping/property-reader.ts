/** An object of serverless.yml. */
export type Properties = Readonly<Record<string, unknown>>;

/** -1 stands for no limit wherever AWS Lambda takes one. */
export const UNLIMITED = -1;

/** Tells an object from a list, a text and the rest. */
export function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the properties of one object of serverless.yml and collects what is wrong with them, by path. */
export class PropertyReader {
  readonly #properties: Properties;
  readonly #path: string;
  readonly #problems: string[];

  constructor(properties: Properties, path: string, problems: string[]) {
    this.#properties = properties;
    this.#path = path;
    this.#problems = problems;
  }

  refuse(property: string, reason: string): void {
    this.#problems.push(`${this.#path}${property === '' ? '' : `.${property}`}: ${reason}`);
  }

  /** The framework drops null properties too. */
  get(property: string): unknown {
    return this.#properties[property] ?? undefined;
  }

  isEmpty(): boolean {
    return Object.keys(this.#properties).every((property) => this.get(property) === undefined);
  }

  text(property: string, form: RegExp, description: string): string | undefined {
    const value = this.get(property);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && form.test(value)) return value;
    this.refuse(property, `must be ${description}`);
    return undefined;
  }

  flag(property: string): boolean | undefined {
    const value = this.get(property);
    if (value === undefined || typeof value === 'boolean') return value;
    this.refuse(property, 'must be true or false');
    return undefined;
  }

  integer(property: string, range: { minimum: number; maximum: number }): number | undefined {
    const value = this.get(property);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && Number(value) >= range.minimum && Number(value) <= range.maximum) {
      return Number(value);
    }
    this.refuse(
      property,
      `${JSON.stringify(value)} is not a whole number from ${range.minimum} to ${range.maximum}`,
    );
    return undefined;
  }

  /** A number in the range, or -1 for no limit, which is the default. */
  limit(property: string, range: { minimum: number; maximum: number }): number {
    const value = this.get(property);
    if (value === undefined || value === UNLIMITED) return UNLIMITED;
    if (Number.isInteger(value) && Number(value) >= range.minimum && Number(value) <= range.maximum) {
      return Number(value);
    }
    this.refuse(
      property,
      `${JSON.stringify(value)} is neither -1 nor a whole number from ${range.minimum} to ${range.maximum}`,
    );
    return UNLIMITED;
  }

  oneOf<Choice extends string>(property: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.get(property);
    if (value === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined)
      this.refuse(property, `${JSON.stringify(value)} is not one of ${choices.join(', ')}`);
    return choice;
  }

  someOf<Choice extends string>(property: string, choices: readonly Choice[]): Choice[] {
    const chosen = this.list(property).flatMap((value) => {
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined)
        this.refuse(property, `${JSON.stringify(value)} is not one of ${choices.join(', ')}`);
      return choice === undefined ? [] : [choice];
    });
    if (new Set(chosen).size < chosen.length) this.refuse(property, 'names one of them twice');
    return chosen;
  }

  list(property: string): unknown[] {
    const value = this.get(property);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.refuse(property, 'must be a list');
    return [];
  }

  child(property: string, known: readonly string[]): PropertyReader | undefined {
    const value = this.get(property);
    if (value === undefined) return undefined;
    if (!isObject(value)) {
      this.refuse(property, 'must be an object');
      return undefined;
    }
    const child = new PropertyReader(value, `${this.#path}.${property}`, this.#problems);
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) child.refuse(name, `is unknown; known are ${known.join(', ')}`);
    }
    return child;
  }
}
