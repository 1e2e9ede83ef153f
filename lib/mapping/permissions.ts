import { type EventSourceMappingDeclaration, failureTopicOf } from './declaration.ts';
import { isObject, type Properties } from './property-reader.ts';

/** A statement of an IAM policy. */
export interface Statement {
  Effect: 'Allow';
  Action: string[];
  Resource: unknown[];
}

/**
 * What the role of a function needs so that Lambda can hand discarded records to the on-failure destination.
 *
 * @param event - the event as it is written in serverless.yml
 * @see AWS Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event
 *   sources" and "Using a Kafka topic as an on-failure destination"
 */
export function destinationStatements(
  event: Properties,
  declaration: EventSourceMappingDeclaration,
): Statement[] {
  const destination = declaration.onFailureDestination;
  if (destination === undefined) return [];
  const topic = failureTopicOf(destination);
  if (topic !== undefined) return topicStatements(event.arn, topic);
  const arn = isObject(event.onFailure) ? event.onFailure.arn : destination;
  switch (destination.split(':')[2]) {
    case 'sqs':
      return [allow(['sqs:SendMessage'], arn)];
    case 'sns':
      return [allow(['sns:Publish'], arn)];
    default:
      return [allow(['s3:ListBucket'], arn), allow(['s3:PutObject'], join(arn, '/*'))];
  }
}

/** The topic is on the source cluster, and written with the function's role when that authenticates by IAM. */
function topicStatements(clusterArn: unknown, topic: string): Statement[] {
  if (clusterArn === undefined) return [];
  const part = (index: number) => ({ 'Fn::Select': [index, { 'Fn::Split': [':cluster/', clusterArn] }] });
  const topicArn =
    typeof clusterArn === 'string'
      ? `${clusterArn.replace(':cluster/', ':topic/')}/${topic}`
      : join(part(0), ':topic/', part(1), `/${topic}`);
  return [
    allow(['kafka-cluster:Connect'], clusterArn),
    allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topicArn),
  ];
}

/**
 * What the role of a function needs so that Lambda can read its schema registry.
 *
 * @param event - the event as it is written in serverless.yml
 * @see AWS Lambda Developer Guide, "Using schema registries with Kafka event sources"
 */
export function registryStatements(
  event: Properties,
  { schemaRegistry }: EventSourceMappingDeclaration,
): Statement[] {
  if (schemaRegistry === undefined || !isObject(event.schemaRegistry)) return [];
  if (schemaRegistry.kind === 'glue') {
    const arn = event.schemaRegistry.uri;
    const schemas = typeof arn === 'string' ? `${arn.replace(':registry/', ':schema/')}/*` : '*';
    return [allow(['glue:GetRegistry', 'glue:GetSchemaVersion'], arn, schemas)];
  }
  const secrets = schemaRegistry.accessConfigurations.map(({ uri }) => uri);
  return secrets.length === 0 ? [] : [allow(['secretsmanager:GetSecretValue'], ...secrets)];
}

function allow(actions: string[], ...resources: unknown[]): Statement {
  return { Effect: 'Allow', Action: actions, Resource: resources };
}

function join(...parts: unknown[]): unknown {
  return parts.every((part) => typeof part === 'string') ? parts.join('') : { 'Fn::Join': ['', parts] };
}
