import { compileEventSourceMappings } from '../mapping/compile.ts';
import type { Properties } from '../mapping/property.ts';
import type { Service } from './framework.ts';
import { shapeProblems } from './service-model.ts';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const secret = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${'s'.repeat(100)}`;
const msk = {
  arn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1',
};
const selfManaged = { bootstrapServers: ['b-1.example:9092'] };
const longestGroup = `${'g'.repeat(99)} ${'/*:_+=.@-'.repeat(11)}g`;

/** Declarations with every property, and with the least and the most that is accepted. */
const declarations: readonly { readonly [type in 'msk' | 'kafka']?: Properties }[] = [
  {
    msk: {
      ...msk,
      topic: 'o2',
      consumerGroupId: 'g',
      batchSize: 1,
      maximumBatchingWindow: 0,
      startingPosition: 'LATEST',
      provisionedPollers: { min: 1, max: 1 },
      functionResponseType: 'ReportBatchItemFailures',
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: -1,
      bisectBatchOnFunctionError: false,
      onFailure: 'kafka://o3',
      filterPatterns: [{ value: { country: ['CH'] } }],
      schemaRegistry: {
        uri: 'https://registry.example',
        eventRecordFormat: 'SOURCE',
        validationAttributes: ['KEY', 'VALUE'],
        accessConfigurations: { basicAuth: [secret], serverRootCaCertificate: [secret] },
      },
      metrics: ['EventCount'],
      logLevel: 'DEBUG',
    },
  },
  {
    msk: {
      ...msk,
      topic: 't'.repeat(249),
      consumerGroupId: longestGroup,
      batchSize: 10_000,
      maximumBatchingWindow: 300,
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1_760_000_000,
      provisionedPollers: { min: 200, max: 2_000, group: 'g'.repeat(128) },
      maximumRetryAttempts: 10_000,
      maximumRecordAgeInSeconds: 604_800,
      bisectBatchOnFunctionError: true,
      onFailure: `arn:aws:sqs:eu-west-1:111122223333:${'q'.repeat(80)}`,
      filterPatterns: Array.from({ length: 5 }, () => ({ value: ['v'.repeat(4_000)] })),
      schemaRegistry: {
        uri: 'arn:aws:glue:eu-west-1:111122223333:registry/orders',
        eventRecordFormat: 'JSON',
        validationAttributes: ['VALUE'],
      },
      metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'],
      logLevel: 'WARN',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-0000-0000-000000000000',
      clientCertificateTls: secret,
    },
  },
  {
    msk: {
      arn: 'arn:aws:kafka:eu-west-1:111122223333:vpc-connection/444455556666/demo/0a1b-1',
      topic: 'orders',
    },
  },
  {
    msk: {
      ...msk,
      topic: 'orders',
      provisionedPollers: { group: 'orders' },
      schemaRegistry: {
        uri: 'https://registry.example',
        eventRecordFormat: 'JSON',
        validationAttributes: ['KEY'],
        accessConfigurations: { oauthBearerAuth: [secret], clientCertificateTlsAuth: [secret] },
      },
      logLevel: 'INFO',
    },
  },
  ...[
    { type: 'IAM_AUTH' },
    { type: 'IAM_OAUTHBEARER_AUTH', audience: 'events' },
    {
      type: 'OAUTHBEARER_AUTH',
      secret,
      scope: 'a b',
      audience: 'events',
      logicalCluster: 'lkc',
      identityPool: 'p',
    },
  ].map((authentication) => ({
    kafka: { ...selfManaged, topic: 'orders', consumerGroupId: longestGroup, authentication },
  })),
];

/**
 * Compares declarations at the limits of what is accepted with the service model of AWS Lambda, after they are compiled.
 *
 * @param model - of AWS Lambda
 * @returns one sentence for each problem
 */
export function declarationProblems(model: object): string[] {
  return declarations.flatMap((event, index) => {
    const service: Service = {
      service: 'kafka-events',
      provider: { name: 'aws', compiledCloudFormationTemplate: { Resources: {} } },
      functions: { consume: { timeout: 60, events: [event] } },
    };
    const resource = { Type: MAPPING, Properties: compiledByTheFramework(event.msk ?? event.kafka ?? {}) };
    service.provider.compiledCloudFormationTemplate = { Resources: { Mapping: resource } };
    compileEventSourceMappings(service, {
      getMSKEventLogicalId: () => 'Mapping',
      getKafkaEventLogicalId: () => 'Mapping',
    });
    return mappingProblems(model, resource.Properties, `declaration ${index}`);
  });
}

/**
 * Compares the properties of an AWS::Lambda::EventSourceMapping with the service model.
 *
 * @param path - names it in problems
 * @returns one sentence for each problem
 */
export function mappingProblems(model: object, properties: Properties, path: string): string[] {
  const { KmsKeyArn, Tags: _tags, ...same } = properties;
  const request = { ...same, ...(KmsKeyArn !== undefined && { KMSKeyArn: KmsKeyArn }) };
  return shapeProblems(model, 'CreateEventSourceMappingRequest', request, path);
}

/** What the properties of this service are added to. */
function compiledByTheFramework(event: Properties): Record<string, unknown> {
  const { topic, arn, bootstrapServers, consumerGroupId, batchSize, filterPatterns } = event;
  const { startingPosition = 'TRIM_HORIZON', startingPositionTimestamp } = event;
  const group = { ConsumerGroupId: consumerGroupId };
  const filters = Array.isArray(filterPatterns)
    ? { FilterCriteria: { Filters: filterPatterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) } }
    : {};
  return {
    FunctionName: { 'Fn::GetAtt': ['ConsumeLambdaFunction', 'Arn'] },
    Topics: [topic],
    StartingPosition: startingPosition,
    ...(startingPositionTimestamp !== undefined && { StartingPositionTimestamp: startingPositionTimestamp }),
    ...(batchSize !== undefined && { BatchSize: batchSize }),
    ...filters,
    ...(arn === undefined
      ? { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: bootstrapServers } } }
      : { EventSourceArn: arn }),
    ...(consumerGroupId !== undefined && {
      [arn === undefined ? 'SelfManagedKafkaEventSourceConfig' : 'AmazonManagedKafkaEventSourceConfig']:
        group,
    }),
  };
}
