import { isObject } from '../event-source-mapping/property-reader.ts';
import type { CliOptions } from './framework.ts';
import type { WantedPort } from './ports.ts';

/** How `npm start` runs: where it listens and what it keeps. */
export interface LocalSettings {
  /** Host name of the HTTP API. */
  host: string;
  httpPort: number;
  /** serverless-offline's own API for invoking functions. */
  lambdaPort: number;
  /** Where the state of the event source mappings is shown; 0: any free port. */
  mappingPort: number;
  /** 0: any free port. */
  kafkaPort: number;
  /** Where the embedded broker keeps its data; absent: in memory. */
  dataDirectory: string | undefined;
  /** Partitions of a topic that is created without a number of its own. */
  partitions: number;
  /** Share of successful batches, 0 to 1, that are delivered once more. */
  duplicateRate: number;
  /** Folder of JSON Schemas as `<schema id>.json`, in place of declared schema registries. */
  schemaDirectory: string | undefined;
  /** Topics to create besides those that functions read, with their partitions. */
  topics: Readonly<Record<string, number>>;
  /** Bootstrap brokers of a cluster to use instead of the embedded broker. */
  brokers: string | undefined;
  /** A command to print once everything is up; `{httpPort}` stands for the port. */
  example: string | undefined;
}

/** Flags, environment variables or serverless.yml hold a value that makes no sense. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Options of `serverless offline` and `serverless offline start` that this plugin adds. */
export const localOptions = {
  kafkaPort: {
    usage: 'Port of the embedded Kafka broker, or KAFKA_PORT. Default: 9092.',
    type: 'string',
  },
  dataDirectory: {
    usage: 'Folder for the data of the embedded broker, or KAFKA_DATA_DIRECTORY. Default: .kafka.',
    type: 'string',
  },
  ephemeral: {
    usage: 'Keep the data of the embedded broker in memory, or KAFKA_EPHEMERAL=true.',
    type: 'boolean',
  },
  partitions: {
    usage: 'Partitions of the topics that are created, or KAFKA_PARTITIONS. Default: 3.',
    type: 'string',
  },
  mappingPort: {
    usage: 'Port that shows the state of the event source mappings, or MAPPING_PORT. Default: 3004.',
    type: 'string',
  },
  schemaDirectory: {
    usage: 'Folder of JSON Schemas to use in place of schema registries, or KAFKA_SCHEMA_DIRECTORY.',
    type: 'string',
  },
  'duplicate-rate': {
    usage:
      'Share of batches, 0 to 1, that are delivered twice to see whether the code is idempotent, or KAFKA_DUPLICATE_RATE.',
    type: 'string',
  },
} as const;

const DEFAULTS = {
  host: 'localhost',
  httpPort: 3000,
  lambdaPort: 3002,
  mappingPort: 3004,
  kafkaPort: 9092,
  dataDirectory: '.kafka',
  partitions: 3,
} as const;

const HIGHEST_PORT = 65_535;
const MAX_PARTITIONS = 1_000;

/**
 * Settles how the local run is set up. A flag wins over an environment variable, which wins over serverless.yml.
 *
 * @param options - of the command line
 * @param environment - usually `process.env`; empty texts count as absent
 * @param custom - `custom` of serverless.yml: `local` is ours, `serverless-offline` is that plugin's
 * @throws SettingsError naming every setting that is wrong
 */
