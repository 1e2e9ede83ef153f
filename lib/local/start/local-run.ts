import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { refreshedLine, refreshValidators, serviceCatalogue } from '../../build/compile-validators.ts';
import type { Service } from '../../build/framework.ts';
import { loadEventTypes } from '../../build/load-event-types.ts';
import { releaseReport } from '../../build/release-report.ts';
import type { Documents } from '../../contract/document-names.ts';
import { errorMessage, UserError } from '../../errors.ts';
import { type KafkaConfiguration, kafkaConfiguration } from '../../kafka/configuration.ts';
import { ensureTopics } from '../../kafka/topics.ts';
import type { WantedTopic } from '../../kafka/wanted-topic.ts';
import { createLog, type Log } from '../../log.ts';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import { topics, topicsOf } from '../../schema/topics.ts';
import { declaredTopics, serviceTopics } from '../../stack/topics.ts';
import { type Broker, startBroker } from '../broker/broker.ts';
import { Console } from '../console/console.ts';
import { ConsoleCatalogue } from '../console/console-catalogue.ts';
import { Recorder } from '../console/recorder.ts';
import { consoleTopics, describeService } from '../console/service-view.ts';
import { functionArn } from '../function/function-definition.ts';
import { LocalFunctions } from '../function/local-functions.ts';
import { allowsOrigin } from '../http/http-api/cors.ts';
import type { HttpApiDeclaration } from '../http/http-api/declaration.ts';
import { createHttpApi, MAX_REQUEST_BYTES } from '../http/http-api/http-api.ts';
import { startLambdaApi } from '../http/lambda-api.ts';
import { type LocalHandler, type LocalServer, startLocalServer } from '../http/local-server.ts';
import { MAPPINGS_PATH } from '../http/mapping-api.ts';
import { type LocalTable, startLocalTable } from '../idempotency/local-table.ts';
import { type EventSourceMapping, startEventSourceMapping } from '../mapping/event-source-mapping.ts';
import { emptyCluster, forgetPosition, groupMembers, otherwisePartitioned } from './cluster-admin.ts';
import { functionDefinitions, idempotentFunctions, shareBrokers } from './function-definitions.ts';
import { groupOf } from './local-groups.ts';
import type { Output } from './output.ts';
import { announceStart, withdrawStart } from './running-start.ts';
import type { LocalSettings } from './settings.ts';
import { BUILD_FAILED } from './terminal-log.ts';

/** How long the local run waits for a cluster of KAFKA_BROKERS. */
const MAX_TOPICS_MS = 10_000;
const TOPICS_PAUSE_MS = 500;
/** Interval of the notice that the cluster has not answered yet. */
const FIRST_NOTICE_MS = 1_000;

/** In the data directory, for the messages that SQS, SNS and S3 would receive. */
const ON_FAILURE_FOLDER = 'on-failure';
/** In the data directory: the events that consumers have processed, with `--param idempotency=dynamodb`. */
const IDEMPOTENCY_FOLDER = 'idempotency';

/** The local run cannot start for a reason outside of its code. */
export class LocalRunError extends UserError {
  override readonly name = 'LocalRunError';

  constructor(message: string, cause: unknown) {
    super([message], { cause });
  }
}

/** Where the servers of a local run can be reached, as URLs. */
export interface LocalUrls {
  /** The page to look at. */
  readonly console: string;
  readonly httpApi: string;
  readonly lambda: string;
  readonly mappings: string;
}

