import { deployed } from '../support/deployment.ts';
import { type PackagedTemplate, packagedTemplate } from '../support/packaged-template.ts';

jest.setTimeout(300_000);

const mappingType = 'AWS::Lambda::EventSourceMapping';
const functions = ['Publish', 'Consume', 'Provision', 'Topics', 'Operate'];
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_app-AbCdEf';
/** "Configuring error handling controls for Kafka event sources", Lambda Developer Guide. */
const onlyProvisioned = [
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'FunctionResponseTypes',
  'LoggingConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ProvisionedPollerConfig',
];

let created: PackagedTemplate;
let onDemand: PackagedTemplate;
let protectedScram: PackagedTemplate;
let production: PackagedTemplate;
let mutualTls: PackagedTemplate;
let canary: PackagedTemplate;
beforeAll(async () => {
  created = await packagedTemplate('default');
  onDemand = await packagedTemplate('on-demand');
  protectedScram = await packagedTemplate('existing scram');
  production = await packagedTemplate('prod');
  mutualTls = await packagedTemplate('existing mtls');
  canary = await packagedTemplate('canary rollout');
});

describe('the event source mapping', () => {
  test('polls the cluster of the stack in provisioned mode, with limits and a topic for what they give up', () => {
    expect(created.only(mappingType).properties).toEqual({
      EventSourceArn: { Ref: 'Cluster' },
      FunctionName: { 'Fn::GetAtt': ['ConsumeLambdaFunction', 'Arn'] },
      Topics: ['events'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'kafka-events-dev-consume' },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 10_000,
      MaximumRecordAgeInSeconds: 518_400,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: 'kafka://events.failed' } },
      MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
      LoggingConfig: { SystemLogLevel: 'WARN' },
    });
  });

  test('has nothing on demand that AWS offers in provisioned mode only', () => {
    const { properties } = onDemand.only(mappingType);
    expect(Object.keys(properties).filter((name) => onlyProvisioned.includes(name))).toEqual([]);
    expect(properties).toMatchObject({ Topics: ['events'], EventSourceArn: { Ref: 'Cluster' } });
  });

  test('authenticates to an existing cluster with its secret', () => {
    expect(protectedScram.only(mappingType).properties).toMatchObject({
      EventSourceArn: expect.stringMatching(/^arn:aws:kafka:.*:cluster\/demo\//),
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secret }],
    });
  });

  test('authenticates to an existing cluster with its client certificate, as the functions do', () => {
    const certificate = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:client-AbCdEf';
    expect(mutualTls.only(mappingType).properties).toMatchObject({
      SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: certificate }],
    });
    for (const name of ['Publish', 'Consume', 'Topics', 'Operate']) {
      expect(mutualTls.resources[`${name}LambdaFunction`]?.Properties?.Environment).toMatchObject({
        Variables: { KAFKA_AUTH: 'mtls', KAFKA_SECRET_ARN: certificate },
      });
    }
  });

  test('and the handler agree about reports of failed records', () => {
    const told = ({ resources }: PackagedTemplate) =>
      resources.ConsumeLambdaFunction?.Properties?.Environment;
    expect(told(created)).toMatchObject({ Variables: { REPORT_BATCH_ITEM_FAILURES: 'true' } });
    expect(told(onDemand)).toMatchObject({ Variables: { REPORT_BATCH_ITEM_FAILURES: 'false' } });
  });
});

