import { failureTopicOf } from '../kafka/topic-names.ts';
import { destinationTopic, type EventSourceMappingDeclaration } from '../mapping/declaration.ts';
import type { Properties } from '../mapping/property.ts';
import type { ConsumedTopic, OperatedConsumer } from '../operate/consumers.ts';
import { idempotencyEnvironment } from './idempotency-table.ts';
import { loginSecret, type StackParameters } from './parameters.ts';
import {
  eventsOf,
  kafkaEventsOf,
  PROVISION_FUNCTION,
  policyId,
  roleId,
  type ServiceFunction,
  type ServiceFunctions,
  spellOutRoutes,
} from './service-functions.ts';
import type { StackCluster } from './stack-cluster.ts';
import {
  deadLetterTopic,
  partitionCount,
  prefixed,
  publishedTopics,
  recordAgeLimit,
  retentionSeconds,
  SERVERLESS_RETENTION_MS,
  type TopicSource,
} from './topics.ts';

/** One event source mapping of the stack: a function that reads a topic. */
export interface Consumer {
  readonly functionName: string;
  /** Deployed name. */
  readonly topic: string;
  /** Names the consumer in alarms and on the dashboard: the function, and the topic where it reads several. */
  readonly label: string;
  /** The event in serverless.yml, completed. */
  readonly event: Properties;
  readonly deadLetterTopic: string;
  /** After which the topic forgets records; undefined: not known, or never. */
  readonly retentionSeconds: number | undefined;
  readonly declaration: EventSourceMappingDeclaration;
  /** Logical id that the framework gives the event source mapping. */
  readonly mappingId: string;
}

export interface Completion {
  readonly functions: ServiceFunctions;
  /** `<service>-<stage>`. */
  readonly prefix: string;
  readonly parameters: StackParameters;
  readonly cluster: StackCluster;
  readonly topics: TopicSource;
}

/** The most that AWS accepts: AWS Lambda API Reference, "CreateEventSourceMapping". */
const MAX_ATTEMPTS = 10_000;

/**
 * Completes the functions of serverless.yml with what follows from the deployment: role, network, environment, and for
 * each `msk` event everything but its topic. Values that a function sets itself are kept.
 *
 * @param problems - receives one sentence for each mistake, which names the function and the fix
 */
export function completeFunctions(completion: Completion, problems: string[]): void {
  const { functions, parameters, cluster } = completion;
  for (const [name, definition] of Object.entries(functions)) {
    spellOutRoutes(definition);
    definition.role ??= roleId(name);
    if (name !== PROVISION_FUNCTION) {
      definition.vpc ??= { subnetIds: cluster.subnetIds, securityGroupIds: cluster.securityGroupIds };
    }
    definition.dependsOn = prerequisites(name, definition, cluster);
    checkPublished(name, completion, problems);
    for (const event of eventsOf(definition, 'httpApi')) authorize(event, parameters);
    if (eventsOf(definition, 'httpApi').length > 0 && parameters.publisherConcurrency > 0) {
      definition.reservedConcurrency ??= parameters.publisherConcurrency;
    }
    if (kafkaEventsOf(definition).length > 0) {
      completeConsumer(name, definition, completion, problems);
    } else {
      // Only consumers load chunks.
      definition.package = { patterns: ['!handlers/chunks/**'], ...definition.package };
    }
  }
}

/** A function waits for its permissions. A mapping waits for its function, and so for what pollers need. */
function prerequisites(name: string, definition: ServiceFunction, { pollerPaths }: StackCluster): unknown[] {
  return [
    ...[definition.dependsOn ?? []].flat(),
    ...(definition.role === roleId(name) ? [policyId(name)] : []),
    ...(eventsOf(definition, 'msk').length > 0 ? pollerPaths : []),
  ];
}

function completeConsumer(
  name: string,
  definition: ServiceFunction,
  completion: Completion,
  problems: string[],
): void {
  const { parameters } = completion;
  // Lambda traces no invocation by a Kafka mapping: AWS Lambda Developer Guide, "Visualize Lambda function invocations
  // using AWS X-Ray".
  if (eventsOf(definition, 'httpApi').length === 0) definition.tracing ??= 'PassThrough';
  for (const event of eventsOf(definition, 'msk')) completeEvent(name, event, completion, problems);
  const { KAFKA_DEAD_LETTER_TOPIC: named } = definition.environment ?? {};
  definition.environment = {
    REPORT_BATCH_ITEM_FAILURES: String(reportsFailures(name, completion, problems)),
    LOG_EVENT_DATA: parameters.logEventData,
    ...idempotencyEnvironment(parameters),
    ...definition.environment,
    ...(typeof named === 'string' && { KAFKA_DEAD_LETTER_TOPIC: prefixed(named, completion.topics.prefix) }),
  };
}

