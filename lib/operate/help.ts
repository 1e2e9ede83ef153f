import { clusterFlags } from './cluster-flags.ts';
import type { Command, Flag, Flags } from './command.ts';
import { commonFlags } from './command-line.ts';

const WIDTH = 26;

const clusterNote = [
  'Everything else about the cluster is read from the environment, as by the functions: KAFKA_PASSWORD, AWS credentials.',
];
const exitCodes = 'Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted.';

/**
 * The help.
 *
 * @param commands - that there are
 * @param name - of the command to explain; undefined for an overview
 */
export function helpOf(commands: readonly Command[], name: string | undefined): string {
  const command = commands.find((each) => each.name === name);
  return `${(command === undefined ? overview(commands) : explanation(command)).join('\n')}\n`;
}

function overview(commands: readonly Command[]): string[] {
  return [
    'Usage: npm run kafka -- <command>, or in AWS',
    '       npx serverless invoke -f operate -d "<command>"',
    '',
    ...commands.map(({ name, summary }) => entry(name, summary)),
    '',
    'npm run kafka -- <command> --help says more about one. Coordinates are <topic>/<partition>/<offset>.',
    '',
    ...flagLines({ ...commonFlags, ...clusterFlags }),
    '',
    ...clusterNote,
    exitCodes,
  ];
}

function explanation({ name, words, summary, flags, notes = [] }: Command): string[] {
  const isAboutCluster = Object.hasOwn(flags, 'brokers');
  const isShared = (flag: string): boolean => isAboutCluster && Object.hasOwn(clusterFlags, flag);
  const own = Object.fromEntries(Object.entries(flags).filter(([flag]) => !isShared(flag)));
  return [
    `Usage: npm run kafka -- ${name}${words === undefined ? '' : ` ${words}`}`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    '',
    ...flagLines({ ...own, ...commonFlags }),
    ...(isAboutCluster ? ['', ...flagLines(clusterFlags), '', ...clusterNote] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    exitCodes,
  ];
}

function flagLines(flags: Flags): string[] {
  return Object.entries(flags).map(([name, flag]) => entry(flagName(name, flag), flag.says));
}

function flagName(name: string, { value, short }: Flag): string {
  const dashed = short === undefined ? `--${name}` : `--${name}, -${short}`;
  return value === undefined ? dashed : `${dashed} ${value}`;
}

/** A name and what it means, on two lines when the name is long. */
function entry(name: string, meaning: string): string {
  return name.length < WIDTH
    ? `  ${name.padEnd(WIDTH)}${meaning}`
    : `  ${name}\n  ${' '.repeat(WIDTH)}${meaning}`;
}