describe('CloudFormation makes one after the other', () => {
  test.each([
    ['the cluster', 'Cluster'],
    ['the topics', 'Topics'],
    ['the role that pollers take', 'ConsumeRole'],
    ['its permissions', 'ConsumePolicy'],
    ['the rule that lets pollers in', 'BrokersFromPollers'],
  ])('%s, and then the mapping', (_what, id) => {
    expect(created.before(created.only(mappingType).id)).toContain(id);
  });

  test.each(['LambdaEndpoint', 'StsEndpoint', 'EndpointsFromPollers'])(
    '%s, and then the mapping on demand',
    (id) => {
      expect(onDemand.before(onDemand.only(mappingType).id)).toContain(id);
    },
  );

  test.each(['Publish', 'Consume'])('the topics, and then %s, which is told the brokers', (name) => {
    for (const template of [created, onDemand, protectedScram]) {
      expect(template.before(`${name}LambdaFunction`)).toContain('Topics');
      expect(template.resources[`${name}LambdaFunction`]?.Properties?.Environment).toMatchObject({
        Variables: { KAFKA_BROKERS: { 'Fn::GetAtt': ['Topics', 'BootstrapBrokers'] } },
      });
    }
  });

  test('the version, the way to roll it out, the alias, and then the mapping; alarms wait for the mapping', () => {
    const mapping = canary.only(mappingType);
    expect(mapping.properties.FunctionName).toEqual({ Ref: 'ConsumeAlias' });
    const version = canary.only('AWS::Lambda::Version').id;
    expect([...canary.before(mapping.id)]).toEqual(
      expect.arrayContaining(['ConsumeAlias', version, 'ConsumeRollout', 'Rollouts', 'RolloutRole']),
    );
    expect([...canary.before(version)]).toContain('ConsumeLambdaFunction');
    for (const id of Object.keys(canary.resources)) expect(canary.before(id)).not.toContain(id);
  });

  test('the functions that make topics and their roles, and then the topics', () => {
    expect([...created.before('Topics')]).toEqual(
      expect.arrayContaining([
        'Cluster',
        'ProvisionLambdaFunction',
        'ProvisionRole',
        'TopicsLambdaFunction',
        'TopicsRole',
      ]),
    );
  });

  test('functions, and then subnets and security groups, and then the roles that delete network interfaces, in a removal', () => {
    const occupied = Object.entries(created.resources).filter(([, { Type }]) =>
      ['AWS::EC2::Subnet', 'AWS::EC2::SecurityGroup'].includes(Type),
    );
    expect(occupied.map(([id]) => id)).toEqual(
      expect.arrayContaining([
        'PrivateSubnetA',
        'PrivateSubnetB',
        'PrivateSubnetC',
        'FunctionSecurityGroup',
        'ClusterSecurityGroup',
      ]),
    );
    const roles = ['Publish', 'Consume', 'Topics', 'Operate'].map((name) => `${name}Role`);
    for (const [id] of occupied) expect([...created.before(id)]).toEqual(expect.arrayContaining(roles));
    for (const name of ['Publish', 'Consume', 'Topics', 'Operate'])
      expect([...created.before(`${name}LambdaFunction`)]).toEqual(
        expect.arrayContaining(['PrivateSubnetA', 'FunctionSecurityGroup']),
      );
    // A role that refers to nothing waits for nothing.
    for (const role of roles) expect([...created.before(role)]).toEqual([]);
  });

  test('nothing after itself', () => {
    for (const { resources, before } of [created, onDemand, protectedScram]) {
      for (const id of Object.keys(resources))
        expect({ id, waitsFor: before(id).has(id) }).toEqual({ id, waitsFor: false });
    }
  });
});

describe('every function', () => {
  test.each(functions)('%s has a role of its own', (name) => {
    for (const { resources } of [created, onDemand, protectedScram]) {
      expect(resources[`${name}LambdaFunction`]?.Properties?.Role).toEqual({
        'Fn::GetAtt': [`${name}Role`, 'Arn'],
      });
    }
  });

  test('runs on Node.js 24 and arm64 with tracing, and its log is kept for a while only', () => {
    for (const name of functions) {
      expect(created.resources[`${name}LambdaFunction`]?.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: name === 'Consume' ? 'PassThrough' : 'Active' },
      });
      expect(created.resources[`${name}LogGroup`]?.Properties).toMatchObject({ RetentionInDays: 30 });
      expect(protectedScram.resources[`${name}LogGroup`]?.Properties).toMatchObject({ RetentionInDays: 90 });
    }
  });

  test('may do what roles.ts says, and no more', () => {
    const { resources } = deployed({}, undefined, ['events']);
    for (const type of ['AWS::IAM::Role', 'AWS::IAM::Policy']) {
      const written = Object.entries(resources).filter(([, { Type }]) => Type === type);
      expect(created.ofType(type)).toEqual(Object.fromEntries(written));
    }
  });

  test('shares no role that the framework would make for all', () => {
    expect(Object.keys(created.ofType('AWS::IAM::Role')).sort()).toEqual(
      functions.map((name) => `${name}Role`).sort(),
    );
  });
});

