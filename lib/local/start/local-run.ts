import { resolve } from 'node:path';
import type { Service } from '../../build/framework.ts';
import { errorMessage, UserError } from '../../errors.ts';
import { type KafkaConfiguration, kafkaConfiguration } from '../../kafka/configuration.ts';
import { ensureTopics } from '../../kafka/topics.ts';
import type { WantedTopic } from '../../kafka/wanted-topic.ts';

import { createLog, type Log } from '../../log.ts';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import { topics as catalogue } from '../../schema/topics.ts';
import { declaredTopics, serviceTopics } from '../../stack/topics.ts';
import { type Broker, startBroker } from '../broker/broker.ts';
import { functionArn } from '../function/function-definition.ts';
import { createFunctionSandbox, type FunctionSandbox } from '../function/function-sandbox.ts';
import { type EventSourceMapping, startEventSourceMapping } from '../mapping/event-source-mapping.ts';
import { MAPPINGS_PATH, type MappingApi, startMappingApi } from './mapping-api.ts';
import { functionDefinition, shareBrokers } from './service-functions.ts';
import type { LocalSettings } from './settings.ts';

/** In the data directory: what SQS, SNS and S3 would have got. */
const ON_FAILURE_FOLDER = 'on-failure';

/** A cluster of KAFKA_BROKERS that has not answered by then is given up. */
const MAX_TOPICS_MS = 10_000;
const TOPICS_PAUSE_MS = 500;

/** The local run cannot start for a reason outside of its code. */
export class LocalRunError extends UserError {
  override readonly name = 'LocalRunError';

  constructor(message: string, cause: unknown) {
    super([message], { cause });
  }
}

/** What `npm start` adds to serverless-offline: a Kafka cluster and the event source mappings that read it. */
export class LocalRun {
  /** `host:port`, comma-separated. */
  readonly brokers: string;
  /** Whether the brokers are the embedded one. */
  readonly embedded: boolean;
  /** Topics that did not exist before. */
  readonly createdTopics: readonly string[];
  readonly #options: LocalRunOptions;
  readonly #kafka: KafkaConfiguration;
  readonly #broker: Broker | undefined;
  readonly #log: Log;
  readonly #sandboxes: FunctionSandbox[] = [];
  readonly #mappings: EventSourceMapping[] = [];
  #api: MappingApi | undefined;
  #stopped: Promise<void> | undefined;

  /** Use {@link startLocalRun}. */
  constructor(
    options: LocalRunOptions,
    cluster: {
      kafka: KafkaConfiguration;
      broker: Broker | undefined;
      createdTopics: readonly string[];
      log: Log;
    },
  ) {
    this.brokers = cluster.kafka.brokers.join(',');
    this.embedded = cluster.broker !== undefined;
    this.createdTopics = cluster.createdTopics;
    this.#options = options;
    this.#kafka = cluster.kafka;
    this.#broker = cluster.broker;
    this.#log = cluster.log;
  }

  /**
   * Starts the event source mappings, once the functions have been built.
   *
   * @returns the URL that shows their state
   * @throws LocalRunError that names the mapping which cannot start
   */
  async startMappings(): Promise<string> {
    const { declarations, settings } = this.#options;
    for (const declaration of declarations) {
      this.#mappings.push(await explaining(this.#startMapping(declaration), declaration));
    }
    const { host, mappingPort: port } = settings;
    this.#api = await startMappingApi({ host, port }, () => this.#mappings);
    return `http://${host}:${this.#api.port}${MAPPINGS_PATH}`;
  }

