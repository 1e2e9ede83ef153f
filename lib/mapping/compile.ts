import type { CompiledResource, Naming, Service } from '../build/framework.ts';
import { isJsonObject } from '../json.ts';
import { DeclarationError, kafkaEvents, parseEventSourceMappings } from './declaration.ts';
import { properties } from './properties.ts';
import { type Properties, present, type Statement } from './property.ts';

/**
 * Completes the AWS::Lambda::EventSourceMapping resources that the framework has compiled from `msk` and `kafka` events, and
 * gives the framework's own role the permissions they need; a function's own role needs {@link statementsOf}.
 *
 * @param service - with its template after `package:compileEvents`; the template is changed
 * @param naming - of the AWS provider, which knows the logical ids
 * @throws DeclarationError when AWS would refuse a mapping
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html CloudFormation Template Reference, "AWS::Lambda::EventSourceMapping"}
 */
export function compileEventSourceMappings(service: Service, naming: Naming): void {
  const { functions, provider } = service;
  parseEventSourceMappings(functions, { timeoutSeconds: provider.timeout });
  const resources = provider.compiledCloudFormationTemplate?.Resources ?? {};
  const compiled = new Set<string>();
  for (const [functionName, { events }] of Object.entries(functions)) {
    for (const { index, event, properties: written } of kafkaEvents(events)) {
      const topic = String(written.topic);
      const id =
        event === 'msk'
          ? naming.getMSKEventLogicalId(functionName, clusterToken(written.arn), topic)
          : naming.getKafkaEventLogicalId(functionName, topic);
      if (compiled.has(id)) {
        // The framework does not use the whole ARN of a cluster in the id, and ignores self-managed clusters.
        throw new DeclarationError([
          `functions.${functionName}.events[${index}].${event}.topic: ${topic} of another cluster is mapped to this function already, and the framework cannot tell the two apart: use two functions`,
        ]);
      }
      compiled.add(id);
      const resource = resources[id];
      if (resource === undefined)
        throw new Error(`The template has no event source mapping ${id} for ${functionName}`);
      resource.Properties = templateProperties(resource.Properties ?? {}, written);
      grant(resources.IamRoleLambdaExecution, statementsOf(written));
    }
  }
}

/**
 * The permissions that the role of a function needs so that Lambda can read credentials of the source cluster and of the
 * schema registry, read the registry itself, and deliver discarded records to the on-failure destination. Not included are
 * those that every mapping needs (find the cluster, read the topic, commit) and KMS keys, which the event does not name.
 *
 * @param event - `msk` or `kafka` event as it is written in serverless.yml
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html Lambda Developer Guide, "Configuring Lambda permissions for Amazon MSK event source mappings"}
 */
export function statementsOf(event: Properties): Statement[] {
  return properties.flatMap((row) => {
    const written = event[row.name] ?? (row.name === 'onFailure' ? event.onFailureDestination : undefined);
    return written === undefined || written === null ? [] : (row.statements?.(written, event) ?? []);
  });
}

/** What the framework uses as the cluster's name. */
function clusterToken(arn: unknown): unknown {
  if (isJsonObject(arn)) return arn['Fn::ImportValue'] ?? arn.Ref;
  return String(arn).split('/')[1];
}

/**
 * Adds the properties that the framework has not compiled, one level deep: the consumer group id and the schema registry
 * share an object, the ways to authenticate a list. In on-demand mode it leaves out all properties of provisioned mode, even
 * those with the default value.
 */
function templateProperties(compiled: Properties, event: Properties): Record<string, unknown> {
  const isProvisioned = isJsonObject(event.provisionedPollers ?? event.provisionedPollerConfig);
  const merged: Record<string, unknown> = { ...compiled };
  for (const { name, template, provisionedOnly } of properties) {
    const written = event[name];
    if (written === undefined || written === null || template === undefined) continue;
    if (provisionedOnly && !isProvisioned) continue;
    const added = typeof template === 'string' ? { [template]: written } : template(written, event);
    for (const [property, value] of Object.entries(present(added))) {
      merged[property] = joined(merged[property], value);
    }
  }
  return merged;
}

function joined(current: unknown, added: unknown): unknown {
  if (isJsonObject(current) && isJsonObject(added)) return { ...current, ...added };
  return Array.isArray(current) && Array.isArray(added) ? [...current, ...added] : added;
}

/** Absent when the functions have roles of their own. */
function grant(role: CompiledResource | undefined, statements: readonly Statement[]): void {
  const policies = role?.Properties?.Policies;
  const policy: unknown = Array.isArray(policies) ? policies[0] : undefined;
  const document = isJsonObject(policy) ? policy.PolicyDocument : undefined;
  const granted = isJsonObject(document) ? document.Statement : undefined;
  if (Array.isArray(granted)) granted.push(...statements);
}
