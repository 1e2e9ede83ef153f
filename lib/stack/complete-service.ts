import { isJsonObject } from '../json.ts';
import { DeclarationError, parseEventSourceMappings } from '../mapping/declaration.ts';
import {
  type Completion,
  completeFunctions,
  consumersOf,
  foreignTopics,
  operatedConsumer,
} from './consumers.ts';
import type { Deployment } from './deployment.ts';
import { foreignArns } from './foreign-arns.ts';
import { type StackParameters, stackParameters } from './parameters.ts';
import { publicAccess } from './public-access.ts';
import {
  eventsOf,
  kafkaEventsOf,
  OPERATE_FUNCTION,
  roleId,
  type ServiceFunctions,
} from './service-functions.ts';
import { stack } from './stack.ts';
import { stackCluster } from './stack-cluster.ts';
import {
  deadLetterTopic,
  declaredTopics,
  ownPrefix,
  prefixed,
  publishedTopics,
  serviceTopics,
  type TopicSource,
} from './topics.ts';

/** serverless.yml with its variables resolved, as far as the stack reads and completes it. */
export interface Configuration {
  service: string;
  provider: {
    stage?: string;
    environment?: Record<string, unknown>;
    httpApi?: Record<string, unknown>;
    logRetentionInDays?: number;
    deletionProtection?: boolean;
    timeout?: number;
  };
  params?: Readonly<Record<string, unknown>>;
  functions?: unknown;
  resources?: unknown;
  custom?: Readonly<Record<string, unknown>>;
}

export interface CompletionOptions {
  /** Topics of the catalogue, without the prefix. */
  readonly catalogue: readonly string[];
  /** `--param name=value`, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Region of the deployment; undefined: not known. */
  readonly region?: string | undefined;
  /** `LOG_LEVEL` of the shell, for what runs on the developer's machine. */
  readonly logLevel?: string | undefined;
  /** Logical id that the framework gives the mapping of a function, a cluster and a topic; `end` must end it. */
  readonly mappingId: (functionName: string, clusterName: unknown, topic: string, end: string) => string;
}

/**
 * Completes serverless.yml in place with what follows from its functions, the topics of the catalogue and the parameters
 * of the deployment.
 *
 * @returns all that the template follows from
 * @throws ParameterError or DeclarationError naming everything that is wrong
 */
export function completeService(configuration: Configuration, options: CompletionOptions): Deployment {
  const { service, provider, custom } = configuration;
  const stage = provider.stage ?? 'dev';
  const parameters = stackParameters(
    { ...paramsOf(configuration, 'default'), ...paramsOf(configuration, stage), ...options.parameters },
    stage,
  );
  completeProvider(configuration, parameters, options.logLevel);

  const { catalogue, mappingId } = options;
  const problems: string[] = [];
  const prefix = `${service}-${stage}`;
  checkDeletion(parameters, prefix, problems);
  const functions = allFunctions(configuration.functions);
  const topics: TopicSource = {
    functions,
    environment: provider.environment ?? {},
    declared: declaredTopics(custom?.topics, problems),
    catalogue,
    partitions: parameters.partitions,
    prefix: parameters.topicPrefix,
  };
  const cluster = stackCluster(parameters, prefix);
  const completion: Completion = { functions, prefix, parameters, cluster, topics };
  completeFunctions(completion, problems);
  checkRoles(functions, configuration.resources, problems);
  problems.push(...foreignArns(functions, parameters, { region: options.region }));
  if (parameters.production) problems.push(...publicAccess(functions));
  if (problems.length > 0) throw new DeclarationError(problems);

  const declarations = parseEventSourceMappings(functions, { timeoutSeconds: provider.timeout });
  const consumers = consumersOf(completion, declarations, (functionName, arn, topic, end) =>
    mappingId(functionName, isJsonObject(arn) ? arn.Ref : String(arn).split('/')[1], topic, end),
  );
  const foreign = foreignTopics(completion, declarations, consumers);
  const operate = functions[OPERATE_FUNCTION];
  if (operate !== undefined) {
    operate.environment = {
      KAFKA_CONSUMERS: JSON.stringify(consumers.map(operatedConsumer)),
      ...(foreign.length > 0 && { KAFKA_FOREIGN_TOPICS: JSON.stringify(foreign) }),
      ...operate.environment,
    };
  }
  const deployment: Deployment = {
    prefix: completion.prefix,
    parameters,
    cluster,
    functions,
    consumers,
    foreignTopics: foreign,
    deadLetterTopics: Object.fromEntries(
      Object.entries(functions).map(([name, definition]) => [
        name,
        kafkaEventsOf(definition).map(({ topic }) => deadLetterTopic(String(topic), definition, topics)),
      ]),
    ),
    publishers: Object.keys(functions).filter(
      (name) => publishedTopics(functions[name] ?? {}, catalogue).length > 0,
    ),
    hasHttpApi: Object.values(functions).some((definition) => eventsOf(definition, 'httpApi').length > 0),
    topics: serviceTopics({ ...topics, clusterArn: cluster.arn }),
    catalogue,
    topicPrefix: parameters.topicPrefix,
  };
  configuration.resources = [...stack(deployment), configuration.resources].flat();
  return deployment;
}