  /** Stops the mappings, then the functions, then the broker. May be called at any time and more than once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #startMapping(declaration: EventSourceMappingDeclaration): Promise<EventSourceMapping> {
    const { service, serviceDirectory, settings } = this.#options;
    const { dataDirectory, schemaDirectory, duplicateRate } = settings;
    const definition = functionDefinition(service, serviceDirectory, declaration.functionName);
    const sandbox = createFunctionSandbox(definition, { log: this.#log });
    this.#sandboxes.push(sandbox);
    return startEventSourceMapping({
      declaration,
      kafka: this.#kafka,
      invoke: (event) => sandbox.invoke(event),
      functionTimeoutMs: definition.timeoutMs,
      functionArn: functionArn(definition),
      log: this.#log,
      duplicateRate,
      ...(schemaDirectory && { schemaDirectory: resolve(serviceDirectory, schemaDirectory) }),
      ...(dataDirectory && {
        onFailureDirectory: resolve(serviceDirectory, dataDirectory, ON_FAILURE_FOLDER),
      }),
    });
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#mappings.map((mapping) => mapping.stop()));
    await Promise.all(this.#sandboxes.map((sandbox) => sandbox.close()));
    await this.#api?.close();
    await this.#broker?.stop();
  }
}

export interface LocalRunOptions {
  /** Its functions' environment is changed. */
  service: Service;
  /** Absolute path of the folder that holds serverless.yml. */
  serviceDirectory: string;
  settings: LocalSettings;
  /** The event source mappings to run. */
  declarations: readonly EventSourceMappingDeclaration[];
}

/**
 * Starts the embedded broker, or uses the cluster of `settings.brokers`, creates the topics that are missing and tells
 * the functions of the service where the brokers are.
 *
 * @throws LocalRunError when the broker cannot start or the cluster does not answer
 */
export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const { service, settings } = options;
  const log = createLog();
  const broker = settings.brokers === undefined ? await startEmbeddedBroker(options, log) : undefined;
  try {
    const environment = shareBrokers(service, broker?.address ?? settings.brokers ?? '');
    const kafka = kafkaConfiguration({ AWS_REGION: service.provider.region, ...environment });
    const createdTopics = await createNeededTopics(kafka, options, log);
    return new LocalRun(options, { kafka, broker, createdTopics, log });
  } catch (error) {
    await broker?.stop();
    throw error;
  }
}

async function startEmbeddedBroker(
  { settings, serviceDirectory }: LocalRunOptions,
  log: Log,
): Promise<Broker> {
  const { kafkaPort, partitions, dataDirectory } = settings;
  try {
    return await startBroker({
      port: kafkaPort,
      defaultPartitions: partitions,
      log,
      ...(dataDirectory && { dataDirectory: resolve(serviceDirectory, dataDirectory) }),
    });
  } catch (error) {
    throw new LocalRunError(`The Kafka broker could not start: ${errorMessage(error)}`, error);
  }
}

async function createNeededTopics(
  kafka: KafkaConfiguration,
  options: LocalRunOptions,
  log: Log,
): Promise<string[]> {
  try {
    const deadline = Date.now() + MAX_TOPICS_MS;
    const outcomes = await ensureTopics(kafka, neededTopics(options), {
      deadline,
      log,
      pauseMs: TOPICS_PAUSE_MS,
    });
    return Object.keys(outcomes).filter((name) => outcomes[name] === 'created');
  } catch (error) {
    throw new LocalRunError(`Topics could not be created on ${kafka.brokers}: ${errorMessage(error)}`, error);
  }
}

async function explaining<T>(starting: Promise<T>, declaration: EventSourceMappingDeclaration): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    const { functionName, topic, schemaRegistry } = declaration;
    const hint =
      schemaRegistry === undefined ? '' : ' (--schemaDirectory names a folder of schemas to use instead)';
    const reason = error instanceof Error && error.cause ? errorMessage(error.cause) : errorMessage(error);
    throw new LocalRunError(
      `The mapping of ${topic} to ${functionName} could not start: ${reason}${hint}`,
      error,
    );
  }
}

/** What a deployment would create, and the topics that `custom.local.topics` names. */
function neededTopics({ service, settings }: LocalRunOptions): WantedTopic[] {
  const { functions, provider, custom } = service;
  const { environment = {} } = provider;
  const local = Object.entries(settings.topics).map(([name, partitions]) => [name, { partitions }]);
  return serviceTopics({
    functions,
    environment,
    declared: { ...declaredTopics(custom?.topics, []), ...Object.fromEntries(local) },
    catalogue,
    partitions: settings.partitions,
    prefix: String(environment.KAFKA_TOPIC_PREFIX ?? ''),
  });
}
