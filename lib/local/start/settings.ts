import type { CliOptions } from '../../build/framework.ts';
import { UserError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import type { WantedPort } from './ports.ts';

/** A flag, an environment variable or serverless.yml has an invalid value. */
export class SettingsError extends UserError {
  override readonly name = 'SettingsError';
}

/** One setting of the local run: `custom.local.<name>` of serverless.yml, and its flag and variable where it has them. */
interface Setting<T> {
  readonly flag?: string;
  readonly variable?: string;
  readonly usage?: string;
  /** The value, or undefined when it is invalid. */
  readonly parse: (value: unknown) => T | undefined;
  /** Valid values, to follow "give". */
  readonly expected: string;
  readonly fallback: T;
}

const HIGHEST_PORT = 65_535;
const MAX_PARTITIONS = 1_000;

const anyText = {
  parse: (value: unknown) => (typeof value === 'object' ? undefined : String(value).trim()),
  expected: 'a text',
};
const port = integer(0, HIGHEST_PORT);
const partitions = integer(1, MAX_PARTITIONS);
const yesOrNo = {
  parse: (value: unknown) =>
    ['true', '1'].includes(String(value)) || (['false', '0'].includes(String(value)) ? false : undefined),
  expected: 'true or false',
};
const share = {
  parse: (value: unknown) => (Number(value) >= 0 && Number(value) <= 1 ? Number(value) : undefined),
  expected: 'a share from 0 to 1, for example 0.05',
};

/** All settings. A flag wins over an environment variable, which wins over serverless.yml. */
const table = {
  host: setting({ flag: 'host', usage: 'Host name that the servers listen on', ...anyText }, 'localhost'),
  httpPort: setting(
    { flag: 'httpPort', variable: 'HTTP_PORT', usage: 'Port of the HTTP API', ...port },
    3000,
  ),
  lambdaPort: setting(
    {
      flag: 'lambdaPort',
      variable: 'LAMBDA_PORT',
      usage: 'Port of the Lambda API, which invokes functions',
      ...port,
    },
    3002,
  ),
  mappingPort: setting(
    {
      flag: 'mappingPort',
      variable: 'MAPPING_PORT',
      usage: 'Port that shows the state of the event source mappings',
      ...port,
    },
    3004,
  ),
  kafkaPort: setting(
    { flag: 'kafkaPort', variable: 'KAFKA_PORT', usage: 'Port of the embedded Kafka broker', ...port },
    9092,
  ),
  brokers: setting<string | undefined>(
    {
      flag: 'brokers',
      variable: 'KAFKA_BROKERS',
      usage: 'Bootstrap brokers of a cluster to use instead of the embedded broker',
      ...anyText,
    },
    undefined,
  ),
  group: setting<string | undefined>(
    {
      flag: 'group',
      variable: 'KAFKA_GROUP',
      usage: 'Consumer group on the cluster of --brokers; "shared" is the group of the deployed function',
      ...anyText,
    },
    undefined,
  ),
  dataDirectory: setting(
    {
      flag: 'dataDirectory',
      variable: 'KAFKA_DATA_DIRECTORY',
      usage: 'Folder for the data of the embedded broker',
      ...anyText,
    },
    '.kafka',
  ),
  ephemeral: setting(
    {
      flag: 'ephemeral',
      variable: 'KAFKA_EPHEMERAL',
      usage: 'Keep the data of the embedded broker in memory',
      ...yesOrNo,
    },
    false,
  ),
  reset: setting(
    {
      flag: 'reset',
      usage: 'Start with empty topics on the embedded broker; on another cluster without committed offsets',
      ...yesOrNo,
    },
    false,
  ),
  partitions: setting(
    {
      flag: 'partitions',
      variable: 'KAFKA_PARTITIONS',
      usage: 'Partitions of the topics that are created',
      ...partitions,
    },
    3,
  ),
  duplicateRate: setting(
    {
      flag: 'duplicate-rate',
      variable: 'KAFKA_DUPLICATE_RATE',
      usage: 'Share of batches, 0 to 1, that are delivered twice to see whether the code is idempotent',
      ...share,
    },
    0,
  ),
  schemaDirectory: setting<string | undefined>(
    {
      flag: 'schemaDirectory',
      variable: 'KAFKA_SCHEMA_DIRECTORY',
      usage: 'Folder of JSON Schemas, as <schema id>.json, to use in place of schema registries',
      ...anyText,
    },
    undefined,
  ),
  consoleWrites: setting(
    {
      flag: 'console-writes',
      usage: 'Let the console change the cluster of --brokers; it can always change the embedded broker',
      ...yesOrNo,
    },
    false,
  ),
  log: setting<'json' | 'text' | undefined>(
    {
      flag: 'log',
      variable: 'LOG_FORMAT',
      usage: '"json" or "text"; by default text on a terminal, JSON elsewhere',
      parse: (value) => (value === 'json' || value === 'text' ? value : undefined),
      expected: 'json or text',
    },
    undefined,
  ),
  /** A command to print once everything is up; `{httpPort}` stands for the port. */
  example: setting<string | undefined>(anyText, undefined),
};

type Table = typeof table;

/** How `npm start` runs: where it listens and what it keeps. */
export type LocalSettings = {
  readonly [Name in Exclude<keyof Table, 'dataDirectory' | 'ephemeral'>]: Table[Name] extends Setting<infer T>
    ? T
    : never;
} & {
  /** Where the embedded broker keeps its data; absent: in memory. */
  readonly dataDirectory: string | undefined;
  /** Topics to create besides those that functions read, with their partitions. */
  readonly topics: Readonly<Record<string, number>>;
  /** Whether the number of partitions was asked for, rather than the default. */
  readonly partitionsAsked: boolean;
};

/** Options of `serverless offline` and `serverless offline start`, as the framework takes them. */
export const localOptions: Readonly<Record<string, { usage: string; type: 'string' | 'boolean' }>> =
  Object.fromEntries([
    ...Object.values<Setting<unknown>>(table).flatMap(({ flag, usage, variable, fallback }) =>
      flag === undefined
        ? []
        : [[flag, { usage: described(usage, variable, fallback), type: optionType(fallback) }] as const],
    ),
  ]);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of the local run.
 *
 * @param options - of the command line
 * @param environment - usually `process.env`; empty texts count as absent
 * @param custom - `custom` of serverless.yml
 * @throws SettingsError naming every setting that is wrong
 */
export function localSettings(
  options: CliOptions,
  environment: Environment,
  custom: Readonly<Record<string, unknown>>,
): LocalSettings {
  const local = isJsonObject(custom.local) ? custom.local : {};
  const problems: string[] = [];
  const settle = <T>(name: string, { flag, variable, parse, expected, fallback }: Setting<T>): T => {
    const given = [
      { value: flag && options[flag], where: `--${flag}` },
      { value: variable && environment[variable]?.trim(), where: variable },
      { value: local[name], where: `${name} in serverless.yml` },
    ].find(({ value }) => value !== undefined && value !== null && value !== '');
    if (given === undefined) return fallback;
    const value = parse(given.value);
    if (value === undefined) problems.push(problem(given.where, given.value, expected));
    return value ?? fallback;
  };
  const topics = Object.entries(isJsonObject(local.topics) ? local.topics : {}).flatMap(([topic, count]) => {
    const number = partitions.parse(count);
    if (number === undefined)
      problems.push(problem(`custom.local.topics.${topic}`, count, partitions.expected));
    return number === undefined ? [] : [[topic, number] as const];
  });
  const settings: LocalSettings = {
    host: settle('host', table.host),
    httpPort: settle('httpPort', table.httpPort),
    lambdaPort: settle('lambdaPort', table.lambdaPort),
    mappingPort: settle('mappingPort', table.mappingPort),
    kafkaPort: settle('kafkaPort', table.kafkaPort),
    brokers: settle('brokers', table.brokers),
    group: settle('group', table.group),
    dataDirectory: settle('ephemeral', table.ephemeral)
      ? undefined
      : settle('dataDirectory', table.dataDirectory),
    reset: settle('reset', table.reset),
    partitions: settle('partitions', table.partitions),
    duplicateRate: settle('duplicateRate', table.duplicateRate),
    schemaDirectory: settle('schemaDirectory', table.schemaDirectory),
    consoleWrites: settle('consoleWrites', table.consoleWrites),
    log: settle('log', table.log),
    topics: Object.fromEntries(topics),
    example: settle('example', table.example),
    partitionsAsked: Boolean(options.partitions ?? environment.KAFKA_PARTITIONS),
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** The ports that the local run will listen on. */
export function wantedPorts(settings: LocalSettings): WantedPort[] {
  const wanted = (
    name: 'httpPort' | 'lambdaPort' | 'mappingPort' | 'kafkaPort',
    purpose: string,
    host = settings.host,
  ): WantedPort => ({
    purpose,
    host,
    port: settings[name],
    flag: `--${name}`,
    variable: table[name].variable ?? '',
  });
  const ports = [
    wanted('httpPort', 'the HTTP API'),
    wanted('lambdaPort', 'invoking functions'),
    wanted('mappingPort', 'the mappings'),
  ];
  if (settings.brokers !== undefined) return ports;
  return [...ports, wanted('kafkaPort', 'the Kafka broker', '127.0.0.1')];
}

function setting<T>(description: Omit<Setting<T>, 'fallback'>, fallback: T): Setting<T> {
  return { ...description, fallback };
}

function integer(minimum: number, maximum: number) {
  return {
    parse: (value: unknown) => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      const fits =
        typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum;
      return fits ? number : undefined;
    },
    expected: `a number from ${minimum} to ${maximum}`,
  };
}

function described(usage = '', variable: string | undefined, fallback: unknown): string {
  const or = variable === undefined ? '' : `, or ${variable}`;
  return `${usage}${or}.${fallback === undefined || fallback === false ? '' : ` Default: ${fallback}.`}`;
}

function optionType(fallback: unknown): 'string' | 'boolean' {
  return typeof fallback === 'boolean' ? 'boolean' : 'string';
}

function problem(where: string | undefined, value: unknown, expected: string): string {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `${where} is "${shown}"; give ${expected}`;
}