export function localSettings(
  options: CliOptions,
  environment: Readonly<Record<string, string | undefined>>,
  custom: Readonly<Record<string, unknown>>,
): LocalSettings {
  const problems: string[] = [];
  const local = isObject(custom.local) ? custom.local : {};
  const offline = isObject(custom['serverless-offline']) ? custom['serverless-offline'] : {};

  const choose = (flag: string, variable: string, configured: unknown): { value: unknown; name: string } => {
    if (options[flag] !== undefined) return { value: options[flag], name: `--${flag}` };
    if (environment[variable]) return { value: environment[variable], name: variable };
    return { value: configured ?? undefined, name: flag };
  };
  const integer = (
    choice: { value: unknown; name: string },
    range: { minimum: number; maximum: number; default: number },
  ) => {
    if (choice.value === undefined) return range.default;
    const value =
      typeof choice.value === 'string' && /^\d+$/.test(choice.value) ? Number(choice.value) : choice.value;
    if (
      typeof value === 'number' &&
      Number.isInteger(value) &&
      value >= range.minimum &&
      value <= range.maximum
    ) {
      return value;
    }
    problems.push(
      `${choice.name} is "${choice.value}"; give a number from ${range.minimum} to ${range.maximum}`,
    );
    return range.default;
  };
  const port = (choice: { value: unknown; name: string }, minimum: number, byDefault: number) =>
    integer(choice, { minimum, maximum: HIGHEST_PORT, default: byDefault });

  const ephemeral = choose('ephemeral', 'KAFKA_EPHEMERAL', local.ephemeral);
  if (!['true', 'false', '1', '0', 'undefined'].includes(String(ephemeral.value))) {
    problems.push(`${ephemeral.name} is "${ephemeral.value}"; give true or false`);
  }
  const duplicates = choose('duplicate-rate', 'KAFKA_DUPLICATE_RATE', local.duplicateRate);
  const duplicateRate = Number(duplicates.value ?? 0);
  if (!(duplicateRate >= 0 && duplicateRate <= 1)) {
    problems.push(`${duplicates.name} is "${duplicates.value}"; give a share from 0 to 1, for example 0.05`);
  }
  const dataDirectory = choose('dataDirectory', 'KAFKA_DATA_DIRECTORY', local.dataDirectory).value;
  const schemaDirectory = choose('schemaDirectory', 'KAFKA_SCHEMA_DIRECTORY', local.schemaDirectory).value;
  const partitionRange = { minimum: 1, maximum: MAX_PARTITIONS, default: DEFAULTS.partitions };
  const topics = Object.entries(isObject(local.topics) ? local.topics : {});

  const settings: LocalSettings = {
    host: String(options.host ?? offline.host ?? DEFAULTS.host),
    httpPort: port(choose('httpPort', 'HTTP_PORT', offline.httpPort), 1, DEFAULTS.httpPort),
    lambdaPort: port(choose('lambdaPort', 'LAMBDA_PORT', offline.lambdaPort), 1, DEFAULTS.lambdaPort),
    mappingPort: port(choose('mappingPort', 'MAPPING_PORT', local.mappingPort), 0, DEFAULTS.mappingPort),
    kafkaPort: port(choose('kafkaPort', 'KAFKA_PORT', local.kafkaPort), 0, DEFAULTS.kafkaPort),
    dataDirectory: ['true', '1'].includes(String(ephemeral.value))
      ? undefined
      : String(dataDirectory ?? DEFAULTS.dataDirectory),
    partitions: integer(choose('partitions', 'KAFKA_PARTITIONS', local.partitions), partitionRange),
    duplicateRate,
    schemaDirectory: schemaDirectory === undefined ? undefined : String(schemaDirectory),
    topics: Object.fromEntries(
      topics.map(([topic, value]) => [
        topic,
        integer({ value, name: `custom.local.topics.${topic}` }, partitionRange),
      ]),
    ),
    brokers: environment.KAFKA_BROKERS?.trim() || undefined,
    example: typeof local.example === 'string' ? local.example : undefined,
  };
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return settings;
}

/** The ports that the local run will listen on. */
export function wantedPorts(settings: LocalSettings): WantedPort[] {
  const { host, httpPort, lambdaPort, mappingPort, kafkaPort } = settings;
  const ports = [
    { purpose: 'the HTTP API', host, port: httpPort, flag: '--httpPort', variable: 'HTTP_PORT' },
    { purpose: 'invoking functions', host, port: lambdaPort, flag: '--lambdaPort', variable: 'LAMBDA_PORT' },
    { purpose: 'the mappings', host, port: mappingPort, flag: '--mappingPort', variable: 'MAPPING_PORT' },
  ];
  if (settings.brokers !== undefined) return ports;
  return [
    ...ports,
    {
      purpose: 'the Kafka broker',
      host: '127.0.0.1',
      port: kafkaPort,
      flag: '--kafkaPort',
      variable: 'KAFKA_PORT',
    },
  ];
}
