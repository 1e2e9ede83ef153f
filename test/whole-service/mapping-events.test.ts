import { type FixtureService, fixtureService, type Template } from '../support/fixture-service.ts';
import { kafkaEvent as kafka, mskEvent as msk } from '../support/kafka-event.ts';

const provisionedPollers = { min: 1 };

const read = (...events: unknown[]) => ({ handler: 'handlers/read.handler', events });

const key = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b';
const certificate = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_certificate';
const oauthSecret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:oauth';

describe('serverless package', () => {
  let service: FixtureService;
  let template: Template;

  beforeAll(async () => {
    service = fixtureService({
      functions: {
        everything: read(
          msk({
            consumerGroupId: 'orders-reader',
            functionResponseType: 'ReportBatchItemFailures',
            maximumRetryAttempts: 0,
            maximumRecordAgeInSeconds: 3_600,
            bisectBatchOnFunctionError: true,
            onFailure: 'kafka://orders-failed',
            provisionedPollers: { min: 2, max: 6, group: 'orders' },
            schemaRegistry: {
              uri: 'https://registry.example',
              eventRecordFormat: 'JSON',
              accessConfigurations: {
                basicAuth: ['arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-x'],
              },
              validationAttributes: ['KEY', 'VALUE'],
            },
            metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'],
            logLevel: 'INFO',
            tags: { team: 'orders' },
            maximumBatchingWindow: 0,
            filterPatterns: [{ value: { status: ['paid'] } }],
          }),
        ),
        onDemand: read(
          msk({ maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1, bisectBatchOnFunctionError: false }),
        ),
        unlimited: read(msk({ maximumRetryAttempts: -1, provisionedPollers })),
        selfManaged: read(
          kafka({ maximumRetryAttempts: 3, provisionedPollers, maximumBatchingWindow: 0, logLevel: 'DEBUG' }),
        ),
        native: read(kafka({ onFailureDestination: 'arn:aws:sqs:eu-west-1:111122223333:failures' })),
        alike: read(msk({ topic: 'ab' }), msk({ topic: 'a-b', batchSize: 7 }), msk({ topic: 'a.b' })),
        queue: read(msk({ onFailure: { arn: { 'Fn::GetAtt': ['Failures', 'Arn'] }, type: 'sqs' } })),
        topicOfStack: read({
          msk: { arn: { Ref: 'Cluster' }, topic: 'orders', provisionedPollers, onFailure: 'kafka://failed' },
        }),
        mutualTls: read(msk({ clientCertificateTls: certificate, kmsKeyArn: key })),
        oauth: read(
          kafka({
            accessConfigurations: { vpcSubnet: ['subnet-0a1b'], vpcSecurityGroup: ['sg-0a1b'] },
            authentication: { type: 'OAUTHBEARER_AUTH', secret: oauthSecret, scope: 'events' },
          }),
        ),
        topic: read(msk({ onFailure: 'arn:aws:sns:eu-west-1:111122223333:failures' })),
        bucket: read(msk({ onFailure: { arn: 'arn:aws:s3:::failures' } })),
        glue: read(
          msk({
            provisionedPollers,
            schemaRegistry: {
              uri: { 'Fn::GetAtt': ['Registry', 'Arn'] },
              eventRecordFormat: 'SOURCE',
              validationAttributes: ['VALUE'],
            },
          }),
        ),
      },
      resources: {
        Resources: {
          Cluster: { Type: 'AWS::MSK::ServerlessCluster' },
          Failures: { Type: 'AWS::SQS::Queue' },
          Registry: { Type: 'AWS::Glue::Registry', Properties: { Name: 'orders' } },
        },
      },
    });
    const { code, output } = await service.serverless('package');
    if (code !== 0) throw new Error(output);
    template = service.template();
  }, 60_000);

  afterAll(() => service.remove());

  const mappings = (functionName: string) =>
    Object.values(template.Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::EventSourceMapping' &&
      JSON.stringify(Properties.FunctionName).includes(`"${functionName}LambdaFunction"`)
        ? [Properties]
        : [],
    );
  const statements = () => JSON.stringify(template.Resources.IamRoleLambdaExecution);

  test('carries every property of the event over', () => {
    expect(mappings('Everything')).toEqual([
      expect.objectContaining({
        AmazonManagedKafkaEventSourceConfig: {
          ConsumerGroupId: 'orders-reader',
          SchemaRegistryConfig: {
            SchemaRegistryURI: 'https://registry.example',
            EventRecordFormat: 'JSON',
            AccessConfigs: [
              { Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-x' },
            ],
            SchemaValidationConfigs: [{ Attribute: 'KEY' }, { Attribute: 'VALUE' }],
          },
        },
        BisectBatchOnFunctionError: true,
        DestinationConfig: { OnFailure: { Destination: 'kafka://orders-failed' } },
        FilterCriteria: { Filters: [{ Pattern: '{"value":{"status":["paid"]}}' }] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        LoggingConfig: { SystemLogLevel: 'INFO' },
        MaximumBatchingWindowInSeconds: 0,
        MaximumRecordAgeInSeconds: 3_600,
        MaximumRetryAttempts: 0,
        MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
        ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 6, PollerGroupName: 'orders' },
        Tags: [{ Key: 'team', Value: 'orders' }],
      }),
    ]);
  });

  test('leaves out what on-demand mode has no name for, even when it says the default', () => {
    const [mapping] = mappings('OnDemand');
    expect(Object.keys(mapping ?? {}).sort()).toEqual([
      'EventSourceArn',
      'FunctionName',
      'StartingPosition',
      'Topics',
    ]);
  });

  test('says in provisioned mode that there is no limit, so that an update lifts one', () => {
    expect(mappings('Unlimited')).toEqual([expect.objectContaining({ MaximumRetryAttempts: -1 })]);
  });

  test('carries the properties of self-managed Kafka over', () => {
    expect(mappings('SelfManaged')).toEqual([
      expect.objectContaining({
        LoggingConfig: { SystemLogLevel: 'DEBUG' },
        MaximumBatchingWindowInSeconds: 0,
        MaximumRetryAttempts: 3,
        ProvisionedPollerConfig: { MinimumPollers: 1 },
      }),
    ]);
  });

  test('authenticates to Amazon MSK with a certificate and encrypts filters with a key', () => {
    expect(mappings('MutualTls')).toEqual([
      expect.objectContaining({
        KmsKeyArn: key,
        SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: certificate }],
      }),
    ]);
    expect(statements()).toContain(certificate);
  });

  test('adds OAuth to what the framework says of a self-managed cluster', () => {
    expect(mappings('Oauth')).toEqual([
      expect.objectContaining({
        SourceAccessConfigurations: [
          { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0a1b' },
          { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-0a1b' },
          { Type: 'OAUTHBEARER_AUTH', URI: oauthSecret },
          { Type: 'OAUTHBEARER_SCOPE', URI: 'events' },
        ],
      }),
    ]);
    expect(statements()).toContain(oauthSecret);
  });

  test('gives topics whose names differ in punctuation alone a mapping each, the first under its old id', () => {
    expect(mappings('Alike').map(({ Topics, BatchSize }) => [Topics, BatchSize])).toEqual([
      [['ab'], undefined],
      [['a-b'], 7],
      [['a.b'], undefined],
    ]);
    expect(template.Resources.AlikeEventSourceMappingMSKDemoAb?.Properties.Topics).toEqual(['ab']);
  });

  test.each([
    ['SQS queue by Fn::GetAtt', 'Queue', { 'Fn::GetAtt': ['Failures', 'Arn'] }, 'sqs:SendMessage'],
    ['SNS topic', 'Topic', 'arn:aws:sns:eu-west-1:111122223333:failures', 'sns:Publish'],
    ['S3 bucket', 'Bucket', 'arn:aws:s3:::failures', 's3:PutObject'],
    ['Kafka topic', 'Everything', 'kafka://orders-failed', 'kafka-cluster:WriteData'],
    [
      "queue in the framework's own spelling",
      'Native',
      'arn:aws:sqs:eu-west-1:111122223333:failures',
      'sqs:SendMessage',
    ],
  ])('sends failures to one %s and lets the role do so', (_kind, functionName, destination, action) => {
    expect(mappings(functionName)).toEqual([
      expect.objectContaining({ DestinationConfig: { OnFailure: { Destination: destination } } }),
    ]);
    expect(statements()).toContain(action);
  });

  test('lets the role write the on-failure topic of a cluster of the stack', () => {
    const part = (index: number) => ({
      'Fn::Select': [index, { 'Fn::Split': [':cluster/', { Ref: 'Cluster' }] }],
    });
    expect(statements()).toContain(
      JSON.stringify([{ 'Fn::Join': ['', [part(0), ':topic/', part(1), '/failed']] }]),
    );
  });

  test('lets the role read the schema registry', () => {
    expect(mappings('Glue')).toEqual([
      expect.objectContaining({
        AmazonManagedKafkaEventSourceConfig: {
          SchemaRegistryConfig: {
            SchemaRegistryURI: { 'Fn::GetAtt': ['Registry', 'Arn'] },
            EventRecordFormat: 'SOURCE',
            SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
          },
        },
      }),
    ]);
    expect(statements()).toContain('glue:GetSchemaVersion');
    expect(statements()).toContain('secretsmanager:GetSecretValue');
  });
});

describe('serverless package of a service that AWS would refuse', () => {
  const services: FixtureService[] = [];
  const packaged = async (configuration: Record<string, unknown>) => {
    const service = fixtureService(configuration);
    services.push(service);
    return await service.serverless('package');
  };
  afterAll(() => {
    for (const service of services) service.remove();
  });

  test('fails naming the function and the property', async () => {
    const { code, output } = await packaged({
      functions: { ledger: read(msk({ maximumRetryAttempts: 3 })) },
    });
    expect(output).not.toContain('    at ');
    expect(output).toContain('functions.ledger.events[0].msk.maximumRetryAttempts');
    expect(code).toBe(1);
  }, 60_000);

  test('fails when two mappings would become one resource', async () => {
    const other = { bootstrapServers: ['other.example:9092'] };
    const { code, output } = await packaged({ functions: { ledger: read(kafka({}), kafka(other)) } });
    expect(output).toContain('functions.ledger.events[1].kafka.topic');
    expect(code).toBe(1);
  }, 60_000);

  test('fails in the words of the framework for a property nobody knows', async () => {
    const { code, output } = await packaged({ functions: { ledger: read(msk({ maximumRetries: 3 })) } });
    expect(output).toContain("unrecognized property 'maximumRetries'");
    expect(code).toBe(1);
  }, 60_000);
});
