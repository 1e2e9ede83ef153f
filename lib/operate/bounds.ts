import { Budget } from './budget.ts';
import type { Execution, Flags } from './command.ts';
import type { Line } from './line.ts';

/** What bounds a list or a replay. */
export interface Bounded {
  readonly limit: number | undefined;
  readonly seconds: number | undefined;
}

export const boundFlags = {
  limit: { value: '<number>', says: 'stop after this many records', short: 'n' },
  seconds: { value: '<number>', says: 'stop after this many seconds' },
} as const satisfies Flags;

/** @throws UsageError when one of them is not a whole number */
export function boundsIn(line: Line): Bounded {
  return { limit: line.count('limit'), seconds: line.count('seconds') };
}

/** The budget of a run: what the flags allow, within the limits of where it runs. */
export function budgetOf(
  { limit, seconds }: Bounded,
  { maxBytes, defaultSeconds, deadline = Number.POSITIVE_INFINITY }: Execution,
): Budget {
  const bound = seconds ?? defaultSeconds;
  const ownDeadline = bound === undefined ? deadline : Date.now() + bound * 1_000;
  return new Budget({ limit, deadline: Math.min(ownDeadline, deadline), bytes: maxBytes });
}
