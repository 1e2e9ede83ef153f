import { isObject, type Properties, PropertyReader, UNLIMITED } from './property-reader.ts';

/** Where a new consumer group begins to read. */
export type StartingPosition = (typeof startingPositions)[number];
const startingPositions = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;

/** Level of the event source mapping's own log lines (`LoggingConfig.SystemLogLevel`). */
export type SystemLogLevel = (typeof systemLogLevels)[number];
export const systemLogLevels = ['DEBUG', 'INFO', 'WARN'] as const;

/** A group of event source mapping metrics (`MetricsConfig.Metrics`). */
export type MetricGroup = (typeof metricGroups)[number];
export const metricGroups = ['EventCount', 'ErrorCount', 'KafkaMetrics'] as const;

/** How records are handed over once a schema registry has read them. */
export type EventRecordFormat = (typeof eventRecordFormats)[number];
export const eventRecordFormats = ['JSON', 'SOURCE'] as const;

/** Part of a record that the schema registry validates. */
export type ValidationAttribute = (typeof validationAttributes)[number];
export const validationAttributes = ['KEY', 'VALUE'] as const;

/** serverless.yml's name of a schema registry credential and AWS's `SchemaRegistryConfig.AccessConfigs[].Type`. */
export const registryAccessTypes = {
  basicAuth: 'BASIC_AUTH',
  clientCertificateTlsAuth: 'CLIENT_CERTIFICATE_TLS_AUTH',
  serverRootCaCertificate: 'SERVER_ROOT_CA_CERTIFICATE',
} as const;

/** Limits of the pollers in provisioned mode. */
export interface ProvisionedPollers {
  minimum: number;
  maximum: number;
  group: string | undefined;
}

/** A schema registry, as AWS's `SchemaRegistryConfig` holds it. */
export interface SchemaRegistryDeclaration {
  kind: 'glue' | 'confluent';
  /** ARN of a Glue registry, or URL of a Confluent-compatible one. */
  uri: string;
  eventRecordFormat: EventRecordFormat;
  accessConfigurations: { type: string; uri: string }[];
  validationAttributes: ValidationAttribute[];
}

/** One `msk` or `kafka` event of a function: checked, with AWS's defaults applied. */
export interface EventSourceMappingDeclaration {
  functionName: string;
  kind: 'msk' | 'self-managed';
  topic: string;
  /** Absent for a self-managed cluster. */
  eventSourceArn: string | undefined;
  /** Without one AWS uses the UUID of the mapping. */
  consumerGroupId: string | undefined;
  enabled: boolean;
  batchSize: number;
  batchingWindowMs: number;
  startingPosition: StartingPosition;
  startingPositionTimestampMs: number | undefined;
  /** Absent in on-demand mode. */
  pollers: ProvisionedPollers | undefined;
  reportBatchItemFailures: boolean;
  /** -1: no limit. The first attempt is not counted. */
  maximumRetryAttempts: number;
  /** -1: no limit. */
  maximumRecordAgeSeconds: number;
  bisectBatchOnFunctionError: boolean;
  /** ARN of an SQS queue, SNS topic or S3 bucket, or `kafka://<topic>`. */
  onFailureDestination: string | undefined;
  /** Each one an EventBridge pattern on `value`; a record passes when one of them matches, or there is none. */
  filterPatterns: unknown[];
  schemaRegistry: SchemaRegistryDeclaration | undefined;
  metrics: MetricGroup[];
  logLevel: SystemLogLevel | undefined;
  tags: Record<string, string>;
}

/** What is read of a function in serverless.yml. */
export interface FunctionDeclaration {
  /** Seconds. */
  timeout?: unknown;
  events?: unknown;
}

