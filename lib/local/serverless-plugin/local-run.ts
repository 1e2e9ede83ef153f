import { join, resolve } from 'node:path';
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
import { functionArn } from '../function/function-definition.ts';
import { createFunctionSandbox, type FunctionSandbox } from '../function/function-sandbox.ts';
import type { Service } from './framework.ts';
import { MAPPINGS_PATH, type MappingApi, startMappingApi } from './mapping-api.ts';
import { functionDefinition, shareBrokers } from './service-functions.ts';
import type { LocalSettings } from './settings.ts';

/** In the data directory: what SQS, SNS and S3 would have got. */
const ON_FAILURE_FOLDER = 'on-failure';

/** What `npm start` adds to serverless-offline: a Kafka cluster and the event source mappings that read it. */
export interface LocalRun {
  /** `host:port`, comma-separated. */
  readonly brokers: string;
  /** Whether the brokers are the embedded one. */
  readonly embedded: boolean;
  /** Topics that were created, with their partitions. */
  readonly createdTopics: readonly string[];
  /** Starts the event source mappings, once the functions have been built. Resolves to the URL that shows them. */
  startMappings(): Promise<string>;
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
  const dataDirectory = settings.dataDirectory && resolve(serviceDirectory, settings.dataDirectory);
  const schemaDirectory = settings.schemaDirectory && resolve(serviceDirectory, settings.schemaDirectory);
  const broker =
    settings.brokers === undefined ? await startEmbeddedBroker(settings, dataDirectory, log) : undefined;
  let api: MappingApi | undefined;
  const mappings: EventSourceMapping[] = [];
  const sandboxes: FunctionSandbox[] = [];
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    await Promise.all(mappings.map((mapping) => mapping.stop()));
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    await api?.close();
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
        for (const declaration of declarations) {
          const definition = functionDefinition(service, serviceDirectory, declaration.functionName);
          const sandbox = createFunctionSandbox(definition, { log });
          sandboxes.push(sandbox);
          const mapping = await startEventSourceMapping({
            declaration,
            kafka,
            invoke: (event) => sandbox.invoke(event),
            functionArn: functionArn(definition),
            log,
            duplicateRate: settings.duplicateRate,
            ...(schemaDirectory && { schemaDirectory }),
            ...(dataDirectory && { onFailureDirectory: join(dataDirectory, ON_FAILURE_FOLDER) }),
          });
          mappings.push(mapping);
        }
        api = await startMappingApi({ host: settings.host, port: settings.mappingPort }, () => mappings);
        return `http://${settings.host}:${api.port}${MAPPINGS_PATH}`;
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
  { kafkaPort, partitions }: LocalSettings,
  dataDirectory: string | undefined,
  log: Log,
): Promise<Broker> {
  try {
    return await startBroker({
      port: kafkaPort,
      defaultPartitions: partitions,
      log,
      ...(dataDirectory && { dataDirectory }),
    });
  } catch (error) {
    throw new LocalRunError(`The Kafka broker could not start: ${errorMessage(error)}`, error);
  }
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