/** A service that runs on this machine: a Kafka cluster, the functions, and what invokes them. */
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
  readonly #table: LocalTable | undefined;
  readonly #log: Log;
  readonly #recorder: Recorder;
  readonly #servers: LocalServer[] = [];
  readonly #mappings: EventSourceMapping[] = [];
  #functions: LocalFunctions | undefined;
  #console: Console | undefined;
  #stopped: Promise<void> | undefined;
  #buildHasFailed = false;

  /** Use {@link startLocalRun}. */
  constructor(
    options: LocalRunOptions,
    cluster: {
      kafka: KafkaConfiguration;
      broker: Broker | undefined;
      table: LocalTable | undefined;
      createdTopics: readonly string[];
      log: Log;
      recorder: Recorder;
    },
  ) {
    this.brokers = cluster.kafka.brokers.join(',');
    this.embedded = cluster.broker !== undefined;
    this.createdTopics = cluster.createdTopics;
    this.#options = options;
    this.#kafka = cluster.kafka;
    this.#broker = cluster.broker;
    this.#table = cluster.table;
    this.#log = cluster.log;
    this.#recorder = cluster.recorder;
  }

  /**
   * Starts what invokes the functions, once they have been built: HTTP API, Lambda API and event source mappings.
   *
   * @throws LocalRunError that names the mapping which cannot start
   */
  async serve(): Promise<LocalUrls> {
    const { service, serviceDirectory, output, declarations, settings } = this.#options;
    const definitions = functionDefinitions(service, serviceDirectory);
    const { observe } = this.#recorder;
    const functions = new LocalFunctions(definitions, { output: output.handler, observe });
    this.#functions = functions;
    const handler = createHttpApi(this.#options.httpApi, functions, this.#log, observe);
    const httpApi = await this.#serveHttpApi(handler);
    const url = (server: LocalServer | undefined) => `http://${settings.host}:${server?.port}`;
    const page = this.#openConsole(functions, handler, url(httpApi));
    const [lambda, mappings] = await Promise.all([
      this.#serveLambdaApi(functions, settings.lambdaPort),
      this.#serveLambdaApi(functions, settings.mappingPort, page),
    ]);
    for (const declaration of declarations) {
      this.#mappings.push(await explaining(this.#startMapping(declaration, functions), declaration));
    }
    const urls = {
      console: url(mappings),
      httpApi: url(httpApi),
      lambda: url(lambda),
      mappings: `${url(mappings)}${MAPPINGS_PATH}`,
    };
    announceStart(serviceDirectory, { ...urls, brokers: this.brokers });
    return urls;
  }

  /**
   * Brings the validators up to date with the event types as they are now, creates their topics, and says both.
   *
   * @throws UserError when an event type is wrong; the validators then stay as they were
   */
  async refreshEventTypes(): Promise<void> {
    if (!existsSync(serviceCatalogue.eventTypes)) return;
    const refreshed = await refreshValidators();
    if (refreshed === undefined) return;
    this.#log.info(refreshedLine(refreshed));
    for (const line of (await releaseReport()).breaks) this.#log.warn(line);
    await this.#refreshDocuments();
    const { eventTypes } = await loadEventTypes(serviceCatalogue.eventTypes);
    this.#console?.replaceEventTypes(eventTypes.map(({ eventType }) => eventType));
    const catalogue = topicsOf(eventTypes.map(({ eventType }) => eventType));
    await this.#createTopics(neededTopics(this.#options, catalogue));
  }

  /** Logs which functions were rebuilt, and that a failed build is over; they are loaded at their next invocation. */
  reloaded(): void {
    if (this.#buildHasFailed) this.#log.info('the build works again');
    this.#buildHasFailed = false;
    for (const name of this.#functions?.changed() ?? [])
      this.#log.info(`${name} reloaded`, { function: name });
  }

  /** Logs that a change does not build, with one line for each problem; the functions stay as they are. */
  buildFailed(problem: string): void {
    this.#buildHasFailed = true;
    for (const reason of problem.split('\n')) this.#log.error(BUILD_FAILED, { reason });
  }

  /** Stops the mappings, then the functions, then the broker. May be called at any time and more than once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Logs what fails: the functions do not need the documents. */
  async #refreshDocuments(): Promise<void> {
    try {
      await contract().refreshDocuments();
    } catch (error) {
      for (const reason of errorMessage(error).split('\n'))
        this.#log.warn('the documents of the contract could not be written', { reason });
    }
  }

  /** Logs what fails: the functions are rebuilt anyway. */
  async #createTopics(wanted: readonly WantedTopic[]): Promise<void> {
    try {
      const outcomes = await ensureTopics(this.#kafka, wanted, {
        deadline: Date.now() + MAX_TOPICS_MS,
        log: this.#log,
        pauseMs: TOPICS_PAUSE_MS,
      });
      for (const topic of createdIn(outcomes)) {
        const isRead = this.#options.declarations.some((declaration) => declaration.topic === topic);
        const unread = isRead ? '' : ', and no function of serverless.yml reads it';
        this.#log.info(`topic ${topic} created${unread}`, { topic });
      }
    } catch (error) {
      this.#log.error('topics of the event types could not be created', { reason: errorMessage(error) });
    }
  }

  /** What answers requests for the console. */
  #openConsole(functions: LocalFunctions, httpApi: LocalHandler, httpApiUrl: string): Console['respond'] {
    const { service, settings, declarations, httpApi: declared } = this.#options;
    const environment = service.provider.environment ?? {};
    const described = { service, functions, declarations, httpApi: declared, httpApiUrl, environment };
    const { names, letterTopics, readers } = consoleTopics(described);
    for (const { uuid, topic, deadLetterTopic } of readers) {
      this.#recorder.expect({ uuid, topic }, deadLetterTopic);
    }
    const catalogue = new ConsoleCatalogue(names.logical);
    this.#console = new Console({
      recorder: this.#recorder,
      catalogue,
      kafka: this.#kafka,
      broker: this.#broker,
      functions,
      mappings: () => this.#mappings,
      letterTopics,
      httpApi,
      readOnly: !this.embedded && !settings.consoleWrites,
      log: this.#log,
      describe: () => ({
        ...describeService(described),
        brokers: this.brokers,
        embedded: this.embedded,
        eventTypes: catalogue.view(names.onCluster),
      }),
    });
    return this.#console.respond;
  }

  async #serveHttpApi(handler: LocalHandler): Promise<LocalServer> {
    const { settings, httpApi } = this.#options;
    const { host, httpPort: port } = settings;
    const { cors } = httpApi;
    const access = { acceptsOrigin: (origin: string) => cors !== undefined && allowsOrigin(cors, origin) };
    const server = await startLocalServer(
      { host, port, maxBodyBytes: MAX_REQUEST_BYTES, access, log: this.#log },
      handler,
    );
    this.#servers.push(server);
    return server;
  }

  async #serveLambdaApi(
    functions: LocalFunctions,
    port: number,
    page?: Console['respond'],
  ): Promise<LocalServer> {
    const { host } = this.#options.settings;
    const server = await startLambdaApi(
      { host, port },
      { functions, mappings: () => this.#mappings, documents, log: this.#log, ...(page && { page }) },
    );
    this.#servers.push(server);
    return server;
  }

  async #startMapping(
    declaration: EventSourceMappingDeclaration,
    functions: LocalFunctions,
  ): Promise<EventSourceMapping> {
    const { serviceDirectory, settings, output } = this.#options;
    const { dataDirectory, schemaDirectory, duplicateRate } = settings;
    const { functionName } = declaration;
    const definition = functions.definition(functionName);
    if (!this.embedded) await this.#prepareGroup(groupOf(declaration));
    return await startEventSourceMapping({
      declaration,
      kafka: this.#kafka,
      invoke: (event) => functions.invoke(functionName, event),
      functionTimeoutMs: definition.timeoutMs,
      functionArn: functionArn(definition),
      log: this.#log,
      writeSystemLog: output.write,
      duplicateRate,
      observe: this.#recorder.observe,
      ...(schemaDirectory && { schemaDirectory: resolve(serviceDirectory, schemaDirectory) }),
      ...(dataDirectory && {
        onFailureDirectory: resolve(serviceDirectory, dataDirectory, ON_FAILURE_FOLDER),
      }),
    });
  }

  /** Prepares the consumer group on a cluster that others use. */
  async #prepareGroup(group: string): Promise<void> {
    const members = await groupMembers(this.#kafka, group);
    if (members.length > 0) {
      this.#log.warn(
        `The consumer group ${group} has members already; records go to them too: ${members.join(', ')}`,
      );
    } else if (this.#options.settings.reset) {
      await forgetPosition(this.#kafka, group);
    }
  }

  async #stop(): Promise<void> {
    withdrawStart(this.#options.serviceDirectory);
    await Promise.all(this.#mappings.map((mapping) => mapping.stop()));
    this.#console?.close();
    await this.#functions?.close();
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#table?.close();
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
  httpApi: HttpApiDeclaration;
  output: Output;
  /** Receives a line for the terminal. */
  notice: (line: string) => void;
}

/**
 * Starts the embedded broker, or uses the cluster of `settings.brokers`, creates the missing topics and sets the brokers in
 * the environment of the functions.
 *
 * @throws LocalRunError when the broker cannot start or the cluster does not answer
 */
export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const { service, settings, output } = options;
  const log = createLog({ write: output.write });
  const recorder = new Recorder();
  const broker =
    settings.brokers === undefined ? await startEmbeddedBroker(options, log, recorder) : undefined;
  try {
    const environment = shareBrokers(service, settings, broker?.address);
    const kafka = kafkaConfiguration({ AWS_REGION: service.provider.region, ...environment });
    if (broker !== undefined && settings.reset) await emptyCluster(kafka);
    const createdTopics = await createNeededTopics(kafka, options, log);
    const table = await startIdempotencyTable(options);
    return new LocalRun(options, { kafka, broker, table, createdTopics, log, recorder });
  } catch (error) {
    await broker?.stop();
    throw error;
  }
}