/** serverless.yml declares event source mappings that AWS Lambda would refuse. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
  /** One sentence each, beginning with the path of the property. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

// AWS Lambda API Reference, CreateEventSourceMapping; Lambda Developer Guide, "Configuring Amazon MSK event sources",
// "Configuring error handling controls for Kafka event sources" and "Control which events Lambda sends".
const MAX_FUNCTION_TIMEOUT_SECONDS = 14 * 60;
const DEFAULT_FUNCTION_TIMEOUT_SECONDS = 6; // of the Serverless Framework
const BATCH_SIZE = { minimum: 1, maximum: 10_000, default: 100 };
const BATCHING_WINDOW_SECONDS = { minimum: 0, maximum: 300 };
const DEFAULT_BATCHING_WINDOW_MS = 500;
const RETRY_ATTEMPTS = { minimum: 0, maximum: 10_000 };
const RECORD_AGE_SECONDS = { minimum: 60, maximum: 604_800 };
const MINIMUM_POLLERS = { minimum: 1, maximum: 200, default: 1 };
const MAXIMUM_POLLERS = { minimum: 1, maximum: 2_000, default: 200 };
const POLLER_GROUP = /^[a-zA-Z0-9-_]{1,128}$/;
const TOPIC_NAME = /^[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]{1,248}$/;
const GROUP_ID = /^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/;
const MAX_FILTERS = 5;
const MAX_PATTERN_CHARACTERS = 4_096;
const MAX_DESTINATION_CHARACTERS = 350;
const MAX_REGISTRY_SECRETS = 2;
const MAX_TAGS = 50;
const KAFKA_SCHEME = 'kafka://';
const NEEDS_POLLERS = 'is available in provisioned mode only: set provisionedPollers.min';

/**
 * Reads the `msk` and `kafka` events of all functions: the one place that knows what they may hold, for the template
 * and for the local run. Whatever AWS refuses for a Kafka event source mapping is refused here with the same condition.
 *
 * @param functions - `functions` of serverless.yml, with its variables resolved
 * @param defaults - `timeoutSeconds`: `provider.timeout`, for functions without their own
 * @throws DeclarationError that lists every problem with the function's name and the property's
 * @see AWS Lambda API Reference, "CreateEventSourceMapping"
 */
export function parseEventSourceMappings(
  functions: Readonly<Record<string, FunctionDeclaration>>,
  defaults: { timeoutSeconds?: number | undefined } = {},
): EventSourceMappingDeclaration[] {
  const problems: string[] = [];
  const mappings: Mapping[] = [];
  for (const [functionName, definition] of Object.entries(functions)) {
    const events = kafkaEvents(definition.events);
    if (events.length > 0)
      checkTimeout(functionName, definition.timeout ?? defaults.timeoutSeconds, problems);
    for (const { index, event, properties } of events) {
      const path = `functions.${functionName}.events[${index}].${event}`;
      const reader = new PropertyReader(properties, path, problems);
      mappings.push({ declaration: parseEvent(functionName, event, reader), reader });
    }
  }
  refuseConflicts(mappings);
  if (problems.length > 0) throw new DeclarationError(problems);
  return mappings.map(({ declaration }) => declaration);
}

interface Mapping {
  declaration: EventSourceMappingDeclaration;
  reader: PropertyReader;
}

function checkTimeout(functionName: string, timeout: unknown, problems: string[]): void {
  if (Number(timeout ?? DEFAULT_FUNCTION_TIMEOUT_SECONDS) <= MAX_FUNCTION_TIMEOUT_SECONDS) return;
  problems.push(
    `functions.${functionName}.timeout: ${timeout} s is over the ${MAX_FUNCTION_TIMEOUT_SECONDS} s that a Kafka event source mapping allows`,
  );
}

/** What no two mappings may share: their source for one function, their consumer group, more pollers than a group has. */
function refuseConflicts(mappings: readonly Mapping[]): void {
  const sources = new Set<string>();
  const groups = new Map<string, string>();
  const pollers = new Map<string, number>();
  for (const { declaration, reader } of mappings) {
    const { functionName, topic, consumerGroupId, pollers: own } = declaration;

    const source = JSON.stringify([functionName, reader.get('arn') ?? reader.get('bootstrapServers'), topic]);
    if (sources.has(source)) reader.refuse('topic', `${topic} is mapped to this function already`);
    sources.add(source);

    if (consumerGroupId !== undefined) {
      const user = groups.get(consumerGroupId);
      if (user !== undefined)
        reader.refuse('consumerGroupId', `${consumerGroupId} is the group of ${user} already`);
      groups.set(consumerGroupId, functionName);
    }
    if (own?.group !== undefined) {
      const sum = (pollers.get(own.group) ?? 0) + own.maximum;
      pollers.set(own.group, sum);
      if (sum > MAXIMUM_POLLERS.maximum) {
        const reason = `the mappings of group ${own.group} have ${sum} pollers, AWS Lambda allows ${MAXIMUM_POLLERS.maximum}`;
        reader.refuse('provisionedPollers.max', reason);
      }
    }
  }
}

type KafkaEvent = 'msk' | 'kafka';

/**
 * Finds the `msk` and `kafka` events among the events of one function.
 *
 * @param events - `functions.<name>.events`
 * @returns the index of each in `events`, its type and its properties as they are written
 */
