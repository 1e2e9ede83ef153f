import { localOptions } from './settings.ts';

/** Flags of every command of the framework. */
const FRAMEWORK_FLAGS = [
  'aws-profile',
  'config',
  'debug',
  'help',
  'param',
  'region',
  'stage',
  'use-dotenv',
  'verbose',
  'version',
] as const;

/** More wrong letters than this are another word. */
const MAX_DISTANCE = 3;

/**
 * Says what is wrong with the command line of `npm start`: flags that do not exist, values without a flag, and flags that
 * npm has kept for itself because `--` is missing in front of them.
 *
 * @param flags - what follows `npm start --`
 * @param environment - in which npm tells what it has taken for its own flags
 * @returns undefined when nothing is wrong
 */
export function commandLineProblem(
  flags: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const own = Object.keys(localOptions);
  const kept = own.filter(
    (flag) => environment[`npm_config_${flag.toLowerCase().replaceAll('-', '_')}`] !== undefined,
  );
  if (kept.length > 0) {
    const given = kept.map((flag) => `--${flag}`).join(' and ');
    return `npm kept ${given} for itself: flags follow a "--", as in "npm start -- --${kept[0]} …".`;
  }
  const known = [...own, ...FRAMEWORK_FLAGS];
  for (const [index, flag] of flags.entries()) {
    const name = /^--(?:no-)?([^=]+)/.exec(flag)?.[1];
    if (name === undefined) {
      if (isValue(flags[index - 1]) || /^-\w/.test(flag)) continue;
      return `"${flag}" belongs to no flag. The flags are: ${list(own)}`;
    }
    if (!known.includes(name)) {
      const near = nearest(name, known);
      return `There is no flag --${name}${near === undefined ? `. The flags are: ${list(own)}` : `; did you mean --${near}?`}`;
    }
  }
  return undefined;
}

/** Whether an argument is a flag that takes the next one as its value. */
function isValue(before: string | undefined): boolean {
  const flag = /^--([^=]+)$/.exec(before ?? '')?.[1];
  if (flag === undefined) return /^-\w$/.test(before ?? '');
  return localOptions[flag]?.type !== 'boolean';
}

function list(flags: readonly string[]): string {
  return flags.map((flag) => `--${flag}`).join(' ');
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const normal = (flag: string) => flag.toLowerCase().replaceAll('-', '');
  const [closest] = known
    .map((flag) => ({ flag, distance: editDistance(normal(name), normal(flag)) }))
    .sort((a, b) => a.distance - b.distance);
  return closest !== undefined && closest.distance < MAX_DISTANCE ? closest.flag : undefined;
}

/** How many letters are to be put in, left out or changed: the Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
