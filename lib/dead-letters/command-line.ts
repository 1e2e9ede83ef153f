import { parseArgs } from 'node:util';
import type { Coordinates } from '../consume/decode-record.ts';
import { errorMessage } from '../errors.ts';
import { isAuth, type KafkaAuth } from '../kafka/configuration.ts';
import { nearestWord } from '../nearest-word.ts';
import { parseCoordinates } from './coordinates.ts';

export const usage = `Usage: npm run dead-letters -- <command>

  list                      one line per dead letter, and their number
  show <coordinates>        everything about one dead letter
  replay [<coordinates>…]   sends dead letters back to the topics they came from: all that were not replayed
                            yet, or the named ones, again if need be

Coordinates are <topic>/<partition>/<offset> in the dead letter topic, as list prints them.

  --topic <topic>       a topic of the catalogue, for its dead letter topic, or a dead letter topic by its name;
                        default KAFKA_DEAD_LETTER_TOPIC, else the dead letter topics of all topics of the catalogue
  --to <topic>          replay: send to this topic instead
  --dry-run             replay: say what would be sent where, and change nothing
  --json                JSON lines for programs
  --brokers <brokers>   host:port, comma-separated; default KAFKA_BROKERS, else those of MSK_CLUSTER_ARN
  --auth <auth>         none, tls, scram or iam; default KAFKA_AUTH, else none

Everything else about the cluster is read from the environment, as by the functions: KAFKA_USERNAME and KAFKA_PASSWORD,
KAFKA_TOPIC_PREFIX, AWS credentials.
`;

/** Which cluster the tool was told to use; what is undefined is read from the environment. */
interface ClusterFlags {
  readonly brokers: string | undefined;
  readonly auth: KafkaAuth | undefined;
}

/** What the tool was asked to do on a cluster. */
export type ClusterCommand = ClusterFlags &
  (
    | { readonly name: 'list'; readonly topic: string | undefined; readonly json: boolean }
    | { readonly name: 'show'; readonly coordinates: Coordinates; readonly json: boolean }
    | {
        readonly name: 'replay';
        readonly topic: string | undefined;
        /** All of one topic; empty for everything that was not replayed yet. */
        readonly coordinates: readonly Coordinates[];
        readonly to: string | undefined;
        readonly dryRun: boolean;
        readonly json: boolean;
      }
  );

/** What the tool was asked to do. */
export type Command = { readonly name: 'help' } | ClusterCommand;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const options = {
  topic: { type: 'string' },
  to: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  brokers: { type: 'string' },
  auth: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flag = keyof typeof options;

const flagsOf: Record<'list' | 'show' | 'replay', readonly Flag[]> = {
  list: ['topic', 'json', 'brokers', 'auth'],
  show: ['topic', 'json', 'brokers', 'auth'],
  replay: ['topic', 'to', 'dry-run', 'json', 'brokers', 'auth'],
};

/**
 * Reads a command line.
 *
 * @param args - without node and script
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [word, ...rest] = positionals;
  if (values.help || word === 'help') return { name: 'help' };
  const name = commandName(word);
  const foreign = Object.keys(values).find((flag) => !flagsOf[name].some((own) => own === flag));
  if (foreign !== undefined) throw new UsageError(`${name} has no --${foreign}`);
  if (values.topic === '' || values.to === '') throw new UsageError('A topic must have a name');
  const cluster = clusterFlags(values);

  const coordinates = rest.map(coordinatesIn);
  const topic = topicOf(coordinates, values.topic);
  const json = values.json ?? false;
  if (name === 'list') {
    if (coordinates.length > 0) throw new UsageError('list takes no coordinates');
    return { name, topic, json, ...cluster };
  }
  if (name === 'show') {
    const [one] = coordinates;
    if (one === undefined || coordinates.length > 1)
      throw new UsageError('show takes the coordinates of one');
    return { name, coordinates: one, json, ...cluster };
  }
  return { name, topic, coordinates, to: values.to, dryRun: values['dry-run'] ?? false, json, ...cluster };
}

function commandName(word: string | undefined): keyof typeof flagsOf {
  if (word === undefined) throw new UsageError('No command');
  if (word === 'list' || word === 'show' || word === 'replay') return word;
  throw new UsageError(`Unknown command "${word}"${didYouMean(word, Object.keys(flagsOf))}`);
}

function clusterFlags({ brokers, auth }: { brokers?: string; auth?: string }): ClusterFlags {
  if (auth === undefined || isAuth(auth)) return { brokers, auth };
  throw new UsageError(`--auth must be none, tls, scram or iam, not "${auth}"`);
}

function parse(args: readonly string[]) {
  const known = Object.keys(options).map((flag) => `--${flag}`);
  for (const argument of args) {
    const [flag = ''] = argument.split('=', 1);
    if (/^--./.test(flag) && !known.includes(flag)) {
      throw new UsageError(`Unknown option '${flag}'${didYouMean(flag, known)}`);
    }
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
}

function coordinatesIn(text: string): Coordinates {
  const coordinates = parseCoordinates(text);
  if (coordinates === undefined) throw new UsageError(`"${text}" is not <topic>/<partition>/<offset>`);
  return coordinates;
}

function topicOf(coordinates: readonly Coordinates[], flag: string | undefined): string | undefined {
  const topics = new Set(coordinates.map(({ topic }) => topic));
  if (flag !== undefined) topics.add(flag);
  if (topics.size > 1)
    throw new UsageError(`One dead letter topic at a time, not ${[...topics].join(' and ')}`);
  const [topic] = topics;
  return topic;
}

function didYouMean(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
