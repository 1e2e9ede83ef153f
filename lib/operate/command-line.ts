import { parseArgs } from 'node:util';
import type { Coordinates } from '../consume/decode-record.ts';
import { errorMessage } from '../errors.ts';
import { isAuth, type KafkaAuth } from '../kafka/configuration.ts';
import { nearestWord } from '../nearest-word.ts';
import { parseCoordinates } from './coordinates.ts';
import { parseResetPosition, type ResetPosition } from './reset-position.ts';

export const usage = `Usage: npm run operate -- <command>, or in AWS
       npx serverless invoke -f operate -d '{"command":"<command>"}'

  dead-letters list                 one line per dead letter, and their number
  dead-letters show <coordinates>   everything about one dead letter
  dead-letters replay [<coordinates>…]
                                    sends dead letters back to the topics they came from: all that were not replayed
                                    yet, or the named ones, again if need be
  failed list, show, replay         the same for what event source mappings gave up: the documents in failure topics
  lag                               how far consumer groups are behind, in records and in time
  reset                             lets a consumer group without members read on from somewhere else
  topics                            the topics with their partitions and records

npm run dead-letters -- <command> is npm run operate -- dead-letters <command>.
Coordinates are <topic>/<partition>/<offset> in the dead letter topic or failure topic, as list prints them.

  --topic <topic>       dead-letters, failed: a topic of the catalogue, for its dead letter topic or failure topic, or
                        one of these by its name; default KAFKA_DEAD_LETTER_TOPIC, else those of all topics
                        lag, reset: the topic that is consumed
  --from <coordinates>  list: begin there
  --to <topic>          replay: send to this topic instead
  --to <position>       reset: earliest, latest, a time (2026-01-31T12:00:00Z), or an offset of --partition
  --group <group>       lag, reset: the consumer group
  --partition <number>  reset: this partition only
  --limit <number>      list, replay: at most so many; the next replay goes on
  --seconds <number>    list, replay: at most so long
  --dry-run             replay, reset: say what would be done, and change nothing
  --json                JSON lines for programs
  --brokers <brokers>   host:port, comma-separated; default KAFKA_BROKERS, else those of MSK_CLUSTER_ARN
  --auth <auth>         none, tls, scram or iam; default KAFKA_AUTH, else none

Everything else about the cluster is read from the environment, as by the functions: KAFKA_USERNAME and KAFKA_PASSWORD,
KAFKA_TOPIC_PREFIX, AWS credentials.
`;

/** What is common to all commands; what is undefined is read from the environment. */
interface Common {
  readonly brokers: string | undefined;
  readonly auth: KafkaAuth | undefined;
  readonly json: boolean;
}

/** Whose records it is about: those that functions rejected, or those that event source mappings gave up. */
export type Room = 'dead-letters' | 'failed';

/** What bounds a list or a replay. */
interface Bounded {
  readonly limit: number | undefined;
  readonly seconds: number | undefined;
}

/** What is done to dead letters or failures. */
export type DeadLetterCommand = Common & { readonly room: Room; readonly topic: string | undefined } & (
    | (Bounded & { readonly name: 'list'; readonly from: Coordinates | undefined })
    | { readonly name: 'show'; readonly coordinates: Coordinates }
    | (Bounded & {
        readonly name: 'replay';
        /** All of one topic; empty for everything that was not replayed yet. */
        readonly coordinates: readonly Coordinates[];
        readonly to: string | undefined;
        readonly dryRun: boolean;
      })
  );

export type LagCommand = Common & {
  readonly name: 'lag';
  readonly group: string | undefined;
  readonly topic: string | undefined;
};

export type ResetCommand = Common & {
  readonly name: 'reset';
  readonly group: string;
  readonly topic: string;
  /** All partitions unless given. */
  readonly partition: number | undefined;
  readonly to: ResetPosition;
  readonly dryRun: boolean;
};

export type TopicsCommand = Common & { readonly name: 'topics' };

/** What is to be done on a cluster. */
export type ClusterCommand = DeadLetterCommand | LagCommand | ResetCommand | TopicsCommand;