/**
 * The event source mappings that read topics of the stack's own cluster.
 *
 * @param declarations - of all functions, in order
 * @param mappingId - as the framework names a mapping; `end` ends the id, so that another `groupSuffix` makes another mapping
 */
export function consumersOf(
  completion: Completion,
  declarations: readonly EventSourceMappingDeclaration[],
  mappingId: (functionName: string, arn: unknown, topic: string, end: string) => string,
): Consumer[] {
  const { functions, cluster, topics, parameters } = completion;
  return Object.entries(functions).flatMap(([functionName, definition]) => {
    // In the order of the events.
    const declared = declarations.filter((each) => each.functionName === functionName && each.kind === 'msk');
    const events = eventsOf(definition, 'msk')
      .map((event, index) => ({ event, declaration: declared[index] }))
      .filter(({ event }) => event.arn === cluster.arn);
    return events.flatMap(({ event, declaration }) => {
      if (declaration === undefined) return [];
      const topic = String(event.topic);
      const groupId = ownGroupId(functionName, logicalTopic(topic, topics), completion);
      const end = event.consumerGroupId === groupId ? parameters.groupSuffix : '';
      return [
        {
          functionName,
          topic,
          label: events.length === 1 ? functionName : `${functionName}-${topic}`,
          event,
          deadLetterTopic: deadLetterTopic(topic, definition, topics),
          retentionSeconds: retentionSeconds(
            logicalTopic(topic, topics),
            topics,
            defaultRetentionMs(parameters),
          ),
          declaration,
          mappingId: mappingId(functionName, event.arn, topic, end),
        },
      ];
    });
  });
}

/** What an operator needs to know of a consumer. */
export function operatedConsumer({ event, deadLetterTopic, declaration }: Consumer): OperatedConsumer {
  return { group: String(event.consumerGroupId), ...consumedTopic(declaration, deadLetterTopic) };
}

/**
 * The topics of other clusters that functions read: all that no consumer of the stack's own cluster reads.
 *
 * @param declarations - of all functions
 */
export function foreignTopics(
  { functions, topics }: Pick<Completion, 'functions' | 'topics'>,
  declarations: readonly EventSourceMappingDeclaration[],
  consumers: readonly Consumer[],
): ConsumedTopic[] {
  return declarations
    .filter((declaration) => consumers.every((consumer) => consumer.declaration !== declaration))
    .map((declaration) => {
      const { functionName, topic } = declaration;
      return consumedTopic(declaration, deadLetterTopic(topic, functions[functionName] ?? {}, topics));
    });
}

function consumedTopic(
  { topic, onFailureDestination }: EventSourceMappingDeclaration,
  deadLetterTopic: string,
): ConsumedTopic {
  const failureTopic = destinationTopic(onFailureDestination);
  return { topic, deadLetterTopic, ...(failureTopic !== undefined && { failureTopic }) };
}

function checkPublished(name: string, { functions, topics }: Completion, problems: string[]): void {
  for (const topic of publishedTopics(functions[name] ?? {}, topics.catalogue)) {
    if (!isDeclared(topic, topics))
      problems.push(`functions.${name}.publishes: ${undeclared(topic, topics)}`);
  }
}

function authorize(event: Record<string, unknown>, { auth, jwtScopes }: StackParameters): void {
  if ((event.authorizer ?? undefined) !== undefined || auth === 'none') return;
  event.authorizer =
    auth === 'iam'
      ? { type: 'aws_iam' }
      : { name: 'jwt', ...(jwtScopes.length > 0 && { scopes: jwtScopes }) };
}