export function kafkaEvents(events: unknown): { index: number; event: KafkaEvent; properties: Properties }[] {
  if (!Array.isArray(events)) return [];
  return events.flatMap((entry: unknown, index) => {
    if (!isObject(entry)) return [];
    for (const event of ['msk', 'kafka'] as const) {
      const properties = entry[event];
      if (isObject(properties)) return [{ index, event, properties }];
    }
    return [];
  });
}

function parseEvent(
  functionName: string,
  event: KafkaEvent,
  reader: PropertyReader,
): EventSourceMappingDeclaration {
  const topic = reader.text('topic', TOPIC_NAME, 'a topic name of 2 to 249 of a-z A-Z 0-9 . _ -') ?? '';
  if (reader.get('topic') === undefined) reader.refuse('topic', 'is required');
  const pollers = parsePollers(reader);
  const startingPosition = reader.oneOf('startingPosition', startingPositions) ?? 'TRIM_HORIZON';
  const windowSeconds = reader.integer('maximumBatchingWindow', BATCHING_WINDOW_SECONDS);
  const declaration: EventSourceMappingDeclaration = {
    functionName,
    kind: event === 'msk' ? 'msk' : 'self-managed',
    topic,
    eventSourceArn: event === 'msk' ? clusterArn(reader) : undefined,
    consumerGroupId: reader.text('consumerGroupId', GROUP_ID, '1 to 200 of a-z A-Z 0-9 - / * : _ + = . @'),
    enabled: reader.flag('enabled') ?? true,
    batchSize: reader.integer('batchSize', BATCH_SIZE) ?? BATCH_SIZE.default,
    batchingWindowMs: windowSeconds === undefined ? DEFAULT_BATCHING_WINDOW_MS : windowSeconds * 1_000,
    startingPosition,
    startingPositionTimestampMs: startingTimestamp(startingPosition, reader),
    pollers,
    reportBatchItemFailures:
      reader.oneOf('functionResponseType', ['ReportBatchItemFailures']) === 'ReportBatchItemFailures',
    maximumRetryAttempts: reader.limit('maximumRetryAttempts', RETRY_ATTEMPTS),
    maximumRecordAgeSeconds: reader.limit('maximumRecordAgeInSeconds', RECORD_AGE_SECONDS),
    bisectBatchOnFunctionError: reader.flag('bisectBatchOnFunctionError') ?? false,
    onFailureDestination: onFailureDestination(topic, reader),
    filterPatterns: filterPatterns(reader),
    schemaRegistry: schemaRegistry(reader),
    metrics: reader.someOf('metrics', metricGroups),
    logLevel: reader.oneOf('logLevel', systemLogLevels),
    tags: tags(reader),
  };
  if (pollers === undefined) refuseWithoutPollers(declaration, reader);
  return declaration;
}

/** Lambda Developer Guide, "Apache Kafka event poller scaling modes": what on-demand mode lacks. */
function refuseWithoutPollers(declaration: EventSourceMappingDeclaration, reader: PropertyReader): void {
  const provisionedOnly = {
    functionResponseType: declaration.reportBatchItemFailures,
    maximumRetryAttempts: declaration.maximumRetryAttempts !== UNLIMITED,
    maximumRecordAgeInSeconds: declaration.maximumRecordAgeSeconds !== UNLIMITED,
    bisectBatchOnFunctionError: declaration.bisectBatchOnFunctionError,
    schemaRegistry: declaration.schemaRegistry !== undefined,
    logLevel: declaration.logLevel !== undefined,
  };
  for (const [property, used] of Object.entries(provisionedOnly)) {
    if (used) reader.refuse(property, NEEDS_POLLERS);
  }
  if (failureTopicOf(declaration.onFailureDestination) !== undefined) {
    reader.refuse(destinationProperty(reader), `a Kafka topic ${NEEDS_POLLERS}`);
  }
}

function parsePollers(reader: PropertyReader): ProvisionedPollers | undefined {
  const ours = reader.child('provisionedPollers', ['min', 'max', 'group']);
  // The framework's own spelling, kept for files that have it.
  const framework = reader.child('provisionedPollerConfig', ['minimumPollers', 'maximumPollers']);
  if (ours && framework)
    reader.refuse('provisionedPollerConfig', 'repeats provisionedPollers: keep one of them');
  const pollers = ours ?? framework;
  if (pollers === undefined) return undefined;
  if (pollers.isEmpty()) {
    pollers.refuse('', 'is empty: set min, max or group, or leave it out for on-demand mode');
    return undefined;
  }
  const [min, max] = ours ? ['min', 'max'] : ['minimumPollers', 'maximumPollers'];
  const minimum = pollers.integer(min ?? '', MINIMUM_POLLERS) ?? MINIMUM_POLLERS.default;
  const maximum = pollers.integer(max ?? '', MAXIMUM_POLLERS) ?? MAXIMUM_POLLERS.default;
  if (maximum < minimum)
    pollers.refuse(max ?? '', `${maximum} is less than the minimum of ${minimum} pollers`);
  return {
    minimum,
    maximum,
    group: ours?.text('group', POLLER_GROUP, '1 to 128 of a-z A-Z 0-9 - _'),
  };
}