function paramsOf({ params = {} }: Configuration, name: string): Readonly<Record<string, unknown>> {
  const given = params[name];
  return isJsonObject(given) ? given : {};
}

function completeProvider(
  { provider }: Configuration,
  parameters: StackParameters,
  logLevel: string | undefined,
): void {
  const { auth, jwtIssuer, jwtAudience, topicPrefix, logRetentionDays, protect } = parameters;
  provider.logRetentionInDays ??= logRetentionDays;
  provider.deletionProtection ??= protect;
  const { KAFKA_DEAD_LETTER_TOPIC: letters } = provider.environment ?? {};
  provider.environment = {
    LOG_LEVEL: logLevel || parameters.logLevel,
    ...(topicPrefix !== '' && { KAFKA_TOPIC_PREFIX: topicPrefix }),
    ...provider.environment,
    ...(typeof letters === 'string' && { KAFKA_DEAD_LETTER_TOPIC: prefixed(letters, topicPrefix) }),
  };
  if (parameters.corsOrigins.length > 0)
    provider.httpApi = { cors: corsRules(parameters.corsOrigins), ...provider.httpApi };
  if (auth !== 'jwt') return;
  provider.httpApi = {
    authorizers: {
      jwt: {
        type: 'jwt',
        identitySource: '$request.header.Authorization',
        issuerUrl: jwtIssuer,
        audience: jwtAudience,
      },
    },
    ...provider.httpApi,
  };
}

/**
 * What a web page may send: events, signed or with a token, and traced.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html Amazon API Gateway Developer Guide, "Configure CORS for HTTP APIs"}
 */
function corsRules(allowedOrigins: readonly string[]) {
  const signed = ['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];
  const traced = ['traceparent', 'tracestate', 'x-correlation-id'];
  const event = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema'].map(
    (name) => `ce-${name}`,
  );
  return {
    allowedOrigins,
    allowedMethods: ['POST'],
    allowedHeaders: ['authorization', 'content-type', ...signed, ...traced, ...event],
    maxAge: CORS_SECONDS,
  };
}

/** How long a browser need not ask again; none keeps an answer for more than two hours. */
const CORS_SECONDS = 7_200;

/** `functions` of serverless.yml may be a list of parts. */
function allFunctions(functions: unknown): ServiceFunctions {
  const parts = [functions].flat().filter(isJsonObject);
  return Object.fromEntries(
    parts.flatMap((part) =>
      Object.entries(part).filter((entry): entry is [string, object] => isJsonObject(entry[1])),
    ),
  );
}

/** On a shared cluster a stack may delete only topics whose names no other stack uses. */
function checkDeletion(parameters: StackParameters, prefix: string, problems: string[]): void {
  const { cluster, deleteTopics, topicPrefix } = parameters;
  if (cluster !== 'existing' || !deleteTopics || topicPrefix.startsWith(ownPrefix(prefix))) return;
  problems.push(
    `--param deleteTopics=true: topics of an existing cluster are deleted only when their names begin with ${ownPrefix(prefix)}: give topicPrefix=${ownPrefix(prefix)}`,
  );
}

/** A role that a function names itself must exist; roles.ts writes the others. */
function checkRoles(functions: ServiceFunctions, resources: unknown, problems: string[]): void {
  const own = [resources].flat().flatMap((part) => {
    const defined = isJsonObject(part) ? part.Resources : undefined;
    return isJsonObject(defined) ? Object.keys(defined) : [];
  });
  for (const [name, { role }] of Object.entries(functions)) {
    const isArn = typeof role !== 'string' || role.startsWith('arn:');
    if (isArn || own.includes(role) || role === roleId(name)) continue;
    problems.push(
      `functions.${name}.role: ${role} is not a resource of this service; leave "role" out to get one, or define it under resources`,
    );
  }
}
