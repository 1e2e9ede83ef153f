import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../json.ts';
import { propertiesOf, type Resources } from './template.ts';

/** What `--param allowChange` calls the positions of consumers. */
export const POSITIONS = 'positions';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const ALIAS = 'AWS::Lambda::Alias';
/**
 * A mapping is replaced when one of these changes: resource provider schema of AWS::Lambda::EventSourceMapping,
 * `createOnlyProperties`. `UpdateEventSourceMapping` knows no `Topics`, so that a mapping cannot change those either.
 */
const fixed = [
  'EventSourceArn',
  'SelfManagedEventSource',
  'StartingPosition',
  'StartingPositionTimestamp',
  'Topics',
] as const;

interface Mapping {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The function that the mapping invokes, itself or through an alias. */
  readonly invoked: unknown;
  readonly group: string | undefined;
}

/**
 * Finds changes of event source mappings that CloudFormation cannot make, or that lose the positions of a consumer.
 * CloudFormation creates the new mapping before it deletes the old one, and Lambda accepts each consumer group id once and
 * never changes it.
 *
 * @param before - of the deployed template
 * @param after - of this deployment
 * @param allowed - holds `positions` where consumers may start over
 * @returns one sentence for each
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html AWS Lambda Developer Guide, "Customizable consumer group ID"}
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-eventsourcemapping-amazonmanagedkafkaeventsourceconfig.html CloudFormation Template Reference, "AmazonManagedKafkaEventSourceConfig"}: it is updated without a replacement, which Lambda refuses
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html AWS CloudFormation User Guide, "Update behaviors of stack resources"}: replacement
 */
export function changedMappings(before: Resources, after: Resources, allowed: readonly string[]): string[] {
  const deployed = mappingsOf(before);
  const wanted = mappingsOf(after);
  return wanted.flatMap((mapping) => {
    const same = deployed.find(({ id }) => id === mapping.id);
    const changed = fixed.filter(
      (name) => same && !isDeepStrictEqual(same.properties[name], mapping.properties[name]),
    );
    if (same !== undefined && changed.length === 0) {
      return same.group === mapping.group ? [] : [newGroup(same, mapping, 'which AWS Lambda cannot do')];
    }
    const user = deployed.find(({ group }) => group !== undefined && group === mapping.group);
    if (user === undefined) {
      const predecessor = same ?? deployed.find((old) => isSuccessor(mapping, old, wanted));
      return predecessor === undefined || allowed.includes(POSITIONS)
        ? []
        : [
            newGroup(
              predecessor,
              mapping,
              'and begin at its startingPosition, as positions belong to the group',
            ),
          ];
    }
    const what =
      same === undefined
        ? `${mapping.id} would take the consumer group id of ${user.id}`
        : `${mapping.id} would be replaced, as ${changed.join(' and ')} would change`;
    return [
      `${what}: the new mapping is made before the old one is deleted, and AWS Lambda accepts consumer group id ${mapping.group} only once; start over in another group with ${NEW_GROUP}, or deploy without the event first`,
    ];
  });
}

const NEW_GROUP = `--param groupSuffix=<text> --param allowChange=${POSITIONS}`;

/** Whether a mapping replaces an old one: it reads the same topic for the same function. */
function isSuccessor({ invoked, properties }: Mapping, old: Mapping, wanted: readonly Mapping[]): boolean {
  return (
    invoked !== undefined &&
    isDeepStrictEqual(invoked, old.invoked) &&
    wanted.every(({ id }) => id !== old.id) &&
    isDeepStrictEqual(properties.Topics, old.properties.Topics)
  );
}

/** The logical id of a function that a mapping, or the alias that a mapping invokes, refers to; else its name. */
function functionOf(named: unknown, resources: Resources): unknown {
  const { Ref, 'Fn::GetAtt': attribute } = isJsonObject(named) ? named : {};
  const id = Ref ?? [attribute].flat()[0];
  const { FunctionName: aliased } = propertiesOf(resources[String(id)], ALIAS);
  return aliased === undefined ? (id ?? named) : functionOf(aliased, resources);
}

function newGroup(before: Mapping, after: Mapping, consequence: string): string {
  return `${after.id} would change its consumer group id from ${before.group} to ${after.group}, ${consequence}; keep consumerGroupId: ${before.group} on the event, or start over without a consumerGroupId on the event: ${NEW_GROUP}`;
}

function mappingsOf(resources: Resources): Mapping[] {
  return Object.entries(resources).flatMap(([id, resource]) => {
    if (!isJsonObject(resource) || resource.Type !== MAPPING || !isJsonObject(resource.Properties)) return [];
    const properties = resource.Properties;
    const { AmazonManagedKafkaEventSourceConfig: managed, SelfManagedKafkaEventSourceConfig: own } =
      properties;
    const config = isJsonObject(managed) ? managed : isJsonObject(own) ? own : {};
    const group = config.ConsumerGroupId;
    return [
      {
        id,
        properties,
        invoked: functionOf(properties.FunctionName, resources),
        group: typeof group === 'string' ? group : undefined,
      },
    ];
  });
}
