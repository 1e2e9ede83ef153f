import { type Goal, goals, type RowName } from './goals.ts';
import { figure, median, type Rounds, sideBySide } from './rounds.ts';

/** One line of the result: what each round gave for a row of {@link goals}. */
export interface Row {
  readonly name: RowName;
  /** Which batch, size or client, where a row has several. */
  readonly of: string;
  readonly values: readonly number[];
  /** What both sides needed, for eyes. */
  readonly note?: string;
}

/** A row as tools read it. */
export interface Result extends Goal {
  readonly row: RowName;
  readonly of: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Absent where there is no goal. */
  readonly isMet?: boolean;
  readonly note?: string;
}

/** A row of what two contenders had in the same round: one divided by the other. */
export function ratio(
  name: RowName,
  of: string,
  rounds: Rounds,
  [one, other, what]: readonly [one: string, other: string, figure: string],
  unit: string,
): Row {
  const [ones, others] = [figure(rounds, one, what), figure(rounds, other, what)];
  const note = `${one} ${amount(median(ones))} ${unit}, ${other} ${amount(median(others))} ${unit}`;
  return { name, of, values: sideBySide(ones, others, (a, b) => a / b), note };
}

export function resultOf({ name, of, values, note }: Row): Result {
  const goal: Goal = goals[name];
  const middle = median(values);
  const { atMost, atLeast } = goal;
  const hasGoal = atMost !== undefined || atLeast !== undefined;
  const isMet =
    middle <= (atMost ?? Number.POSITIVE_INFINITY) && middle >= (atLeast ?? Number.NEGATIVE_INFINITY);
  return {
    row: name,
    ...goal,
    of,
    median: middle,
    least: Math.min(...values),
    most: Math.max(...values),
    ...(hasGoal && { isMet }),
    ...(note !== undefined && { note }),
  };
}

/** For example `1.85 (1.80 to 1.93)  goal <= 1.4  missed  batch of 100: ours 1,240 ns, …`. */
export function lineOf(result: Result): string {
  const { median: middle, least, most, unit = '', digits = 2, atMost, atLeast, isMet, of, note } = result;
  const format = (value: number) => value.toFixed(digits);
  const spread = `${format(middle)} (${format(least)} to ${format(most)}) ${unit}`.trim();
  const bounds = [
    ...(atMost === undefined ? [] : [`goal <= ${Number(atMost.toFixed(3))}`]),
    ...(atLeast === undefined ? [] : [`goal >= ${atLeast}`]),
  ];
  const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED';
  return [
    `  ${spread.padEnd(26)}`,
    bounds.join().padEnd(13),
    verdict.padEnd(7),
    [of, note].filter(Boolean).join(': '),
  ]
    .join(' ')
    .trimEnd();
}

/** What a row is about, above its lines. */
export function titleOf({ row, work, against }: Result): string {
  return `${row}: ${work}, against ${against}`;
}

function amount(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}