/** What the tool was asked to do. */
export type Command = { readonly name: 'help' } | ClusterCommand;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const options = {
  topic: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  group: { type: 'string' },
  partition: { type: 'string' },
  limit: { type: 'string' },
  seconds: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  brokers: { type: 'string' },
  auth: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flag = keyof typeof options;
type Values = ReturnType<typeof parse>['values'];

const everywhere: readonly Flag[] = ['json', 'brokers', 'auth'];
const flagsOf: Readonly<Record<string, readonly Flag[]>> = {
  list: ['topic', 'from', 'limit', 'seconds', ...everywhere],
  show: ['topic', ...everywhere],
  replay: ['topic', 'to', 'limit', 'seconds', 'dry-run', ...everywhere],
  lag: ['group', 'topic', ...everywhere],
  reset: ['group', 'topic', 'partition', 'to', 'dry-run', ...everywhere],
  topics: everywhere,
};

const roomCommands = ['list', 'show', 'replay'] as const;
const rooms: readonly Room[] = ['dead-letters', 'failed'];
const others = ['lag', 'reset', 'topics'] as const;

/**
 * Reads a command line.
 *
 * @param args - without node and script
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help || positionals.includes('help')) return { name: 'help' };
  const [first, ...rest] = positionals;
  const room = rooms.find((each) => each === first);
  if (room !== undefined) {
    const name = oneOf(roomCommands, rest.shift());
    return roomCommand(room, name, rest, values);
  }
  const name = oneOf([...others, ...rooms], first);
  if (rest.length > 0) throw new UsageError(`${name} takes no "${rest[0]}"`);
  const common = commonOf(name, values);
  if (name === 'lag') return { name, group: values.group, topic: values.topic, ...common };
  if (name === 'reset') return { name, ...resetOf(values), ...common };
  return { name: 'topics', ...common };
}

function roomCommand(
  room: Room,
  name: (typeof roomCommands)[number],
  words: readonly string[],
  values: Values,
): DeadLetterCommand {
  const common = { room, ...commonOf(name, values) };
  const coordinates = words.map(coordinatesIn);
  const from = values.from === undefined ? undefined : coordinatesIn(values.from);
  const topic = topicOf(from === undefined ? coordinates : [from], values.topic);
  if (name === 'show') {
    const [one] = coordinates;
    if (one === undefined || coordinates.length > 1)
      throw new UsageError('show takes the coordinates of one');
    return { name, topic, coordinates: one, ...common };
  }
  const bounds = { limit: countIn('limit', values.limit), seconds: countIn('seconds', values.seconds) };
  if (name === 'replay') {
    return {
      name,
      topic,
      coordinates,
      to: values.to,
      dryRun: values['dry-run'] ?? false,
      ...bounds,
      ...common,
    };
  }
  if (coordinates.length > 0) throw new UsageError('list takes no coordinates; it begins at those of --from');
  return { name, topic, from, ...bounds, ...common };
}

function resetOf(values: Values): Pick<ResetCommand, 'group' | 'topic' | 'partition' | 'to' | 'dryRun'> {
  const { group, topic, to } = values;
  if (!group || !topic || !to) throw new UsageError('reset takes --group, --topic and --to');
  const partition = countIn('partition', values.partition, 0);
  const position = parseResetPosition(to);
  if (position === undefined) {
    throw new UsageError(`--to must be earliest, latest, a time in ISO 8601 or an offset, not "${to}"`);
  }
  if (typeof position === 'object' && 'offset' in position && partition === undefined) {
    throw new UsageError('An offset belongs to one partition: name it with --partition');
  }
  return { group, topic, partition, to: position, dryRun: values['dry-run'] ?? false };
}

function commonOf(name: string, values: Values): Common {
  const foreign = Object.keys(values).find((flag) => !flagsOf[name]?.some((own) => own === flag));
  if (foreign !== undefined) throw new UsageError(`${name} has no --${foreign}`);
  if (values.topic === '' || values.to === '') throw new UsageError('A topic must have a name');
  const { auth, brokers, json = false } = values;
  if (auth !== undefined && !isAuth(auth)) {
    throw new UsageError(`--auth must be none, tls, scram or iam, not "${auth}"`);
  }
  return { brokers, auth, json };
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

function oneOf<Name extends string>(names: readonly Name[], word: string | undefined): Name {
  if (word === undefined) throw new UsageError(`No command: name one of ${names.join(', ')}`);
  const found = names.find((name) => name === word);
  if (found === undefined) throw new UsageError(`Unknown command "${word}"${didYouMean(word, names)}`);
  return found;
}

function countIn(flag: string, text: string | undefined, minimum = 1): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < minimum) {
    throw new UsageError(`--${flag} must be a whole number from ${minimum} on, not "${text}"`);
  }
  return count;
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