function clusterArn(reader: PropertyReader): string | undefined {
  const arn = reader.get('arn');
  if (typeof arn === 'string' && arn.startsWith('arn:')) return arn;
  if (isObject(arn))
    return localArn('kafka', `cluster/${referenceName(arn)}/00000000-0000-0000-0000-000000000000-1`);
  reader.refuse('arn', 'must be the ARN of the MSK cluster');
  return undefined;
}

function startingTimestamp(position: StartingPosition, reader: PropertyReader): number | undefined {
  const seconds = reader.get('startingPositionTimestamp');
  if (position !== 'AT_TIMESTAMP') {
    if (seconds !== undefined) {
      reader.refuse('startingPositionTimestamp', 'belongs to startingPosition: AT_TIMESTAMP');
    }
    return undefined;
  }
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) {
    reader.refuse('startingPositionTimestamp', 'must be the time in seconds since 1970 with AT_TIMESTAMP');
    return undefined;
  }
  if (seconds * 1_000 > Date.now()) reader.refuse('startingPositionTimestamp', `${seconds} is in the future`);
  return Math.round(seconds * 1_000);
}

/** The framework's `kafka` event calls it onFailureDestination and takes a string; `onFailure` works for both events. */
function destinationProperty(reader: PropertyReader): string {
  return reader.get('onFailure') === undefined ? 'onFailureDestination' : 'onFailure';
}

function onFailureDestination(topic: string, reader: PropertyReader): string | undefined {
  if (reader.get('onFailure') !== undefined && reader.get('onFailureDestination') !== undefined) {
    reader.refuse('onFailureDestination', 'repeats onFailure: keep one of them');
  }
  const property = destinationProperty(reader);
  const value = reader.get(property);
  if (value === undefined) return undefined;

  let destination: unknown = value;
  if (isObject(value)) {
    const { arn, type } = value;
    if (isObject(arn) && (type === 'sqs' || type === 'sns' || type === 's3')) {
      return localArn(type, referenceName(arn));
    }
    if (isObject(arn) || arn === undefined) {
      reader.refuse(
        property,
        'needs arn, and with a CloudFormation function for arn also type: sqs, sns or s3',
      );
      return undefined;
    }
    destination = arn;
  }
  if (typeof destination !== 'string') {
    reader.refuse(property, 'must be the ARN of an SQS queue, SNS topic or S3 bucket, or kafka://<topic>');
    return undefined;
  }
  if (destination.length > MAX_DESTINATION_CHARACTERS) {
    reader.refuse(property, `is longer than ${MAX_DESTINATION_CHARACTERS} characters`);
  }
  const failureTopic = failureTopicOf(destination);
  if (failureTopic !== undefined) {
    if (!TOPIC_NAME.test(failureTopic)) reader.refuse(property, `"${failureTopic}" is not a topic name`);
    if (failureTopic === topic) reader.refuse(property, `must be another topic than the source ${topic}`);
  } else if (!/^arn:aws[a-z-]*:(sqs|sns|s3):/.test(destination)) {
    reader.refuse(
      property,
      `"${destination}" is not the ARN of an SQS queue, SNS topic or S3 bucket, nor kafka://<topic>`,
    );
  } else if (destination.endsWith('.fifo')) {
    reader.refuse(property, 'must be a standard queue or topic: FIFO ones are not supported');
  }
  return destination;
}

function filterPatterns(reader: PropertyReader): unknown[] {
  const patterns = reader.list('filterPatterns');
  if (patterns.length > MAX_FILTERS) {
    reader.refuse('filterPatterns', `has ${patterns.length} patterns, AWS Lambda allows ${MAX_FILTERS}`);
  }
  for (const [index, pattern] of patterns.entries()) {
    const path = `filterPatterns[${index}]`;
    if (!isObject(pattern)) {
      reader.refuse(path, 'must be an object');
      continue;
    }
    const length = JSON.stringify(pattern).length;
    if (length > MAX_PATTERN_CHARACTERS) {
      reader.refuse(path, `is ${length} characters of JSON, AWS Lambda allows ${MAX_PATTERN_CHARACTERS}`);
    }
    const other = Object.keys(pattern).find((field) => field !== 'value' && field !== '$or');
    if (other !== undefined)
      reader.refuse(path, `filters on "${other}": Kafka records can be filtered by value only`);
  }
  return patterns;
}

