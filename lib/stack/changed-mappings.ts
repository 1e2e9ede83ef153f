import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../json.ts';

/** Resources of a template by logical id. */
export type Resources = Readonly<Record<string, unknown>>;

/** What `--param allowChange` calls the positions of consumers. */
const POSITIONS = 'positions';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
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
  readonly group: string | undefined;
}

/**
 * What a deployment would do to event source mappings that CloudFormation cannot do, or that loses positions. It makes a
 * new mapping before it deletes the old one, and Lambda takes each consumer group id once.
 *
 * @param before - of the deployed template
 * @param after - of this deployment
 * @param allowed - holds `positions` where consumers may begin anew
 * @returns one sentence for each
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html AWS Lambda Developer Guide, "Customizable consumer group ID"}
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html AWS CloudFormation User Guide, "Update behaviors of stack resources"}: replacement
 */
export function changedMappings(before: Resources, after: Resources, allowed: readonly string[]): string[] {
  const deployed = mappingsOf(before);
  return mappingsOf(after).flatMap((mapping) => {
    const same = deployed.find(({ id }) => id === mapping.id);
    const changed = fixed.filter(
      (name) => same && !isDeepStrictEqual(same.properties[name], mapping.properties[name]),
    );
    if (same !== undefined && changed.length === 0) {
      return same.group === mapping.group || allowed.includes(POSITIONS) ? [] : [newGroup(same, mapping)];
    }
    const user = deployed.find(({ group }) => group !== undefined && group === mapping.group);
    if (user === undefined) {
      return same === undefined || allowed.includes(POSITIONS) ? [] : [newGroup(same, mapping)];
    }
    const what =
      same === undefined
        ? `${mapping.id} would take the consumer group id of ${user.id}`
        : `${mapping.id} would be replaced, as ${changed.join(' and ')} would change`;
    return [
      `${what}: the new mapping is made before the old one is deleted, and AWS Lambda takes consumer group id ${mapping.group} once; begin anew in another group with --param groupSuffix=<text> --param allowChange=${POSITIONS}, or deploy without the event first`,
    ];
  });
}

function newGroup(before: Mapping, after: Mapping): string {
  return `${after.id} would change its consumer group id from ${before.group} to ${after.group}: the positions are those of the group, so it would begin at its startingPosition; keep consumerGroupId: ${before.group} on the event, or allow it with --param allowChange=${POSITIONS}`;
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
        group: typeof group === 'string' ? group : undefined,
      },
    ];
  });
}