async function startEmbeddedBroker(
  { settings, serviceDirectory }: LocalRunOptions,
  log: Log,
  { observe }: Recorder,
): Promise<Broker> {
  const { kafkaPort, partitions, dataDirectory } = settings;
  try {
    return await startBroker({
      port: kafkaPort,
      defaultPartitions: partitions,
      log,
      observe,
      ...(dataDirectory && { dataDirectory: resolve(serviceDirectory, dataDirectory) }),
    });
  } catch (error) {
    throw new LocalRunError(`The Kafka broker could not start: ${errorMessage(error)}`, error);
  }
}

/** Serves the table that `--param idempotency=dynamodb` would create, and tells the functions where it is. */
async function startIdempotencyTable({
  service,
  serviceDirectory,
  settings: { dataDirectory, reset },
}: LocalRunOptions): Promise<LocalTable | undefined> {
  const functions = idempotentFunctions(service);
  if (functions.length === 0) return undefined;
  try {
    const folder = dataDirectory && resolve(serviceDirectory, dataDirectory, IDEMPOTENCY_FOLDER);
    if (folder && reset) await rm(folder, { recursive: true, force: true });
    const table = await startLocalTable(folder);
    for (const definition of functions) {
      Object.assign(definition.environment, {
        IDEMPOTENCY_TABLE: table.tableName,
        IDEMPOTENCY_ENDPOINT: table.endpoint,
      });
    }
    return table;
  } catch (error) {
    throw new LocalRunError(`The idempotency table could not start: ${errorMessage(error)}`, error);
  }
}

