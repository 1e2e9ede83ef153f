import { isAbsolute, join, resolve } from 'node:path';
import { errorMessage } from '../../errors.ts';
import { createTopics } from '../../kafka/admin.ts';
import { kafkaConfiguration } from '../../kafka/configuration.ts';
import { createLog, type Log } from '../../log.ts';
import { type Broker, startBroker } from '../broker/broker.ts';
import type { EventSourceMappingDeclaration } from '../event-source-mapping/declaration.ts';
import {
  type EventSourceMapping,
  startEventSourceMapping,
} from '../event-source-mapping/event-source-mapping.ts';
import { isObject } from '../event-source-mapping/property-reader.ts';
import { createFunctionSandbox, type FunctionSandbox } from '../function/function-sandbox.ts';
import type { FunctionConfiguration, Service } from './framework.ts';
import type { LocalSettings } from './settings.ts';

const DEFAULT_TIMEOUT_SECONDS = 6; // of the Serverless Framework
const DEFAULT_MEMORY_MB = 1_024; // of the Serverless Framework

/** What `npm start` adds to serverless-offline: a Kafka cluster and the event source mappings that read it. */
export interface LocalRun {
  /** `host:port`, comma-separated. */
  readonly brokers: string;
  /** Whether the brokers are the embedded one. */
  readonly embedded: boolean;
  /** Topics that were created, with their partitions. */
  readonly createdTopics: readonly string[];
  /** Starts the event source mappings, once the functions have been built. */
  startMappings(): Promise<void>;
  /** Stops the mappings, then the functions, then the broker. May be called at any time and more than once. */
  stop(): Promise<void>;
}

/** The local run cannot start for a reason outside of its code. */
export class LocalRunError extends Error {
  override readonly name = 'LocalRunError';

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/**
 * Starts the embedded broker, or uses the cluster of `settings.brokers`, creates the topics that are missing and tells
 * the functions of the service where the brokers are.
 *
 * @param service - its functions' environment is changed
 * @param serviceDirectory - absolute path of the folder that holds serverless.yml
 * @param declarations - the event source mappings to run
 */
export async function startLocalRun(
  service: Service,
  serviceDirectory: string,
  settings: LocalSettings,
  declarations: readonly EventSourceMappingDeclaration[],
): Promise<LocalRun> {
  const log = createLog();
  const broker =
    settings.brokers === undefined ? await startEmbeddedBroker(settings, serviceDirectory, log) : undefined;
  const mappings: EventSourceMapping[] = [];
  const sandboxes: FunctionSandbox[] = [];
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    await Promise.all(mappings.map((mapping) => mapping.stop()));
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    await broker?.stop();
  };

  try {
    const environment = shareBrokers(service, broker?.address ?? settings.brokers ?? '');
    const kafka = kafkaConfiguration({ AWS_REGION: service.provider.region, ...environment });
    const createdTopics = await createTopics(kafka, neededTopics(service, settings, declarations)).catch(
      (error) => {
        throw new LocalRunError(
          `Topics could not be created on ${kafka.brokers}: ${errorMessage(error)}`,
          error,
        );
      },
    );

    return {
      brokers: kafka.brokers.join(','),
      embedded: broker !== undefined,
      createdTopics,
      startMappings: async () => {
        for (const declaration of declarations.filter(({ enabled }) => enabled)) {
          const definition = service.functions[declaration.functionName] ?? {};
          const sandbox = createFunctionSandbox(
            {
              name: definition.name ?? declaration.functionName,
              handler: definition.handler ?? '',
              codeDirectory: codeDirectory(service, serviceDirectory),
              timeoutMs: (definition.timeout ?? service.provider.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
              memorySize: definition.memorySize ?? service.provider.memorySize ?? DEFAULT_MEMORY_MB,
              environment: functionEnvironment(service, definition),
            },
            { log },
          );
          sandboxes.push(sandbox);
          mappings.push(
            await startEventSourceMapping({
              declaration,
              kafka,
              invoke: (event) => sandbox.invoke(event),
              log,
              duplicateRate: settings.duplicateRate,
            }),
          );
        }
      },
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEmbeddedBroker(
  settings: LocalSettings,
  serviceDirectory: string,
  log: Log,
): Promise<Broker> {
  return await startBroker({
    port: settings.kafkaPort,
    defaultPartitions: settings.partitions,
    log,
    ...(settings.dataDirectory === undefined
      ? {}
      : { dataDirectory: resolve(serviceDirectory, settings.dataDirectory) }),
  });
}

/** Every topic that is read, written on failure, or named in serverless.yml, with the partitions to create it with. */
function neededTopics(
  service: Service,
  settings: LocalSettings,
  declarations: readonly EventSourceMappingDeclaration[],
): Map<string, number> {
  const names = declarations.flatMap(({ topic, onFailureDestination }) => [
    topic,
    ...(onFailureDestination?.startsWith('kafka://') ? [onFailureDestination.slice('kafka://'.length)] : []),
  ]);
  for (const variable of ['KAFKA_TOPIC', 'KAFKA_DEAD_LETTER_TOPIC']) {
    const written = service.provider.environment?.[variable];
    if (typeof written === 'string' && written !== '') names.push(written);
  }
  const partitions = new Map(names.map((name) => [name, settings.partitions]));
  for (const [name, count] of Object.entries(settings.topics)) partitions.set(name, count);
  return partitions;
}

/** Variables that say how to reach a cluster; those of a deployed one must not leak into the local run. */
const CLUSTER_VARIABLES = ['KAFKA_AUTH', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'] as const;

/** Points every function of the service at the brokers, and returns the variables that do it. */
function shareBrokers(service: Service, brokers: string): Record<string, string> {
  const foreign = Boolean(process.env.KAFKA_BROKERS);
  const variables: Record<string, string> = {
    KAFKA_BROKERS: brokers,
    KAFKA_AUTH: 'none',
    MSK_CLUSTER_ARN: '',
  };
  for (const name of foreign ? CLUSTER_VARIABLES : []) {
    const value = process.env[name];
    if (value) variables[name] = value;
  }
  service.provider.environment = { ...service.provider.environment, ...variables };
  for (const definition of Object.values(service.functions)) {
    if (definition.environment === undefined) continue;
    for (const name of Object.keys(variables)) delete definition.environment[name];
  }
  return variables;
}

/** What serverless.yml says, which is all that a function finds on AWS besides the variables of Lambda itself. */
function functionEnvironment(
  { provider }: Service,
  definition: FunctionConfiguration,
): Record<string, string> {
  const declared = { AWS_REGION: provider.region, ...provider.environment, ...definition.environment };
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, value]) => {
      // A CloudFormation function has no value before the service is deployed.
      const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      return known ? [[name, String(value)]] : [];
    }),
  );
}

/** Where serverless-esbuild has put the bundles; it tells serverless-offline in the same way. */
function codeDirectory(service: Service, serviceDirectory: string): string {
  const offline = service.custom?.['serverless-offline'];
  const location = isObject(offline) && typeof offline.location === 'string' ? offline.location : '.';
  return isAbsolute(location) ? location : join(serviceDirectory, location);
}
