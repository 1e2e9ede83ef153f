import { isJsonObject } from '../json.ts';
import { clusterResource } from './cluster-resource.ts';
import {
  allow,
  join,
  localArn,
  type Properties,
  type Property,
  referenceName,
  type Statement,
} from './property.ts';

/** Lambda API Reference, "Topics": names of one character are refused. */
export const topicForm = /^[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]{1,248}$/;
/** Lambda API Reference, "OnFailure". */
const MAX_DESTINATION_CHARACTERS = 350;
const KAFKA_SCHEME = 'kafka://';
const services = ['sqs', 'sns', 's3'] as const;

/** The topic of an on-failure destination `kafka://<topic>`; undefined for any other destination, or none. */
export function destinationTopic(destination: string | undefined): string | undefined {
  return destination?.startsWith(KAFKA_SCHEME) ? destination.slice(KAFKA_SCHEME.length) : undefined;
}

/**
 * The destination of discarded records: an ARN of SQS, SNS or S3, or `kafka://<topic>`. The framework's `kafka` event calls
 * it `onFailureDestination` and accepts a string; `onFailure` works for both events.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html Lambda Developer Guide, "Using a Kafka topic as an on-failure destination"}
 */
export const onFailure: Property<string | undefined> = {
  name: 'onFailure',
  schema: {
    anyOf: [
      { type: 'string' },
      {
        type: 'object',
        properties: { arn: { $ref: '#/definitions/awsArn' }, type: { enum: services } },
        required: ['arn'],
        additionalProperties: false,
      },
    ],
  },
  read: (reader, _name, { region }) => {
    if (reader.get('onFailure') !== undefined && reader.get('onFailureDestination') !== undefined) {
      reader.refuse('onFailureDestination', 'repeats onFailure: keep one of them');
    }
    const name = reader.get('onFailure') === undefined ? 'onFailureDestination' : 'onFailure';
    const written = reader.get(name);
    if (written === undefined) return undefined;
    const { arn, type } = isJsonObject(written) ? written : { arn: written };
    const service = services.find((candidate) => candidate === type);
    if (isJsonObject(arn) && service !== undefined) return localArn(service, region, referenceName(arn));
    if (isJsonObject(arn)) {
      return reader.refuse(name, 'needs type: sqs, sns or s3 with a CloudFormation function for arn');
    }
    if (typeof arn !== 'string') {
      return reader.refuse(
        name,
        'must be the ARN of an SQS queue, SNS topic or S3 bucket, or kafka://<topic>',
      );
    }
    if (arn.length > MAX_DESTINATION_CHARACTERS) {
      reader.refuse(name, `is longer than ${MAX_DESTINATION_CHARACTERS} characters`);
    }
    const problem = problemOf(arn, reader.get('topic'));
    if (problem !== undefined) reader.refuse(name, problem);
    return arn;
  },
  template: (_, event) => {
    const { arn } = destinationOf(event);
    return arn === undefined ? {} : { DestinationConfig: { OnFailure: { Destination: arn } } };
  },
  statements: (_, event) => {
    const { arn, service } = destinationOf(event);
    const topic = typeof arn === 'string' ? destinationTopic(arn) : undefined;
    if (topic !== undefined)
      return event.saslScram512 || event.clientCertificateTls ? [] : topicStatements(event.arn, topic);
    switch (service) {
      case 'sqs':
        return [allow(['sqs:SendMessage'], arn)];
      case 'sns':
        return [allow(['sns:Publish'], arn)];
      case 's3':
        return [allow(['s3:ListBucket'], arn), allow(['s3:PutObject'], join(arn, '/*'))];
      default:
        return [];
    }
  },
};

function problemOf(destination: string, sourceTopic: unknown): string | undefined {
  const topic = destinationTopic(destination);
  if (topic !== undefined) {
    if (!topicForm.test(topic)) return `"${topic}" is not a topic name`;
    return topic === sourceTopic ? `must be another topic than the source ${topic}` : undefined;
  }
  if (!/^arn:aws[a-z-]*:(sqs|sns|s3):/.test(destination)) {
    return `"${destination}" is not the ARN of an SQS queue, SNS topic or S3 bucket, nor kafka://<topic>`;
  }
  return destination.endsWith('.fifo')
    ? 'must be a standard queue or topic: FIFO ones are not supported'
    : undefined;
}

/** The ARN or CloudFormation function of the destination, as it is written, and the service it belongs to. */
function destinationOf({ onFailure, onFailureDestination }: Properties) {
  const { arn, type } = isJsonObject(onFailure) ? onFailure : { arn: onFailure ?? onFailureDestination };
  return { arn, service: typeof arn === 'string' ? arn.split(':')[2] : type };
}

/** The topic is on the source cluster, and Lambda writes it with the function's role when it authenticates with IAM. */
function topicStatements(clusterArn: unknown, topic: string): Statement[] {
  if (clusterArn === undefined) return [];
  // ReadData and DescribeCluster as in "Using a Kafka topic as an on-failure destination".
  const write = ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData'];
  return [
    allow(['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'], clusterResource(clusterArn)),
    allow(write, clusterResource(clusterArn, 'topic', topic)),
  ];
}
