import { nearestWord } from '../../nearest-word.ts';
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

/**
 * Says what is wrong with the command line of `npm start`: flags that do not exist, values without a flag, and flags that
 * npm took as its own because `--` is missing in front of them.
 *
 * @param flags - what follows `npm start --`
 * @param environment - in which npm sets the flags that it took as its own
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
    return `npm took ${given} as its own: put "--" in front of flags, as in "npm start -- --${kept[0]} …"; PowerShell needs the quotes around "--".`;
  }
  const known = [...own, ...FRAMEWORK_FLAGS];
  for (const [index, flag] of flags.entries()) {
    const name = /^--(?:no-)?([^=]+)/.exec(flag)?.[1];
    if (name === undefined) {
      if (isValue(flags[index - 1]) || /^-\w/.test(flag)) continue;
      return `"${flag}" is not a flag or the value of one. The flags are: ${list(own)}`;
    }
    if (!known.includes(name)) return `There is no flag --${name}${hint(name, known, own)}`;
  }
  return undefined;
}

function hint(name: string, known: readonly string[], own: readonly string[]): string {
  // `--port` is spelled almost like `--host`, but means one of the four ports.
  const longer = own.filter((flag) => flag.toLowerCase().endsWith(name.toLowerCase()));
  const near = longer.length > 0 ? longer : [nearestWord(name, known) ?? []].flat();
  if (near.length === 0) return `. The flags are: ${list(own)}`;
  return `; did you mean ${near.map((flag) => `--${flag}`).join(' or ')}?`;
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