test('the password of a cluster stands neither in the template nor in the configuration of a function', () => {
  for (const name of ['Publish', 'Consume', 'Topics']) {
    expect(protectedScram.resources[`${name}LambdaFunction`]?.Properties?.Environment).toMatchObject({
      Variables: { KAFKA_SECRET_ARN: secret },
    });
  }
  expect(JSON.stringify(protectedScram.resources)).not.toMatch(/resolve:secretsmanager|KAFKA_PASSWORD/);
});

test('the access log says who was refused, by whom, and what the function answered', () => {
  const { AccessLogSettings } = Object(created.only('AWS::ApiGatewayV2::Stage').properties);
  expect(JSON.parse(AccessLogSettings.Format)).toMatchObject({
    requestId: '$context.requestId',
    authorizerError: '$context.authorizer.error',
    error: '$context.error.message',
    integrationStatus: '$context.integration.status',
    integrationError: '$context.integration.error',
  });
});

test('what holds data outlives a stack for production, and leaves with any other', () => {
  for (const id of ['Cluster', 'Vpc', 'ClusterSecurityGroup']) {
    expect(production.resources[id]).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    expect(created.resources[id]).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  }
});

test('an existing cluster and its network are referred to, and nothing of them is made', () => {
  const types = new Set(Object.values(protectedScram.resources).map(({ Type }) => Type));
  expect([...types].filter((type) => /^AWS::(EC2|MSK)::/.test(type))).toEqual([]);
});

describe('a service with declarations of its own', () => {
  const queue = 'arn:aws:sqs:eu-west-1:111122223333:failures';
  const connection =
    'arn:aws:kafka:eu-west-1:111122223333:vpc-connection/444455556666/theirs/0a1b2c3d-0000-0000-0000-000000000000-1';
  const edit = (text: string) => {
    const edited = text
      .replace('- msk: { topic: events }', `- msk: { topic: events, onFailure: '${queue}' }`)
      .replace('- httpApi: { method: POST, path: /events }', '- httpApi: POST /events')
      .replace(
        '  provision:\n',
        `  mirror:\n    handler: handlers/consume.handler\n    timeout: 60\n    events:\n      - msk: { arn: '${connection}', topic: sent }\n\n  provision:\n`,
      );
    for (const part of [queue, 'httpApi: POST', 'mirror:']) expect(edited).toContain(part);
    return edited;
  };

  test('is not packaged without a way to its queue, which packaging names', async () => {
    const packaging = packagedTemplate({ stage: 'dev', parameters: {} }, edit);
    await expect(packaging).rejects.toThrow(
      'functions.consume.events.msk.onFailure: the mapping calls it from the created VPC, which has no route to sqs',
    );
  });

  test('gets its queue, a closed route, and the mapping and permissions of a VPC connection', async () => {
    const parameters = { egress: 'aws', groupSuffix: 'v-2' };
    const { resources, only, ofType } = await packagedTemplate({ stage: 'dev', parameters }, edit);
    const mappings = ofType(mappingType);
    expect(Object.keys(mappings).sort()).toEqual([
      'ConsumeEventSourceMappingMSKClusterEventsv2',
      'MirrorEventSourceMappingMSK444455556666Sent',
    ]);
    const [consumes, mirrors] = Object.values(mappings).map(({ Properties }) => Object(Properties));
    expect([consumes, mirrors]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ DestinationConfig: { OnFailure: { Destination: queue } } }),
        expect.objectContaining({ EventSourceArn: connection, Topics: ['sent'] }),
      ]),
    );
    expect(only('AWS::ApiGatewayV2::Route').properties).toMatchObject({ AuthorizationType: 'AWS_IAM' });
    expect(JSON.stringify(resources.MirrorPolicy)).toContain('kafka:DescribeVpcConnection');
    expect(JSON.stringify(resources.ConsumeLagAlarm)).toContain('MSKClusterEventsv2');
  });
});
