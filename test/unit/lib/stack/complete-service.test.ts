import { foreignArns } from '../../../../lib/stack/foreign-arns.ts';
import { lateAgeLimits } from '../../../../lib/stack/late-age-limits.ts';
import { missingRoutes } from '../../../../lib/stack/poller-calls.ts';
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
    dependsOn: ['BillPolicy', 'BrokersFromPollers'],
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
  expect(of('bill')).toHaveLength(10);
  expect(resources.BillLagAlarm?.Properties?.Dimensions).toEqual([
    { Name: 'EventSourceMappingUUID', Value: { Ref: 'bill-Cluster-orders' } },
  ]);
  const [body] = Object(resources.Dashboard?.Properties?.DashboardBody)['Fn::Sub'];
  const titles = JSON.parse(body).widgets.map(
    (widget: { properties: { title: string } }) => widget.properties.title,
  );
  expect(titles).toEqual(
    expect.arrayContaining(['consume: lag in events, and in seconds', 'bill: lag in events, and in seconds']),
  );
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

test('topics that a function names itself carry the stage as well, once', () => {
  const { topicPrefix: _, ...shared } = existing;
  const consume = {
    timeout: 60,
    environment: { KAFKA_DEAD_LETTER_TOPIC: 'poison' },
    events: [{ msk: { topic: 'events', onFailure: 'kafka://dev.given-up' } }],
  };
  const configuration = withFunctions({ consume });
  configuration.custom = { topics: { poison: { partitions: 2 } } };
  const { deployment } = deployed(shared, configuration);
  expect(deployment.topics.map(({ name, partitions }) => [name, partitions])).toEqual([
    ['dev.events', 3],
    ['dev.poison', 2],
    ['dev.given-up', 1],
  ]);
  expect(deployment.functions.consume).toMatchObject({
    environment: { KAFKA_DEAD_LETTER_TOPIC: 'dev.poison' },
    events: [{ msk: { onFailure: 'kafka://dev.given-up' } }],
  });
  const all = withFunctions({ consume: { events: [{ msk: { topic: 'events' } }] } });
  all.provider = { environment: { KAFKA_DEAD_LETTER_TOPIC: 'poison' } };
  expect(deployed(shared, all).deployment.topics.map(({ name }) => name)).toContain('dev.poison');
  expect(all.provider.environment).toMatchObject({ KAFKA_DEAD_LETTER_TOPIC: 'dev.poison' });
});

describe('a route', () => {
  const authorizerOf = (httpApi: unknown, parameters: Record<string, string> = {}) => {
    const configuration = withFunctions({
      publish: { publishes: 'all', events: [{ httpApi: structuredClone(httpApi) }] },
    });
    const { deployment, resources } = deployed(parameters, configuration);
    expect(resources).toHaveProperty('Publisher5xxAlarm');
    expect(deployment.functions.publish).toHaveProperty('reservedConcurrency');
    return Object(deployment.functions.publish).events[0].httpApi;
  };
  test.each<[string, unknown]>([
    ['written as an object', { method: 'POST', path: '/events' }],
    ['written in short', 'POST /events'],
    ['whose authorizer is empty', { method: 'POST', path: '/events', authorizer: null }],
  ])('is closed by the authorizer of the stage: %s', (_, httpApi) => {
    expect(authorizerOf(httpApi)).toEqual({
      method: 'POST',
      path: '/events',
      authorizer: { type: 'aws_iam' },
    });
    const jwt = {
      auth: 'jwt',
      jwtIssuer: 'https://issuer.example',
      jwtAudience: 'events',
      jwtScopes: 'events/write',
    };
    expect(authorizerOf(httpApi, jwt)).toMatchObject({
      authorizer: { name: 'jwt', scopes: ['events/write'] },
    });
  });

  test('of everything is closed as well', () => {
    expect(authorizerOf('*')).toEqual({ path: '*', authorizer: { type: 'aws_iam' } });
  });
});

test.each<[string, object, RegExp | undefined]>([
  ['a URL', { url: true }, /functions\.f\.url: is open to everyone, .* give authorizer: aws_iam/],
  ['a URL with CORS', { url: { cors: true } }, /functions\.f\.url: is open/],
  ['a URL that is signed', { url: { authorizer: 'aws_iam' } }, undefined],
  ['no URL', { url: false }, undefined],
  ['a REST route in short', { events: [{ http: 'POST /x' }] }, /functions\.f\.events\.http: is open/],
  [
    'a REST route',
    { events: [{ http: { method: 'POST', path: '/x' } }] },
    /functions\.f\.events\.http: is open/,
  ],
  [
    'a REST route with a key',
    { events: [{ http: { method: 'POST', path: '/x', private: true } }] },
    undefined,
  ],
])('production has no other way in that is open to everyone: %s', (_, definition, message) => {
  const complete = (production: string) => () =>
    deployed({ production }, withFunctions({ f: structuredClone(definition) }));
  expect(complete('false')).not.toThrow();
  if (message === undefined) expect(complete('true')).not.toThrow();
  else expect(complete('true')).toThrow(message);
});

