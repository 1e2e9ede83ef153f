import type { Naming, Resource, Service } from '../build/framework.ts';
import {
  DeclarationError,
  type EventSourceMappingDeclaration,
  kafkaEvents,
  parseEventSourceMappings,
} from './declaration.ts';
import { destinationStatements, registryStatements, type Statement } from './permissions.ts';
import { isObject, type Properties } from './property-reader.ts';

/**
 * Completes the AWS::Lambda::EventSourceMapping resources that the framework has compiled from `msk` and `kafka` events,
 * and lets the framework's own role reach what they name.
 *
 * @param service - with its template after `package:compileEvents`; the template is changed
 * @param naming - of the AWS provider, which knows the logical ids
 * @throws DeclarationError when AWS would refuse a mapping
 * @see AWS CloudFormation Template Reference, "AWS::Lambda::EventSourceMapping"
 */
export function compileEventSourceMappings(service: Service, naming: Naming): void {
  const resources = service.provider.compiledCloudFormationTemplate?.Resources ?? {};
  const statements: Statement[] = [];
  const compiled = new Set<string>();
  for (const { functionName, index, event, properties, declaration } of declaredEvents(service)) {
    const id =
      event === 'msk'
        ? naming.getMSKEventLogicalId(functionName, clusterToken(properties.arn), declaration.topic)
        : naming.getKafkaEventLogicalId(functionName, declaration.topic);
    if (compiled.has(id)) {
      // The framework knows clusters by less than their ARN, and self-managed ones not at all.
      const property = `functions.${functionName}.events[${index}].${event}.topic`;
      throw new DeclarationError([
        `${property}: ${declaration.topic} of another cluster is mapped to this function already, and the framework cannot tell the two apart: use two functions`,
      ]);
    }
    compiled.add(id);
    const resource = resources[id];
    if (resource === undefined)
      throw new Error(`The template has no event source mapping ${id} for ${functionName}`);
    resource.Properties = merge(resource.Properties ?? {}, templateProperties(properties, declaration));
    statements.push(
      ...destinationStatements(properties, declaration),
      ...registryStatements(properties, declaration),
    );
  }
  grant(resources.IamRoleLambdaExecution, statements);
}

function declaredEvents(service: Service) {
  const { functions, provider } = service;
  const declarations = parseEventSourceMappings(functions, { timeoutSeconds: provider.timeout });
  return Object.entries(functions)
    .flatMap(([functionName, { events }]) => kafkaEvents(events).map((event) => ({ functionName, ...event })))
    .flatMap((event, index) => {
      const declaration = declarations[index];
      return declaration === undefined ? [] : [{ ...event, declaration }];
    });
}

/** What the framework takes for the cluster's name. */
function clusterToken(arn: unknown): unknown {
  if (isObject(arn)) return arn['Fn::ImportValue'] ?? arn.Ref;
  return String(arn).split('/')[1];
}

/** The properties that the framework has not compiled. One that says what AWS does anyway is left out in on-demand mode. */
function templateProperties(event: Properties, declaration: EventSourceMappingDeclaration): Properties {
  const { kind, pollers, metrics, logLevel, reportBatchItemFailures } = declaration;
  const destination = destinationValue(event);
  const registry = registryConfig(event, declaration);
  const tags = Object.entries(declaration.tags);
  const errorControls = {
    MaximumRetryAttempts: event.maximumRetryAttempts,
    MaximumRecordAgeInSeconds: event.maximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: event.bisectBatchOnFunctionError,
  };
  return present({
    // The framework takes 0 for absent, which is half a second.
    MaximumBatchingWindowInSeconds: event.maximumBatchingWindow,
    ...(pollers === undefined ? {} : errorControls),
    FunctionResponseTypes: reportBatchItemFailures ? ['ReportBatchItemFailures'] : undefined,
    ProvisionedPollerConfig: pollerConfig(event),
    DestinationConfig: destination === undefined ? undefined : { OnFailure: { Destination: destination } },
    [kind === 'msk' ? 'AmazonManagedKafkaEventSourceConfig' : 'SelfManagedKafkaEventSourceConfig']:
      registry === undefined ? undefined : { SchemaRegistryConfig: registry },
    MetricsConfig: metrics.length === 0 ? undefined : { Metrics: metrics },
    LoggingConfig: logLevel === undefined ? undefined : { SystemLogLevel: logLevel },
    Tags: tags.length === 0 ? undefined : tags.map(([Key, Value]) => ({ Key, Value })),
  });
}

function pollerConfig({ provisionedPollers }: Properties): Properties | undefined {
  if (!isObject(provisionedPollers)) return undefined;
  const { min, max, group } = provisionedPollers;
  return present({ MinimumPollers: min, MaximumPollers: max, PollerGroupName: group });
}

/** The ARN or CloudFormation function of the on-failure destination, as it is written. */
function destinationValue({ onFailure, onFailureDestination }: Properties): unknown {
  return isObject(onFailure) ? onFailure.arn : (onFailure ?? onFailureDestination);
}

function registryConfig(
  { schemaRegistry: event }: Properties,
  { schemaRegistry }: EventSourceMappingDeclaration,
) {
  if (!isObject(event) || schemaRegistry === undefined) return undefined;
  const { eventRecordFormat, accessConfigurations, validationAttributes } = schemaRegistry;
  return present({
    SchemaRegistryURI: event.uri,
    EventRecordFormat: eventRecordFormat,
    AccessConfigs:
      accessConfigurations.length === 0
        ? undefined
        : accessConfigurations.map(({ type, uri }) => ({ Type: type, URI: uri })),
    SchemaValidationConfigs: validationAttributes.map((Attribute) => ({ Attribute })),
  });
}

function present(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** Adds properties, one level deep: the consumer group id and the schema registry share an object. */
function merge(resource: Properties, added: Properties): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...resource };
  for (const [name, value] of Object.entries(added)) {
    const current = merged[name];
    merged[name] = isObject(current) && isObject(value) ? { ...current, ...value } : value;
  }
  return merged;
}

/** Absent when the functions have roles of their own. */
function grant(role: Resource | undefined, statements: readonly Statement[]): void {
  const policies = role?.Properties?.Policies;
  const policy: unknown = Array.isArray(policies) ? policies[0] : undefined;
  const document = isObject(policy) ? policy.PolicyDocument : undefined;
  const granted = isObject(document) ? document.Statement : undefined;
  if (Array.isArray(granted)) granted.push(...statements);
}
