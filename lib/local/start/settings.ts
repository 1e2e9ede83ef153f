import type { CliOptions } from '../../build/framework.ts';
import { UserError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
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
export class SettingsError extends UserError {
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

/** The environment variable beside each flag. */
const VARIABLES = {
  httpPort: 'HTTP_PORT',
  lambdaPort: 'LAMBDA_PORT',
  mappingPort: 'MAPPING_PORT',
  kafkaPort: 'KAFKA_PORT',
  dataDirectory: 'KAFKA_DATA_DIRECTORY',
  ephemeral: 'KAFKA_EPHEMERAL',
  partitions: 'KAFKA_PARTITIONS',
  schemaDirectory: 'KAFKA_SCHEMA_DIRECTORY',
  'duplicate-rate': 'KAFKA_DUPLICATE_RATE',
} as const;
type Flag = keyof typeof VARIABLES;

const HIGHEST_PORT = 65_535;
/** 0 lets the operating system choose. serverless-offline would not tell which it chose. */
const ANY_PORT = { minimum: 0, maximum: HIGHEST_PORT };
const CERTAIN_PORT = { minimum: 1, maximum: HIGHEST_PORT };
const PARTITIONS = { minimum: 1, maximum: 1_000 };

type Environment = Readonly<Record<string, string | undefined>>;

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
  environment: Environment,
  custom: Readonly<Record<string, unknown>>,
): LocalSettings {
  const local = isJsonObject(custom.local) ? custom.local : {};
  const offline = isJsonObject(custom['serverless-offline']) ? custom['serverless-offline'] : {};
  const choices = new Choices(options, environment);

  const settings: LocalSettings = {
    host: String(options.host ?? offline.host ?? 'localhost'),
    httpPort: choices.integer('httpPort', offline.httpPort, CERTAIN_PORT) ?? 3000,
    lambdaPort: choices.integer('lambdaPort', offline.lambdaPort, CERTAIN_PORT) ?? 3002,
    mappingPort: choices.integer('mappingPort', local.mappingPort, ANY_PORT) ?? 3004,
    kafkaPort: choices.integer('kafkaPort', local.kafkaPort, ANY_PORT) ?? 9092,
    dataDirectory: choices.yes('ephemeral', local.ephemeral)
      ? undefined
      : (choices.text('dataDirectory', local.dataDirectory) ?? '.kafka'),
    partitions: choices.integer('partitions', local.partitions, PARTITIONS) ?? 3,
    duplicateRate: choices.share('duplicate-rate', local.duplicateRate) ?? 0,
    schemaDirectory: choices.text('schemaDirectory', local.schemaDirectory),
    topics: choices.topics(local.topics),
    brokers: environment.KAFKA_BROKERS?.trim() || undefined,
    example: typeof local.example === 'string' ? local.example : undefined,
  };
  if (choices.problems.length > 0) throw new SettingsError(choices.problems);
  return settings;
}

/** The ports that the local run will listen on. */
export function wantedPorts(settings: LocalSettings): WantedPort[] {
  const { host } = settings;
  const wanted = (
    flag: 'httpPort' | 'lambdaPort' | 'mappingPort' | 'kafkaPort',
    purpose: string,
  ): WantedPort => ({
    purpose,
    host,
    port: settings[flag],
    flag: `--${flag}`,
    variable: VARIABLES[flag],
  });
  const ports = [
    wanted('httpPort', 'the HTTP API'),
    wanted('lambdaPort', 'invoking functions'),
    wanted('mappingPort', 'the mappings'),
  ];
  if (settings.brokers !== undefined) return ports;
  return [...ports, { ...wanted('kafkaPort', 'the Kafka broker'), host: '127.0.0.1' }];
}

/** Chooses between flag, environment variable and serverless.yml, and collects what is wrong. */
class Choices {
  readonly problems: string[] = [];
  readonly #options: CliOptions;
  readonly #environment: Environment;

  constructor(options: CliOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
  }

  text(flag: Flag, configured: unknown): string | undefined {
    const { value } = this.#choose(flag, configured);
    return value === undefined ? undefined : String(value);
  }

  yes(flag: Flag, configured: unknown): boolean {
    const { value, name } = this.#choose(flag, configured);
    if (['true', '1'].includes(String(value))) return true;
    if (value !== undefined && !['false', '0'].includes(String(value))) {
      this.problems.push(`${name} is "${value}"; give true or false`);
    }
    return false;
  }

  share(flag: Flag, configured: unknown): number | undefined {
    const { value, name } = this.#choose(flag, configured);
    if (value === undefined) return undefined;
    const share = Number(value);
    if (share >= 0 && share <= 1) return share;
    this.problems.push(`${name} is "${value}"; give a share from 0 to 1, for example 0.05`);
    return undefined;
  }

  integer(flag: Flag, configured: unknown, range: Range): number | undefined {
    const { value, name } = this.#choose(flag, configured);
    return value === undefined ? undefined : this.#inRange(value, name, range);
  }

  topics(configured: unknown): Record<string, number> {
    const topics = Object.entries(isJsonObject(configured) ? configured : {});
    return Object.fromEntries(
      topics.flatMap(([topic, value]) => {
        const partitions = this.#inRange(value, `custom.local.topics.${topic}`, PARTITIONS);
        return partitions === undefined ? [] : [[topic, partitions]];
      }),
    );
  }

  #inRange(value: unknown, name: string, { minimum, maximum }: Range): number | undefined {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum) {
      return number;
    }
    this.problems.push(`${name} is "${value}"; give a number from ${minimum} to ${maximum}`);
    return undefined;
  }

  #choose(flag: Flag, configured: unknown): { value: unknown; name: string } {
    const variable = VARIABLES[flag];
    if (this.#options[flag] !== undefined) return { value: this.#options[flag], name: `--${flag}` };
    if (this.#environment[variable]) return { value: this.#environment[variable], name: variable };
    return { value: configured ?? undefined, name: `${flag} in serverless.yml` };
  }
}

interface Range {
  minimum: number;
  maximum: number;
}
