import { type Figures, FreshProcess, type Script } from './fresh-process.ts';
import { progress } from './progress.ts';

/** What every round measured, by contender. */
export type Rounds = ReadonlyMap<string, readonly Figures[]>;

/**
 * Measures contenders in turn, round after round, so that what slows the machine for a while slows all of them.
 *
 * @param contenders - by name, each measured once in every round; another one is first each time
 */
export async function inRounds(
  count: number,
  contenders: Readonly<Record<string, () => Promise<Figures>>>,
): Promise<Rounds> {
  const names = Object.keys(contenders);
  const rounds = new Map<string, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < count; round++) {
    for (const [turn] of names.entries()) {
      const name = names[(turn + round) % names.length] ?? '';
      progress(`round ${round + 1} of ${count}: ${name}`);
      const figures = await contenders[name]?.();
      if (figures) rounds.get(name)?.push(figures);
    }
  }
  return rounds;
}

/**
 * Measures in rounds what contenders do in a process each, warm.
 *
 * @param script - its first argument says which contender it is
 * @param contenders - that argument, by name
 * @param args - what follows it
 */
export async function inWarmRounds(
  count: number,
  script: Script,
  contenders: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Rounds> {
  const processes = Object.entries(contenders).map(
    ([name, contender]) => [name, new FreshProcess(script, contender, ...args)] as const,
  );
  try {
    return await inRounds(
      count,
      Object.fromEntries(processes.map(([name, fresh]) => [name, () => fresh.measure()])),
    );
  } finally {
    for (const [, fresh] of processes) fresh.stop();
  }
}

/** A figure of one contender, one number a round. */
export function figure(rounds: Rounds, contender: string, name: string): number[] {
  return (rounds.get(contender) ?? []).map((figures) => figures[name] ?? Number.NaN);
}

/** Combines what two contenders had in the same round. */
export function sideBySide(
  ours: readonly number[],
  theirs: readonly number[],
  combine: (one: number, other: number) => number,
): number[] {
  return ours.map((value, round) => combine(value, theirs[round] ?? Number.NaN));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
