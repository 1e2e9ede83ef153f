import { deployed, existing, serviceWith } from '../../../support/deployment.ts';

const withFunctions = (functions: Record<string, unknown>) => serviceWith({ functions });
const bill = { events: [{ msk: { topic: 'orders' } }] };
const both = () => withFunctions({ ...Object(serviceWith().functions), bill: structuredClone(bill) });

test('a second consumer needs to name its topic alone', () => {
  const configuration = both();
  deployed({}, configuration);
  expect(Object(configuration.functions).bill).toMatchObject({
    role: 'BillRole',
    vpc: { subnetIds: [{ Ref: 'PrivateSubnetA' }, { Ref: 'PrivateSubnetB' }, { Ref: 'PrivateSubnetC' }] },
    dependsOn: ['BrokersFromPollers'],
    environment: { REPORT_BATCH_ITEM_FAILURES: 'true', LOG_EVENT_DATA: 'all' },
    events: [
      {
        msk: {
          arn: { Ref: 'Cluster' },
          topic: 'orders',
          consumerGroupId: 'kafka-events-dev-bill',
          provisionedPollers: { min: 1, max: 3 },
          functionResponseType: 'ReportBatchItemFailures',
          onFailure: 'kafka://orders.failed',
        },
      },
    ],
  });
});

test('every topic gets partitions and settings, and topics for failures that are kept for thirty days', () => {
  const configuration = {
    ...both(),
    custom: { topics: { orders: { partitions: 12, config: { 'cleanup.policy': 'compact' } } } },
  };
  const { deployment } = deployed({}, configuration);
  const failures = { 'max.message.bytes': '8388608', 'retention.ms': '2592000000' };
  expect(deployment.topics).toEqual([
    { name: 'events', partitions: 3, config: {} },
    { name: 'orders', partitions: 12, config: { 'cleanup.policy': 'compact' } },
    { name: 'events.dlq', partitions: 1, config: failures },
    { name: 'events.failed', partitions: 1, config: failures },
    { name: 'orders.dlq', partitions: 1, config: failures },
    { name: 'orders.failed', partitions: 1, config: failures },
  ]);
  expect(Object(configuration.functions).bill.events[0].msk.provisionedPollers.max).toBe(12);
});

test('a topic for failures or dead letters that one function alone names is created', () => {
  const consume = {
    environment: { KAFKA_DEAD_LETTER_TOPIC: 'poison' },
    events: [{ msk: { topic: 'events', onFailure: 'kafka://given-up' } }],
  };
  const { deployment } = deployed({}, withFunctions({ consume }));
  expect(deployment.topics.map(({ name }) => name)).toEqual(['events', 'poison', 'given-up']);
});

test('every consumer has its alarms and its row on the dashboard', () => {
  const { resources } = deployed({}, both());
  const alarmNames = Object.values(resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::CloudWatch::Alarm' ? [String(Properties?.AlarmName)] : [],
  );
  const of = (name: string) => alarmNames.filter((alarm) => alarm.startsWith(`kafka-events-dev-${name}-`));
  expect(of('bill').map((name) => name.replace('bill', 'consume'))).toEqual(of('consume'));
  expect(of('bill')).toHaveLength(8);
  expect(resources.BillLagAlarm?.Properties?.Dimensions).toEqual([
    { Name: 'EventSourceMappingUUID', Value: { Ref: 'bill-Cluster-orders' } },
  ]);
  const [body] = Object(resources.Dashboard?.Properties?.DashboardBody)['Fn::Sub'];
  const titles = JSON.parse(body).widgets.map(
    (widget: { properties: { title: string } }) => widget.properties.title,
  );
  expect(titles).toEqual(expect.arrayContaining(['consume: lag in events', 'bill: lag in events']));
});

test('a function that reads two topics has a group and alarms for each', () => {
  const consume = { events: [{ msk: { topic: 'events' } }, { msk: { topic: 'orders' } }] };
  const { deployment, resources } = deployed({}, withFunctions({ consume }));
  expect(deployment.consumers.map(({ label, event }) => [label, event.consumerGroupId])).toEqual([
    ['consume-events', 'kafka-events-dev-consume-events'],
    ['consume-orders', 'kafka-events-dev-consume-orders'],
  ]);
  expect(Object.keys(resources)).toEqual(
    expect.arrayContaining(['ConsumeEventsLagAlarm', 'ConsumeOrdersLagAlarm']),
  );
});

test('stages that share a cluster share no topic, unless they say so', () => {
  const named = (parameters: Record<string, string>) => {
    const configuration = serviceWith({ provider: { stage: 'test' } });
    const { deployment } = deployed(parameters, configuration, ['events']);
    return [
      deployment.topics.map(({ name }) => name),
      configuration.provider.environment?.KAFKA_TOPIC_PREFIX,
    ];
  };
  const { topicPrefix: _, ...shared } = existing;
  expect(named(shared)).toEqual([['test.events', 'test.events.dlq', 'test.events.failed'], 'test.']);
  expect(named({ ...shared, topicPrefix: 'team-' })).toEqual([
    ['team-events', 'team-events.dlq', 'team-events.failed'],
    'team-',
  ]);
  expect(named(existing)).toEqual([['events', 'events.dlq', 'events.failed'], undefined]);
  expect(named({})).toEqual([['events', 'events.dlq', 'events.failed'], undefined]);
});

