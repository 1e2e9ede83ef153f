import { figure, median, type Rounds, sideBySide } from './rounds.ts';

/** Lines up rows of cells under a title; the first row names the columns. */
export function table(title: string, rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => cell[column === 0 ? 'padEnd' : 'padStart'](widths[column] ?? 0)).join('   '),
  );
  return [title, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
}

/** `1.85 (1.80 to 1.93)`: by which factor a contender differs from the baseline. */
export function factor(rounds: Rounds, contender: string, baseline: string, name: string): string {
  const factors = sideBySide(
    figure(rounds, contender, name),
    figure(rounds, baseline, name),
    (one, other) => one / other,
  );
  return spread(factors, 2);
}

/** `12.3 (11.9 to 14.0)` */
export function spread(values: readonly number[], digits: number): string {
  const format = (value: number) => value.toFixed(digits);
  return `${format(median(values))} (${format(Math.min(...values))} to ${format(Math.max(...values))})`;
}
