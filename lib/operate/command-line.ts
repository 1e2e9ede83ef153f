import { parseArgs } from 'node:util';
import { errorMessage } from '../errors.ts';
import type { Environment } from '../kafka/configuration.ts';
import { nearestWord } from '../nearest-word.ts';
import { clusterFlags, withClusterFlags } from './cluster-flags.ts';
import type { Command, Flags } from './command.ts';
import { Line } from './line.ts';
import { UsageError } from './usage-error.ts';

/** The flags that every command has. */
export const commonFlags = {
  json: { says: 'JSON lines for programs' },
  help: { says: 'says what the command does', short: 'h' },
} as const satisfies Flags;

/** Flags that npm has itself, which say nothing when they are in its environment. */
const NPM_FLAGS: readonly string[] = ['json', 'key'];

/** What a command line asks for. */
export type Asked =
  | { readonly name: 'help'; readonly command: string | undefined }
  | {
      readonly name: 'execute';
      readonly command: Command;
      /** That the command has read. */
      readonly options: unknown;
      readonly json: boolean;
      /** The flags that name another cluster than the environment does. */
      readonly clusterFlags: readonly string[];
      /** The environment, with what the flags say instead. */
      readonly environment: Environment;
    };

/**
 * Reads a command line.
 *
 * @param args - without node and script
 * @param commands - that there are
 * @param environment - whose variables flags replace
 * @throws UsageError
 */
export function parseCommandLine(
  args: readonly string[],
  commands: readonly Command[],
  environment: Environment = {},
): Asked {
  const { words, values } = split(args, commands);
  const asksForHelp = values.has('help') || words[0] === 'help' || words.at(-1) === 'help';
  const names = words.filter((word) => word !== 'help');
  const command = findCommand(names, commands);
  if (asksForHelp) return { name: 'help', command: command?.name };
  if (command === undefined) throw new UsageError(unknownCommand(words, commands));
  try {
    refuseForeignFlags(command, [...values.keys()]);
    refuseFlagsThatNpmTook(command, environment);
    const line = new Line(words.slice(command.name.split(' ').length), values);
    return {
      name: 'execute',
      command,
      environment: withClusterFlags(line, environment),
      options: command.read(line),
      json: line.has('json'),
      clusterFlags: Object.keys(clusterFlags).filter((flag) => line.has(flag)),
    };
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(error.message, command.name) : error;
  }
}

/** A flag has or has not a value whatever the command is, so flags and words can be told apart before it is known. */
function split(
  args: readonly string[],
  commands: readonly Command[],
): { words: string[]; values: Map<string, string[]> } {
  const flags = new Map(Object.entries(commonFlags as Flags));
  for (const command of commands) {
    for (const [name, flag] of Object.entries(command.flags))
      flags.set(name, { ...flags.get(name), ...flag });
  }
  refuseUnknownFlags(args, [...flags.keys()]);
  const options = [...flags].map(([name, { value, short }]) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    return [name, { type, multiple: true as const, ...(short !== undefined && { short }) }] as const;
  });
  try {
    const parsed = parseArgs({
      args: [...args],
      options: Object.fromEntries(options),
      allowPositionals: true,
    });
    const values = Object.entries(parsed.values).map(([name, given]): [string, string[]] => [
      name,
      (given ?? []).map(String),
    ]);
    return { words: parsed.positionals, values: new Map(values) };
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
}

function refuseUnknownFlags(args: readonly string[], known: readonly string[]): void {
  const end = args.indexOf('--');
  for (const argument of end === -1 ? args : args.slice(0, end)) {
    const flag = /^--([^=]+)/.exec(argument)?.[1];
    if (flag !== undefined && !known.includes(flag)) {
      const names = known.map((name) => `--${name}`);
      throw new UsageError(`Unknown option '--${flag}'${didYouMean(`--${flag}`, names)}`);
    }
  }
}

/** `topics` has no flag `--topic`, unlike `lag`. */
function refuseForeignFlags({ name, flags }: Command, given: readonly string[]): void {
  const foreign = given.find((flag) => !Object.hasOwn(flags, flag) && !Object.hasOwn(commonFlags, flag));
  if (foreign === undefined) return;
  throw new UsageError(
    `${lastWord(name)} has no --${foreign}${didYouMean(foreign, Object.keys(flags), '--')}`,
  );
}

/** npm passes on what follows `--`, and puts other flags into the environment of the script. */
function refuseFlagsThatNpmTook({ name, flags }: Command, environment: Environment): void {
  const taken = Object.keys(flags).find(
    (flag) =>
      !NPM_FLAGS.includes(flag) && environment[`npm_config_${flag.replaceAll('-', '_')}`] !== undefined,
  );
  if (taken === undefined) return;
  throw new UsageError(
    `npm took --${taken} as its own: put "--" in front of the command, as in "npm run kafka -- ${name} --${taken} …"; PowerShell needs the quotes around "--"`,
  );
}

function findCommand(words: readonly string[], commands: readonly Command[]): Command | undefined {
  const isMeant = ({ name }: Command): boolean => name.split(' ').every((word, at) => words[at] === word);
  return commands.find(isMeant);
}

/** Says what is wrong with words that name no command: an unknown one, or only the first word of several commands. */
function unknownCommand(words: readonly string[], commands: readonly Command[]): string {
  const [first, second] = words;
  const split = commands.map(({ name }) => name.split(' '));
  const below = split.flatMap(([group, name]) => (group === first && name !== undefined ? [name] : []));
  const known = below.length > 0 ? below : [...new Set(split.map(([name = '']) => name))];
  const word = below.length > 0 ? second : first;
  if (word === undefined) return `No command: name one of ${known.join(', ')}`;
  return `Unknown command "${word}"${didYouMean(word, known)}`;
}

function lastWord(name: string): string {
  return name.split(' ').at(-1) ?? name;
}

function didYouMean(word: string, known: readonly string[], dashes = ''): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? '' : `; did you mean ${dashes}${nearest}?`;
}
