import type { ConfigurationReader } from '../configuration-reader.ts';
import { isJsonObject } from '../json.ts';
import { onFailure, topicForm } from './on-failure.ts';
import {
  allow,
  flag,
  limit,
  localArn,
  oneOf,
  type Place,
  type Properties,
  type Property,
  present,
  referenceName,
  type Statement,
  someOf,
  UNLIMITED,
} from './property.ts';
import { schemaRegistry } from './schema-registry.ts';
import { accessConfigurations, authentication, clientCertificateTls, saslScram512 } from './source-access.ts';

/** Where a new consumer group begins to read. */
export type StartingPosition = (typeof startingPositions)[number];
const startingPositions = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;

/** Level of the event source mapping's own log lines (`LoggingConfig.SystemLogLevel`). */
export type SystemLogLevel = (typeof systemLogLevels)[number];
const systemLogLevels = ['DEBUG', 'INFO', 'WARN'] as const;

const metricGroups = ['EventCount', 'ErrorCount', 'KafkaMetrics'] as const;

/** Limits of the pollers in provisioned mode. */
export interface ProvisionedPollers {
  minimum: number;
  maximum: number;
  group: string | undefined;
}

// Lambda API Reference, CreateEventSourceMapping; Lambda Developer Guide, "Configuring Amazon MSK event sources",
// "Configuring error handling controls for Kafka event sources" and "Control which events Lambda sends".
const BATCH_SIZE = { minimum: 1, maximum: 10_000, default: 100 };
const BATCHING_WINDOW_SECONDS = { minimum: 0, maximum: 300 };
const DEFAULT_BATCHING_WINDOW_MS = 500;
const RETRY_ATTEMPTS = { minimum: 0, maximum: 10_000 };
export const RECORD_AGE_SECONDS = { minimum: 60, maximum: 604_800 };
const MINIMUM_POLLERS = { minimum: 1, maximum: 200, default: 1 };
export const MAXIMUM_POLLERS = { minimum: 1, maximum: 2_000, default: 200 };
const POLLER_GROUP = /^[a-zA-Z0-9-_]{1,128}$/;
const GROUP_ID = /^[ a-zA-Z0-9\-/*:_+=.@]{1,200}$/;
const MAX_FILTERS = 5;
const MAX_PATTERN_CHARACTERS = 4_096;
const MAX_TAGS = 50;

/**
 * The properties of `msk` and `kafka` events, by their names in a declaration. What the framework accepts, what is refused,
 * the template, the permissions and the local run all follow from this table. Properties that the framework's `sqs`,
 * `stream` and `kafka` events have are named and shaped as they are there.
 *
 * @example
 *   - msk:
 *       arn: arn:aws:kafka:...
 *       topic: orders
 *       provisionedPollers: { min: 1, max: 4, group: orders }
 *       functionResponseType: ReportBatchItemFailures
 *       maximumRetryAttempts: 5
 *       maximumRecordAgeInSeconds: 3600
 *       bisectBatchOnFunctionError: true
 *       onFailure: kafka://orders-failed   # or an ARN, or { arn: !GetAtt Failures.Arn, type: sqs }
 *       schemaRegistry: { uri: https://..., eventRecordFormat: JSON, validationAttributes: [VALUE] }
 *       metrics: [EventCount, ErrorCount, KafkaMetrics]
 *       logLevel: INFO
 *       kmsKeyArn: arn:aws:kms:...
 *       clientCertificateTls: arn:aws:secretsmanager:...
 *       tags: { team: orders }
 *   - kafka:
 *       authentication: { type: OAUTHBEARER_AUTH, secret: arn:aws:secretsmanager:..., scope: events }
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html Lambda API Reference, "CreateEventSourceMapping"}
 */
export const declared = {
  topic: property({
    name: 'topic',
    read: (reader, name) => {
      if (reader.get(name) === undefined) reader.refuse(name, 'is required');
      return reader.text(name, topicForm, 'a topic name of 2 to 249 of a-z A-Z 0-9 . _ -') ?? '';
    },
  }),
  /** Of the MSK cluster or of a VPC connection to one in another account; absent for a self-managed cluster. */
  eventSourceArn: property({ name: 'arn', event: 'msk', read: clusterArn, statements: connectionStatements }),
  /** Without one AWS uses the UUID of the mapping. */
  consumerGroupId: property({
    name: 'consumerGroupId',
    read: (reader, name) =>
      reader.text(name, GROUP_ID, '1 to 200 of a-z A-Z 0-9 - / * : _ + = . @ and blanks'),
  }),
  enabled: property({ name: 'enabled', read: (reader, name) => reader.flag(name) ?? true }),
  batchSize: property({
    name: 'batchSize',
    read: (reader, name) => reader.integer(name, BATCH_SIZE) ?? BATCH_SIZE.default,
  }),
  batchingWindowMs: property({
    name: 'maximumBatchingWindow',
    read: (reader, name) => {
      const seconds = reader.integer(name, BATCHING_WINDOW_SECONDS);
      return seconds === undefined ? DEFAULT_BATCHING_WINDOW_MS : seconds * 1_000;
    },
    // The framework treats 0 as absent, which means 500 ms.
    template: 'MaximumBatchingWindowInSeconds',
  }),
  startingPosition: property({
    name: 'startingPosition',
    read: (reader, name) => reader.oneOf(name, startingPositions) ?? 'TRIM_HORIZON',
  }),
  startingPositionTimestampMs: property({ name: 'startingPositionTimestamp', read: startingTimestamp }),
  /** Absent in on-demand mode. */
  pollers: property({
    name: 'provisionedPollers',
    schema: {
      type: 'object',
      properties: { min: { type: 'integer' }, max: { type: 'integer' }, group: { type: 'string' } },
      additionalProperties: false,
    },
    read: provisionedPollers,
    template: (written) => {
      if (!isJsonObject(written)) return {};
      const { min, max, group } = written;
      const config = present({ MinimumPollers: min, MaximumPollers: max, PollerGroupName: group });
      return { ProvisionedPollerConfig: config };
    },
  }),
  reportBatchItemFailures: property({
    name: 'functionResponseType',
    provisionedOnly: true,
    schema: { enum: ['ReportBatchItemFailures'] },
    read: (reader, name) => reader.oneOf(name, ['ReportBatchItemFailures']) !== undefined,
    template: (written) => ({ FunctionResponseTypes: [written] }),
  }),
  /** -1: no limit. The first attempt is not counted. */
  maximumRetryAttempts: property({
    name: 'maximumRetryAttempts',
    provisionedOnly: true,
    neutral: UNLIMITED,
    ...limit(RETRY_ATTEMPTS),
    template: 'MaximumRetryAttempts',
  }),
  /** -1: no limit. */
  maximumRecordAgeSeconds: property({
    name: 'maximumRecordAgeInSeconds',
    provisionedOnly: true,
    neutral: UNLIMITED,
    ...limit(RECORD_AGE_SECONDS),
    template: 'MaximumRecordAgeInSeconds',
  }),
  bisectBatchOnFunctionError: property({
    name: 'bisectBatchOnFunctionError',
    provisionedOnly: true,
    neutral: false,
    ...flag(),
    template: 'BisectBatchOnFunctionError',
  }),
  /** ARN of an SQS queue, SNS topic or S3 bucket, or `kafka://<topic>`. */
  onFailureDestination: property(onFailure),
  /** Each one an EventBridge pattern on `value`; a record passes when one of them matches, or there is none. */
  filterPatterns: property({ name: 'filterPatterns', read: filterPatterns }),
  schemaRegistry: property(schemaRegistry),
  metrics: property({
    name: 'metrics',
    ...someOf(metricGroups),
    template: (written) => ({ MetricsConfig: { Metrics: written } }),
  }),
  logLevel: property({
    name: 'logLevel',
    provisionedOnly: true,
    ...oneOf(systemLogLevels),
    template: (written) => ({ LoggingConfig: { SystemLogLevel: written } }),
  }),
  tags: property({
    name: 'tags',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    read: tags,
    template: (written) => ({
      Tags: Object.entries(isJsonObject(written) ? written : {}).map(([Key, Value]) => ({ Key, Value })),
    }),
  }),
};

/** Properties for AWS only: they are checked and compiled, and are not part of a declaration. */
export const undeclared = [
  saslScram512,
  clientCertificateTls,
  accessConfigurations,
  authentication,
  /** Encrypts the filter patterns: Lambda uses the key with its own principal, so the role needs nothing. */
  property({
    name: 'kmsKeyArn',
    schema: { $ref: '#/definitions/awsKmsArn' },
    read: () => undefined,
    template: 'KmsKeyArn',
  }),
  /** Lambda Developer Guide, "Polling Kafka topics in Queue mode". */
  property({
    name: 'consumptionMode',
    event: 'kafka',
    schema: { type: 'string' },
    read: (reader, name) => {
      if (reader.oneOf(name, ['Stream', 'Queue']) === 'Queue') {
        const reason = 'needs share groups, which this service and its local run do not read with';
        reader.refuse(name, `Queue ${reason}: leave it out to read in order with a consumer group`);
      }
      return undefined;
    },
  }),
];

/** All of them. */
export const properties: readonly Property<unknown>[] = [...Object.values(declared), ...undeclared];

function property<Value>(row: Property<Value>): Property<Value> {
  return row;
}

function clusterArn(reader: ConfigurationReader, name: string, { event, region }: Place): string | undefined {
  if (event !== 'msk') return undefined;
  const arn = reader.get(name);
  if (typeof arn === 'string' && arn.startsWith('arn:')) return arn;
  if (isJsonObject(arn))
    return localArn('kafka', region, `cluster/${referenceName(arn)}/00000000-0000-0000-0000-000000000000-1`);
  return reader.refuse(name, 'must be the ARN of the MSK cluster');
}

/** Lambda Developer Guide, "Creating cross-account event source mappings". */
function connectionStatements(arn: unknown): Statement[] {
  return String(arn).includes(':vpc-connection/') ? [allow(['kafka:DescribeVpcConnection'], arn)] : [];
}

function provisionedPollers(reader: ConfigurationReader, name: string): ProvisionedPollers | undefined {
  // The framework's own spelling is kept for files that have it.
  const spellings = [
    { name, min: 'min', max: 'max', group: 'group' },
    { name: 'provisionedPollerConfig', min: 'minimumPollers', max: 'maximumPollers', group: undefined },
  ];
  const [used, repeated] = spellings.filter((spelling) => reader.get(spelling.name) !== undefined);
  if (used === undefined) return undefined;
  if (repeated) reader.refuse(repeated.name, `repeats ${used.name}: keep one of them`);
  const { min, max, group } = used;
  const known = [min, max, ...(group === undefined ? [] : [group])];
  const pollers = reader.child(used.name, known);
  if (pollers === undefined) return undefined;
  if (known.every((property) => pollers.get(property) === undefined)) {
    const reason = 'is empty: set min, max or group, or leave it out for on-demand mode';
    return reader.refuse(used.name, reason);
  }
  const minimum = pollers.integer(min, MINIMUM_POLLERS) ?? MINIMUM_POLLERS.default;
  const maximum = pollers.integer(max, MAXIMUM_POLLERS) ?? MAXIMUM_POLLERS.default;
  if (maximum < minimum) pollers.refuse(max, `${maximum} is less than the minimum of ${minimum} pollers`);
  return {
    minimum,
    maximum,
    group: group && pollers.text(group, POLLER_GROUP, '1 to 128 of a-z A-Z 0-9 - _'),
  };
}

function startingTimestamp(reader: ConfigurationReader, name: string): number | undefined {
  const seconds = reader.get(name);
  if (reader.get('startingPosition') !== 'AT_TIMESTAMP') {
    return seconds === undefined
      ? undefined
      : reader.refuse(name, 'belongs to startingPosition: AT_TIMESTAMP');
  }
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) {
    return reader.refuse(name, 'must be the time in seconds since 1970 with AT_TIMESTAMP');
  }
  if (seconds * 1_000 > Date.now()) reader.refuse(name, `${seconds} is in the future`);
  return Math.round(seconds * 1_000);
}