test('an event with the ARN of another cluster is left as it is', () => {
  const msk = { arn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0a1b-1', topic: 'theirs' };
  const { deployment } = deployed({}, withFunctions({ consume: { events: [{ msk: { ...msk } }] } }));
  expect(deployment.consumers).toEqual([]);
  expect(deployment.topics).toEqual([]);
});

test.each([
  [
    'an undeclared topic',
    { bill: { events: [{ msk: { topic: 'invoices' } }] } },
    /functions\.bill\.events\.msk\.topic: no event type belongs to the topic "invoices" \(events, orders\); give an event type topic: 'invoices', or declare it under custom\.topics/,
  ],
  [
    'no topic',
    { bill: { events: [{ msk: {} }] } },
    /functions\.bill\.events\.msk\.topic is missing: name a topic/,
  ],
  [
    'a topic to publish to that nobody declared',
    { ship: { publishes: ['parcels'] } },
    /functions\.ship\.publishes: no event type belongs to the topic "parcels"/,
  ],
  [
    'a role that is not there',
    { bill: { ...structuredClone(bill), role: 'BillingRole' } },
    /functions\.bill\.role: BillingRole is not a resource of this service; leave "role" out/,
  ],
  [
    'two answers to partial batch responses',
    {
      bill: {
        events: [{ msk: { topic: 'orders' } }, { msk: { topic: 'events', functionResponseType: null } }],
      },
    },
    /functions\.bill\.events: give functionResponseType to all msk events/,
  ],
])('%s fails packaging with the function and the fix', (_case, functions, message) => {
  expect(() => deployed({}, withFunctions(functions))).toThrow(message);
});

test('settings of a topic that make no sense are all named', () => {
  const topics = { orders: { partitions: 0 }, events: { retention: 1, config: 'compact' } };
  expect(() => deployed({}, serviceWith({ custom: { topics } }))).toThrow(
    /custom\.topics\.orders: partitions is "0".*custom\.topics\.events: retention is not known.*custom\.topics\.events: config must/s,
  );
});

describe('what functions reach of a created network', () => {
  const types = (parameters: Record<string, string>) =>
    Object.entries(deployed(parameters).resources).flatMap(([id, { Type }]) =>
      /Endpoint$|NatGateway|InternetGateway$/.test(id) && Type.startsWith('AWS::EC2') ? [id] : [],
    );
  test.each([
    ['DynamoDB and S3, which cost nothing', {}, ['DynamodbEndpoint', 'S3Endpoint']],
    [
      'services of AWS by name',
      { egress: 'aws', egressServices: 'sqs, secretsmanager' },
      ['DynamodbEndpoint', 'S3Endpoint', 'SqsEndpoint', 'SecretsmanagerEndpoint'],
    ],
    [
      'the internet',
      { egress: 'internet' },
      ['DynamodbEndpoint', 'S3Endpoint', 'InternetGateway', 'NatGateway'],
    ],
  ])('%s', (_what, parameters, expected) => {
    expect(types(parameters)).toEqual(expected);
  });

  test('a created cluster can stand in a VPC that exists, of which nothing is changed', () => {
    const { resources } = deployed({ vpc: 'vpc-0a1b2c3d4e5f60718', subnets: 'subnet-0a1b2c3d4e5f60718' });
    const ec2 = Object.values(resources).flatMap(({ Type }) => (Type.startsWith('AWS::EC2') ? [Type] : []));
    expect(new Set(ec2)).toEqual(new Set(['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress']));
    expect(resources.Cluster?.Properties?.VpcConfigs).toMatchObject([
      { SubnetIds: ['subnet-0a1b2c3d4e5f60718'] },
    ]);
  });
});

describe('the idempotency table', () => {
  const table = (parameters: Record<string, string>) => deployed(parameters).resources.IdempotencyTable;

  test('is made when it is asked for, and told to consumers alone', () => {
    const { deployment, resources } = deployed({ idempotency: 'dynamodb' });
    expect(resources.IdempotencyTable?.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'eventKey', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      SSESpecification: { SSEEnabled: true },
    });
    const { consume, publish } = deployment.functions;
    expect(consume?.environment).toMatchObject({ IDEMPOTENCY_TABLE: { Ref: 'IdempotencyTable' } });
    expect(publish?.environment).toBeUndefined();

    const without = deployed();
    expect(without.resources.IdempotencyTable).toBeUndefined();
    expect(without.deployment.functions.consume?.environment).not.toHaveProperty('IDEMPOTENCY_TABLE');
  });

  test('outlives the stack and can be restored for production', () => {
    expect(table({ idempotency: 'dynamodb', production: 'true' })).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
    expect(table({ idempotency: 'dynamodb' })).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        DeletionProtectionEnabled: false,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      },
    });
  });
});