function completeEvent(
  functionName: string,
  event: Record<string, unknown>,
  completion: Completion,
  problems: string[],
): void {
  // An event with an ARN of its own reads another cluster, of which the stack knows nothing.
  if (event.arn !== undefined) return;
  const { cluster, topics } = completion;
  const { topic } = event;
  const path = `functions.${functionName}.events.msk.topic`;
  if (typeof topic !== 'string' || topic === '') {
    problems.push(`${path} is missing: name a topic (${known(topics)})`);
    return;
  }
  if (!isDeclared(topic, topics)) problems.push(`${path}: ${undeclared(topic, topics)}`);
  Object.assign(event, {
    arn: cluster.arn,
    consumerGroupId: ownGroupId(functionName, topic, completion),
    startingPosition: 'TRIM_HORIZON',
    batchSize: 100,
    metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'],
    ...login(completion.parameters),
    ...(completion.parameters.esm === 'provisioned' && provisioned(topic, completion)),
    ...event,
    topic: topics.prefix + topic,
  });
  // Amazon MSK Developer Guide, "Monitor consumer lags": such a group has no metrics, so that no alarm of lag would ring.
  if (String(event.consumerGroupId).includes(':')) {
    const reason = 'Amazon MSK measures no lag of a group with a colon in its id; give one without';
    problems.push(`functions.${functionName}.events.msk.consumerGroupId: ${reason}`);
  }
  const failures = destinationTopic(typeof event.onFailure === 'string' ? event.onFailure : undefined);
  if (failures !== undefined) event.onFailure = `kafka://${prefixed(failures, topics.prefix)}`;
}

/** The consumer group id of an event that names none. */
function ownGroupId(
  functionName: string,
  topic: string,
  { prefix, functions, parameters: { groupSuffix } }: Completion,
): string {
  const several = eventsOf(functions[functionName] ?? {}, 'msk').length > 1;
  return [prefix, functionName, ...(several ? [topic] : []), groupSuffix || []].flat().join('-');
}

function login(parameters: StackParameters): Record<string, unknown> {
  const { arn } = loginSecret(parameters);
  if (arn === '') return {};
  return parameters.kafkaAuth === 'mtls' ? { clientCertificateTls: arn } : { saslScram512: arn };
}

/**
 * What AWS offers in provisioned mode only. On demand a batch that fails is delivered again as a whole, until it succeeds
 * or the topic forgets its records.
 */
function provisioned(topic: string, { topics, parameters }: Completion): Record<string, unknown> {
  return {
    // More pollers than partitions would be idle.
    provisionedPollers: { min: 1, max: partitionCount(topic, topics) },
    functionResponseType: 'ReportBatchItemFailures',
    // Records that can never be processed are dead letters. A record that keeps failing waits for a dependency that is down.
    // It goes to the failure topic, and its partition goes on, before the retention of the topic removes it or after the
    // most attempts that AWS accepts.
    maximumRetryAttempts: MAX_ATTEMPTS,
    maximumRecordAgeInSeconds: recordAgeLimit(topic, topics, defaultRetentionMs(parameters)),
    bisectBatchOnFunctionError: true,
    onFailure: `kafka://${failureTopicOf(topics.prefix + topic)}`,
    logLevel: 'WARN',
  };
}

/** Of a topic that declares none. */
function defaultRetentionMs({ cluster }: StackParameters): number | undefined {
  return cluster === 'create' ? SERVERLESS_RETENTION_MS : undefined;
}

function logicalTopic(topic: string, { prefix }: TopicSource): string {
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
}

function reportsFailures(name: string, { functions }: Completion, problems: string[]): boolean {
  const reporting = new Set(
    kafkaEventsOf(functions[name] ?? {}).map(
      ({ functionResponseType }) => functionResponseType === 'ReportBatchItemFailures',
    ),
  );
  if (reporting.size > 1) {
    problems.push(
      `functions.${name}.events: give functionResponseType to all msk events and kafka events of a function, or to none`,
    );
  }
  return reporting.has(true);
}

function isDeclared(topic: string, { catalogue, declared }: TopicSource): boolean {
  return catalogue.includes(topic) || Object.hasOwn(declared, topic);
}

function undeclared(topic: string, topics: TopicSource): string {
  return `no event type belongs to the topic "${topic}" (${known(topics)}); give an event type topic: '${topic}', or declare it under custom.topics`;
}

function known({ catalogue, declared }: TopicSource): string {
  return [...new Set([...catalogue, ...Object.keys(declared)])].join(', ');
}