test('a function that reads a self-managed cluster alone is a consumer too', () => {
  const kafka = { topic: 'theirs', bootstrapServers: ['b-1.example:9092'], provisionedPollers: { min: 1 } };
  const consume = {
    timeout: 60,
    events: [{ kafka: { ...kafka, functionResponseType: 'ReportBatchItemFailures' } }],
  };
  const { deployment } = deployed({ idempotency: 'dynamodb' }, withFunctions({ consume }));
  expect(deployment.functions.consume).toMatchObject({
    tracing: 'PassThrough',
    environment: { REPORT_BATCH_ITEM_FAILURES: 'true', IDEMPOTENCY_TABLE: { Ref: 'IdempotencyTable' } },
  });
  // Chunks hold its client for dead letters and its idempotency table.
  expect(deployment.functions.consume?.package).toBeUndefined();
});

test('an event with the ARN of another cluster is left as it is', () => {
  const msk = { arn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0a1b-1', topic: 'theirs' };
  const { deployment } = deployed({}, withFunctions({ consume: { events: [{ msk: { ...msk } }] } }));
  expect(deployment.consumers).toEqual([]);
  // Where the function puts what it rejects.
  expect(deployment.topics.map(({ name }) => name)).toEqual(['theirs.dlq']);
});

test('a topic of the same name on another cluster is another mapping', () => {
  const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0a1b-1';
  const reporting = { functionResponseType: 'ReportBatchItemFailures', provisionedPollers: { min: 1 } };
  const events = [
    { msk: { arn, topic: 'events', batchSize: 7, ...reporting } },
    { msk: { topic: 'events' } },
  ];
  const { deployment } = deployed({}, withFunctions({ consume: { timeout: 60, events } }));
  expect(deployment.consumers).toMatchObject([{ topic: 'events', declaration: { batchSize: 100 } }]);
  expect(deployment.foreignTopics).toEqual([{ topic: 'events', deadLetterTopic: 'events.dlq' }]);
});

test('stages that share a cluster do not share the dead letters of a topic of another one', () => {
  const msk = { arn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0a1b-1', topic: 'theirs' };
  const service = withFunctions({ consume: { events: [{ msk: { ...msk } }] } });
  const { deployment, resources } = deployed({ ...existing, topicPrefix: 'dev.' }, service);
  expect(deployment.topics.map(({ name }) => name)).toEqual(['dev.theirs.dlq']);
  expect(JSON.stringify(resources.ConsumePolicy)).toContain('dev.theirs.dlq');
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
    'a group whose lag nobody measures',
    { bill: { events: [{ msk: { topic: 'orders', consumerGroupId: 'team:bill' } }] } },
    /functions\.bill\.events\.msk\.consumerGroupId: Amazon MSK measures no lag of a group with a colon/,
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
  const topics = {
    orders: { partitions: 0, config: { 'retention.ms': '7d' } },
    events: { retention: 1, config: 'compact' },
  };
  expect(() => deployed({}, serviceWith({ custom: { topics } }))).toThrow(
    /custom\.topics\.orders: partitions is "0".*custom\.topics\.orders: retention\.ms is "7d"; give milliseconds.*custom\.topics\.events: retention is not known.*custom\.topics\.events: config must/s,
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

describe('the security groups of a created cluster', () => {
  const groups = (parameters: Record<string, string>, event: object = {}) => {
    const consume = { timeout: 60, events: [{ msk: { topic: 'events', ...event } }] };
    const functions = { ...Object(serviceWith().functions), consume };
    const { resources, deployment } = deployed(parameters, withFunctions(functions));
    const rules = (id: string, way: string) =>
      (Object(resources[id]?.Properties)[way] ?? []).map(
        ({ FromPort, ToPort, CidrIp, SourceSecurityGroupId }: Record<string, unknown>) =>
          `${FromPort}-${ToPort} ${CidrIp ?? Object(SourceSecurityGroupId)['Fn::GetAtt'][0]}`,
      );
    return {
      missing: missingRoutes(deployment),
      functions: rules('FunctionSecurityGroup', 'SecurityGroupEgress'),
      pollers: rules('ClusterSecurityGroup', 'SecurityGroupEgress'),
      endpoints: rules('EndpointSecurityGroup', 'SecurityGroupIngress'),
    };
  };
  const vpc = { vpc: 'vpc-0a1b2c3d4e5f60718', subnets: 'subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719' };
  const queue = { onFailure: 'arn:aws:sqs:eu-west-1:111122223333:failures' };
  const registry = (uri: string) => ({
    schemaRegistry: { uri, eventRecordFormat: 'JSON', validationAttributes: ['VALUE'] },
  });
  const brokers = '9098-9098 10.0.0.0/24';
  const web = '443-443 0.0.0.0/0';

  test.each<[string, Record<string, string>, object, Omit<ReturnType<typeof groups>, 'missing'>]>([
    ['events alone', {}, {}, { functions: [brokers, web], pollers: [brokers], endpoints: [] }],
    [
      'functions call endpoints',
      { egress: 'aws' },
      {},
      { functions: [brokers, web], pollers: [brokers], endpoints: ['443-443 FunctionSecurityGroup'] },
    ],
    [
      'the mapping calls an endpoint too',
      { egress: 'aws' },
      queue,
      {
        functions: [brokers, web],
        pollers: [brokers, web],
        endpoints: ['443-443 ClusterSecurityGroup', '443-443 FunctionSecurityGroup'],
      },
    ],
    [
      'the mapping writes to S3, through the gateway',
      {},
      { onFailure: 'arn:aws:s3:::failures' },
      { functions: [brokers, web], pollers: [brokers, web], endpoints: [] },
    ],
    [
      'a registry on the internet, at a port of its own',
      { egress: 'internet' },
      registry('https://registry.example:8081'),
      { functions: ['0-65535 0.0.0.0/0'], pollers: [brokers, '8081-8081 0.0.0.0/0'], endpoints: [] },
    ],
    [
      'pollers on demand call Lambda',
      { esm: 'on-demand' },
      {},
      { functions: [brokers, web], pollers: [brokers], endpoints: ['443-443 ClusterSecurityGroup'] },
    ],
    [
      'pollers on demand in a VPC that exists',
      { ...vpc, esm: 'on-demand' },
      {},
      { functions: ['0-65535 0.0.0.0/0'], pollers: ['9098-9098 0.0.0.0/0', web], endpoints: [] },
    ],
  ])('let through: %s', (_, parameters, event, expected) => {
    expect(groups(parameters, event)).toEqual({ missing: [], ...expected });
  });

  test.each<[string, Record<string, string>, object, RegExp]>([
    [
      'a queue',
      {},
      queue,
      /^functions\.consume\.events\.msk\.onFailure: .* no route to sqs; give --param egress=aws with sqs in --param egressServices, or egress=internet$/,
    ],
    ['a queue, with other endpoints', { egress: 'aws', egressServices: 'kms' }, queue, /no route to sqs/],
    ['a topic of SNS', {}, { onFailure: 'arn:aws:sns:eu-west-1:111122223333:failures' }, /no route to sns/],
    [
      'a Glue registry',
      { egress: 'aws' },
      registry('arn:aws:glue:eu-west-1:111122223333:registry/r'),
      /events\.msk\.schemaRegistry: .* no route to glue; give --param egress=aws with glue/,
    ],
    [
      'a registry on the internet',
      { egress: 'aws' },
      registry('https://registry.example'),
      /no route to the internet; give --param egress=internet/,
    ],
  ])(
    'are not enough for what a mapping calls, which fails packaging: %s',
    (_, parameters, event, message) => {
      expect(groups(parameters, event).missing).toEqual([expect.stringMatching(message)]);
    },
  );

  test.each<[string, Record<string, string>]>([
    ['its endpoint', { egress: 'aws', egressServices: 'glue' }],
    ['the internet', { egress: 'internet' }],
    ['a VPC of which the stack knows nothing', vpc],
    ['the network of an existing cluster', existing],
  ])('and routes are enough for a Glue registry with %s', (_, parameters) => {
    const event = registry('arn:aws:glue:eu-west-1:111122223333:registry/r');
    expect(groups(parameters, event).missing).toEqual([]);
  });
});

describe('the record age limit', () => {
  const day = 24 * 60 * 60;
  test.each<[string, Record<string, string>, Record<string, string>, number]>([
    ['is under the seven days of a created cluster', {}, {}, 6 * day],
    [
      'is under the retention that the topic declares',
      {},
      { 'retention.ms': String(7 * 60 * 60 * 1000) },
      6 * 60 * 60,
    ],
    ['is the least that AWS takes under a retention of seconds', {}, { 'retention.ms': '10000' }, 60],
    [
      'is none for a topic that keeps records for longer than AWS takes',
      {},
      { 'retention.ms': String(30 * day * 1000) },
      -1,
    ],
    ['is none for a topic that keeps records for ever', {}, { 'retention.ms': '-1' }, -1],
    ['is none for a compacted topic', {}, { 'cleanup.policy': 'compact' }, -1],
    [
      'is under the retention of a topic that is compacted and deleted',
      {},
      { 'cleanup.policy': 'compact,delete', 'retention.ms': String(7 * 60 * 60 * 1000) },
      6 * 60 * 60,
    ],
    ['is none where nobody says the retention', existing, {}, -1],
    [
      'is what an existing topic is declared with',
      existing,
      { 'retention.ms': String(7 * day * 1000) },
      6 * day,
    ],
  ])('%s', (_, parameters, config, limit) => {
    const configuration = { ...serviceWith(), custom: { topics: { events: { config } } } };
    const { deployment } = deployed(parameters, configuration);
    expect(deployment.consumers[0]?.declaration.maximumRecordAgeSeconds).toBe(limit);
  });
});

test.each<[string, number, Record<string, string>, boolean]>([
  ['a week, of a topic that keeps a week', 604_800, {}, true],
  ['two hours, of a topic that keeps one', 7_200, { 'retention.ms': '3600000' }, true],
  ['half an hour, of a topic that keeps one', 1_800, { 'retention.ms': '3600000' }, false],
  ['a week, of a topic that keeps records for ever', 604_800, { 'retention.ms': '-1' }, false],
  ['no limit', -1, {}, false],
])('a record age limit of an event must be under the retention: %s', (_, age, config, isRefused) => {
  const consume = { timeout: 60, events: [{ msk: { topic: 'events', maximumRecordAgeInSeconds: age } }] };
  const configuration = { ...withFunctions({ consume }), custom: { topics: { events: { config } } } };
  expect(lateAgeLimits(deployed({}, configuration).deployment.consumers)).toEqual(
    isRefused
      ? [
          expect.stringMatching(
            /events\.msk\.maximumRecordAgeInSeconds: \d+ is not less than the retention of events/,
          ),
        ]
      : [],
  );
});

describe('deleting topics of an existing cluster', () => {
  test('is refused where others may use the same names', () => {
    expect(() => deployed({ ...existing, topicPrefix: 'dev.', deleteTopics: 'true' })).toThrow(
      '--param deleteTopics=true: topics of an existing cluster are deleted only when their names begin with kafka-events-dev.: give topicPrefix=kafka-events-dev.',
    );
  });

  test('is granted and asked for names of the stack alone', () => {
    const consume = {
      environment: { KAFKA_DEAD_LETTER_TOPIC: 'poison' },
      events: [{ msk: { topic: 'events' } }],
    };
    const functions = { ...Object(serviceWith().functions), consume };
    const parameters = { ...existing, topicPrefix: 'kafka-events-dev.', deleteTopics: 'true' };
    const { resources } = deployed(parameters, withFunctions(functions));
    expect(resources.Topics?.Properties).toMatchObject({
      OnDelete: 'delete',
      OwnPrefix: 'kafka-events-dev.',
    });
    const statement = Object(resources.TopicsPolicy?.Properties).PolicyDocument.Statement.find(
      ({ Sid }: { Sid: string }) => Sid === 'DeleteOwnTopics',
    );
    expect(statement.Resource.map((arn: string) => arn.split('/').at(-1))).toEqual([
      'kafka-events-dev.events',
      'kafka-events-dev.orders',
      'kafka-events-dev.poison',
      'kafka-events-dev.events.failed',
    ]);
  });
});

describe('a domain', () => {
  const domain = {
    domain: 'events.example.com',
    domainCertificate: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b',
  };

  test('names the API, and its record is made where the hosted zone is known', () => {
    const { resources } = deployed({ ...domain, hostedZone: 'Z0' });
    expect(resources.ApiDomain?.Properties).toMatchObject({ DomainName: 'events.example.com' });
    expect(resources.ApiDomainMapping?.Properties).toMatchObject({
      ApiId: { Ref: 'HttpApi' },
      Stage: { Ref: 'HttpApiStage' },
    });
    expect(resources.ApiDomainRecord?.Properties).toMatchObject({
      HostedZoneId: 'Z0',
      Name: 'events.example.com',
      AliasTarget: { DNSName: { 'Fn::GetAtt': ['ApiDomain', 'RegionalDomainName'] } },
    });
    expect(deployed(domain).resources).not.toHaveProperty('ApiDomainRecord');
    expect(deployed().resources).not.toHaveProperty('ApiDomain');
  });

  test('needs a certificate of the region of the API', () => {
    expect(() => deployed(domain, undefined, undefined, 'us-east-1')).toThrow(
      /--param domainCertificate.*eu-west-1/,
    );
  });
});

test('web pages of the origins that are named may call the API, with the headers of a request', () => {
  const configuration = serviceWith();
  deployed({ corsOrigins: 'https://shop.example' }, configuration);
  expect(configuration.provider.httpApi?.cors).toMatchObject({
    allowedOrigins: ['https://shop.example'],
    allowedMethods: ['POST'],
    allowedHeaders: expect.arrayContaining([
      'authorization',
      'content-type',
      'traceparent',
      'x-amz-date',
      'ce-id',
    ]),
  });
  const own = serviceWith({ provider: { httpApi: { cors: true } } });
  deployed({ corsOrigins: 'https://shop.example' }, own);
  expect(own.provider.httpApi?.cors).toBe(true);
});

describe('what is in another region or account', () => {
  const secret = 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:AmazonMSK_app-AbCdEf';
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d';
  const scram = { ...existing, kafkaAuth: 'scram', scramSecret: secret, scramSecretKey: key };
  const consumes = (event: object) =>
    withFunctions({ consume: { events: [{ msk: { topic: 'events', ...event } }] } });

  test.each<[string, object, string]>([
    ['a destination', { onFailure: 'arn:aws:sqs:us-east-1:111122223333:failed' }, 'onFailure'],
    [
      'a registry',
      {
        schemaRegistry: {
          uri: 'arn:aws:glue:us-east-1:111122223333:registry/r',
          eventRecordFormat: 'JSON',
          validationAttributes: ['VALUE'],
        },
      },
      'schemaRegistry.uri',
    ],
    ['the cluster of an event', { arn: 'arn:aws:kafka:us-east-1:111122223333:cluster/demo/0a1b-1' }, 'arn'],
  ])('is refused by region: %s', (_, event, property) => {
    const complete = () => deployed(existing, consumes(event), ['events', 'orders'], 'eu-west-1');
    expect(complete).toThrow(
      new RegExp(
        `functions.consume.events.msk.${property}: arn.* is in region us-east-1; give one in eu-west-1`,
      ),
    );
  });

  test('is refused by region: the cluster, named by its parameter alone', () => {
    const complete = () => deployed(existing, serviceWith(), ['events', 'orders'], 'us-east-1');
    expect(complete).toThrow(
      /^--param clusterArn: .* is in region eu-west-1; give one in us-east-1, where this stack is deployed$/,
    );
  });

  test('is refused by region: zones, layers and keys of filters', () => {
    const complete = (parameters: Record<string, string>, definition: object) => () =>
      deployed(parameters, withFunctions({ consume: definition }), ['events'], 'us-east-1');
    const zones = { zones: 'us-east-1a,us-east-1b,eu-west-1c' };
    expect(complete(zones, {})).toThrow(/^--param zones: eu-west-1c is not in us-east-1, where/);
    const layers = ['arn:aws:lambda:eu-west-1:999988887777:layer:extension:1'];
    expect(complete({}, { layers })).toThrow(/^functions\.consume\.layers\[0\]: .* is in region eu-west-1/);
    const msk = { topic: 'events', kmsKeyArn: key };
    expect(complete({}, { events: [{ msk }] })).toThrow(/events\.msk\.kmsKeyArn: .* is in region eu-west-1/);
  });

  test('is named by account once that is known', () => {
    const { deployment } = deployed(scram);
    const problems = (account: string) =>
      foreignArns(deployment.functions, deployment.parameters, { account });
    expect(problems('111122223333')).toEqual([
      `--param scramSecret: ${secret} is in account 444455556666; give one of 111122223333, where this stack is deployed`,
    ]);
    expect(problems('444455556666')[0]).toMatch(/^--param clusterArn: .* multi-VPC connection/);
  });

  test('is let through over a VPC connection, which is of the account of the function', () => {
    const arn = 'arn:aws:kafka:eu-west-1:111122223333:vpc-connection/444455556666/demo/0a1b-1';
    const { deployment } = deployed(existing, consumes({ arn }), ['events', 'orders'], 'eu-west-1');
    const place = { account: '111122223333' };
    expect(foreignArns(deployment.functions, deployment.parameters, place)).toEqual([]);
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