async function createNeededTopics(
  kafka: KafkaConfiguration,
  options: LocalRunOptions,
  log: Log,
): Promise<string[]> {
  const { settings, notice } = options;
  const wanted = neededTopics(options, topics);
  const waiting = sayingThatItWaits(options);
  try {
    const deadline = Date.now() + MAX_TOPICS_MS;
    const outcomes = await ensureTopics(kafka, wanted, { deadline, log, pauseMs: TOPICS_PAUSE_MS });
    if (settings.partitionsAsked) {
      for (const [topic, partitions] of await otherwisePartitioned(kafka, wanted)) {
        notice(`${topic} keeps its ${partitions} partitions: partitions are added, never removed`);
      }
    }
    return createdIn(outcomes);
  } catch (error) {
    throw new LocalRunError(
      `Topics could not be created on ${kafka.brokers}: ${errorMessage(error)}${unsetHint(settings)}`,
      error,
    );
  } finally {
    clearInterval(waiting);
  }
}

/** Says every second that the cluster has not answered yet. */
function sayingThatItWaits({ settings, notice }: LocalRunOptions): NodeJS.Timeout | undefined {
  if (settings.brokers === undefined) return undefined;
  const { brokers } = settings;
  let seconds = 0;
  return setInterval(() => {
    seconds += 1;
    notice(`No answer from ${brokers} for ${seconds} s${seconds === 1 ? unsetHint(settings) : ''}`);
  }, FIRST_NOTICE_MS);
}

function unsetHint({ brokers }: LocalSettings): string {
  return brokers === undefined
    ? ''
    : '. Unset KAFKA_BROKERS (and leave out --brokers) to use the embedded broker.';
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

/** Loaded when it is needed only, because it reads serverless.yml and makes examples. */
function contract(): typeof import('../../contract/documents.ts') {
  return require('../../contract/documents.ts');
}

/** The contract as it is on disk now; undefined for a service without event types. */
function documents(): Promise<Documents> | undefined {
  return existsSync(serviceCatalogue.eventTypes) ? contract().contractDocuments() : undefined;
}

function createdIn(outcomes: Readonly<Record<string, string>>): string[] {
  return Object.keys(outcomes).filter((name) => outcomes[name] === 'created');
}

/** The topics that a deployment would create, and those of `custom.local.topics`. */
function neededTopics({ service, settings }: LocalRunOptions, catalogue: readonly string[]): WantedTopic[] {
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