function filterPatterns(reader: ConfigurationReader, name: string): unknown[] {
  const patterns = reader.list(name);
  if (patterns.length > MAX_FILTERS) {
    reader.refuse(name, `has ${patterns.length} patterns, AWS Lambda allows ${MAX_FILTERS}`);
  }
  for (const [index, pattern] of patterns.entries()) {
    const at = `${name}[${index}]`;
    if (!isJsonObject(pattern)) {
      reader.refuse(at, 'must be an object');
      continue;
    }
    const length = JSON.stringify(pattern).length;
    if (length > MAX_PATTERN_CHARACTERS) {
      reader.refuse(at, `is ${length} characters of JSON, AWS Lambda allows ${MAX_PATTERN_CHARACTERS}`);
    }
    const other = Object.keys(pattern).find((field) => field !== 'value' && field !== '$or');
    if (other !== undefined)
      reader.refuse(at, `filters on "${other}": Kafka records can be filtered by value only`);
  }
  return patterns;
}

function tags(reader: ConfigurationReader, name: string): Record<string, string> {
  const value: Properties = reader.get(name) === undefined ? {} : asObject(reader, name);
  const entries = Object.entries(value);
  if (entries.length > MAX_TAGS) reader.refuse(name, `has ${entries.length} tags, AWS allows ${MAX_TAGS}`);
  return Object.fromEntries(
    entries.map(([tag, text]) => {
      if (typeof text !== 'string') reader.refuse(`${name}.${tag}`, 'must be a text');
      if (tag.startsWith('aws:')) reader.refuse(`${name}.${tag}`, 'begins with "aws:", which AWS reserves');
      return [tag, String(text)];
    }),
  );
}

function asObject(reader: ConfigurationReader, name: string): Properties {
  const value = reader.get(name);
  if (isJsonObject(value)) return value;
  reader.refuse(name, 'must be an object of names and texts');
  return {};
}
