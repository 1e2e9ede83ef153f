import type { seededRandom } from '../support/seeded-random.ts';

/** What an attack may use; everything it starts is ended by the runner. */
export interface Ground {
  readonly random: ReturnType<typeof seededRandom>;
  /** An empty directory that is removed afterwards. */
  directory(): string;
  /** Runs when the attack is over, however it ends. */
  after(cleanUp: () => unknown): void;
}

/** Something hostile, and the property that must hold all the same. */
export interface Attack {
  readonly name: string;
  /** The property, as a sentence. */
  readonly property: string;
  /** Absent: it is one of the short ones, which run when none is named. In milliseconds. */
  readonly deadlineMs?: number;
  /**
   * @returns what was done, in a few words
   * @throws when the property does not hold
   */
  run(ground: Ground): Promise<string>;
}