function schemaRegistry(reader: PropertyReader): SchemaRegistryDeclaration | undefined {
  const registry = reader.child('schemaRegistry', [
    'uri',
    'eventRecordFormat',
    'accessConfigurations',
    'validationAttributes',
  ]);
  if (registry === undefined) return undefined;

  const uri = registryUri(registry);
  const kind = uri.startsWith('arn:') ? 'glue' : 'confluent';
  const eventRecordFormat = registry.oneOf('eventRecordFormat', eventRecordFormats);
  if (eventRecordFormat === undefined && registry.get('eventRecordFormat') === undefined) {
    registry.refuse('eventRecordFormat', 'is required: JSON or SOURCE');
  }
  const attributes = registry.someOf('validationAttributes', validationAttributes);
  if (attributes.length === 0 && registry.get('validationAttributes') === undefined) {
    registry.refuse('validationAttributes', 'is required: KEY, VALUE or both');
  }
  const access = registry.child('accessConfigurations', Object.keys(registryAccessTypes));
  const accessConfigurations = Object.entries(registryAccessTypes).flatMap(([name, type]) =>
    (access?.list(name) ?? []).flatMap((secret) => {
      if (typeof secret === 'string' && secret.startsWith('arn:'))
        return [{ type: String(type), uri: secret }];
      access?.refuse(name, 'must list ARNs of secrets in AWS Secrets Manager');
      return [];
    }),
  );
  if (kind === 'glue' && access !== undefined) {
    registry.refuse(
      'accessConfigurations',
      'must be absent with a Glue registry: the role of the function is used',
    );
  }
  if (accessConfigurations.length > MAX_REGISTRY_SECRETS) {
    registry.refuse('accessConfigurations', `holds more than ${MAX_REGISTRY_SECRETS} secrets`);
  }
  return {
    kind,
    uri,
    eventRecordFormat: eventRecordFormat ?? 'JSON',
    accessConfigurations,
    validationAttributes: attributes,
  };
}

function registryUri(registry: PropertyReader): string {
  const uri = registry.get('uri');
  if (isObject(uri)) return localArn('glue', `registry/${referenceName(uri)}`);
  if (typeof uri === 'string' && (/^arn:aws[a-z-]*:glue:/.test(uri) || /^https?:\/\//.test(uri))) return uri;
  registry.refuse('uri', 'must be the ARN of a Glue registry or the URL of a Confluent-compatible one');
  return '';
}

function tags(reader: PropertyReader): Record<string, string> {
  const value = reader.get('tags');
  if (value === undefined) return {};
  if (!isObject(value)) {
    reader.refuse('tags', 'must be an object of names and texts');
    return {};
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_TAGS) reader.refuse('tags', `has ${entries.length} tags, AWS allows ${MAX_TAGS}`);
  return Object.fromEntries(
    entries.map(([name, text]) => {
      if (typeof text !== 'string') reader.refuse(`tags.${name}`, 'must be a text');
      if (name.startsWith('aws:')) reader.refuse(`tags.${name}`, 'begins with "aws:", which AWS reserves');
      return [name, String(text)];
    }),
  );
}

/** Stands for a resource that has no ARN before it is deployed. */
function localArn(service: string, resource: string): string {
  return service === 's3'
    ? `arn:aws:s3:::${resource}`
    : `arn:aws:${service}:us-east-1:000000000000:${resource}`;
}

/** The name inside a CloudFormation function: `Ref: X`, `Fn::GetAtt: [X, Arn]`, `Fn::ImportValue: X`. */
function referenceName(reference: Properties): string {
  const argument = Object.values(reference)[0];
  const name: unknown = Array.isArray(argument) ? argument[0] : argument;
  return typeof name === 'string' ? name.replace(/[^a-zA-Z0-9-_]/g, '-') : 'unnamed';
}

/** The topic of an on-failure destination `kafka://<topic>`; undefined for any other destination, or none. */
export function failureTopicOf(destination: string | undefined): string | undefined {
  return destination?.startsWith(KAFKA_SCHEME) ? destination.slice(KAFKA_SCHEME.length) : undefined;
}
