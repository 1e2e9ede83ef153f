import { clusterArn as cluster, deployed, existing, serviceWith } from '../../../support/deployment.ts';

const topic = (name: string) => `arn:aws:kafka:eu-west-1:111122223333:topic/demo/0a1b-1/${name}`;
const group = (name: string) => `arn:aws:kafka:eu-west-1:111122223333:group/demo/0a1b-1/${name}`;
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_app-AbCdEf';
const key = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b';
/** With a second topic that has a consumer of its own. */
const twoTopics = () => {
  const { functions, ...rest } = serviceWith();
  return { ...rest, functions: { ...Object(functions), bill: { events: [{ msk: { topic: 'orders' } }] } } };
};

interface Statement {
  Effect: string;
  Action: string[];
  Resource: unknown;
  Condition?: unknown;
}

function statements(parameters: Record<string, string> = {}, configuration = serviceWith()) {
  const { resources } = deployed({ ...existing, ...parameters }, configuration, ['events']);
  return roleStatements(resources);
}

function roleStatements(resources: ReturnType<typeof deployed>['resources']): Record<string, Statement[]> {
  const roles = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  return Object.fromEntries(
    roles.map(([id, { Properties }]) => {
      const policies = Object.values(resources).filter(
        ({ Type, Properties: of }) => Type === 'AWS::IAM::Policy' && Object(of).Roles[0].Ref === id,
      );
      const documents = [
        ...(Object(Properties).Policies ?? []),
        ...policies.map((policy) => policy.Properties),
      ];
      return [id, documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)];
    }),
  );
}

/** Action to resources, by role; what is denied is left out. */
function granted(roles: Record<string, Statement[]>) {
  return Object.fromEntries(
    Object.entries(roles).map(([id, all]) => {
      const actions: Record<string, unknown[]> = {};
      for (const { Effect, Action, Resource } of all) {
        if (Effect === 'Deny') continue;
        for (const action of Action) actions[action] = [...(actions[action] ?? []), Resource].flat();
      }
      return [id, actions];
    }),
  );
}
const grants = (parameters: Record<string, string> = {}) => granted(statements(parameters));

/** Every action that any role may do, and what needs it. */
const needed: Record<string, Record<string, string>> = {
  PublishRole: {
    'kafka-cluster:Connect': 'lib/kafka/producer/producer.ts: connect',
    'kafka-cluster:WriteDataIdempotently': 'lib/kafka/producer/producer.ts: InitProducerId',
    'kafka-cluster:DescribeTopic': 'lib/kafka/producer/producer.ts: Metadata',
    'kafka-cluster:WriteData': 'lib/kafka/producer/producer.ts: Produce',
  },
  ConsumeRole: {
    'kafka-cluster:Connect': 'lib/consume/dead-letter-queue.ts and the event source mapping',
    'kafka-cluster:WriteDataIdempotently': 'lib/consume/dead-letter-queue.ts: InitProducerId',
    'kafka-cluster:DescribeTopic': 'lib/consume/dead-letter-queue.ts and the event source mapping: Metadata',
    'kafka-cluster:WriteData': 'lib/consume/dead-letter-queue.ts and the on-failure destination: Produce',
    'kafka-cluster:ReadData': 'event source mapping: Fetch',
    'kafka-cluster:DescribeGroup': 'event source mapping: FindCoordinator, OffsetFetch',
    'kafka-cluster:AlterGroup': 'event source mapping: JoinGroup, OffsetCommit',
    'kafka:DescribeCluster': 'event source mapping: network of the cluster',
    'kafka:DescribeClusterV2': 'event source mapping: network of a serverless cluster',
    'kafka:GetBootstrapBrokers': 'event source mapping: brokers',
    'kafka-cluster:DescribeCluster': 'on-failure destination: as AWS documents it',
    'ec2:DescribeVpcs': 'event source mapping: network of the cluster',
    'ec2:DescribeSecurityGroups': 'event source mapping: network of the cluster',
  },
  ProvisionRole: {
    'kafka:GetBootstrapBrokers': 'lib/kafka/bootstrap-brokers.ts',
    'lambda:InvokeFunction': 'lib/provision/invoke-function.ts',
    'cloudformation:DescribeStacks': 'lib/provision/deployed-stack.ts',
  },
  TopicsRole: {
    'kafka-cluster:Connect': 'lib/kafka/topics.ts: connect',
    'kafka-cluster:DescribeTopic': 'lib/kafka/topics.ts: listTopics, fetchTopicMetadata',
    'kafka-cluster:CreateTopic': 'lib/kafka/topics.ts: createTopics',
    'kafka-cluster:AlterTopic': 'lib/kafka/topics.ts: createPartitions',
    'kafka-cluster:DescribeTopicDynamicConfiguration': 'lib/kafka/topic-configs.ts: DescribeConfigs',
    'kafka-cluster:AlterTopicDynamicConfiguration': 'lib/kafka/topic-configs.ts: IncrementalAlterConfigs',
  },
  OperateRole: {
    'kafka-cluster:Connect': 'lib/operate: connect',
    'kafka-cluster:WriteDataIdempotently': 'lib/operate/dead-letters/replay.ts: InitProducerId',
    'kafka-cluster:DescribeTopic': 'lib/operate: Metadata, ListOffsets',
    'kafka-cluster:WriteData': 'lib/operate/dead-letters/replay.ts: Produce',
    'kafka-cluster:ReadData': 'lib/operate/dead-letters and lag.ts: Fetch; reset.ts: OffsetCommit',
    'kafka-cluster:DescribeGroup': 'lib/operate: DescribeGroups, OffsetFetch',
    'kafka-cluster:AlterGroup': 'lib/operate/dead-letters/replay.ts: JoinGroup; reset.ts: OffsetCommit',
  },
};
const everyFunction = {
  'logs:CreateLogStream': 'Lambda: log of the function',
  'logs:PutLogEvents': 'Lambda: log of the function',
};
const tracedFunction = {
  'xray:PutTraceSegments': 'Lambda: active tracing',
  'xray:PutTelemetryRecords': 'Lambda: active tracing',
};
const functionInVpc = {
  'ec2:CreateNetworkInterface': 'Lambda: function in a VPC',
  'ec2:DeleteNetworkInterface': 'Lambda: function in a VPC',
  'ec2:DescribeNetworkInterfaces': 'Lambda: function in a VPC',
  'ec2:DescribeSubnets': 'Lambda: function in a VPC',
  'ec2:AssignPrivateIpAddresses': 'Lambda: function in a VPC',
  'ec2:UnassignPrivateIpAddresses': 'Lambda: function in a VPC',
};

test.each(Object.keys(needed))('%s holds the actions that its code needs, and no other', (name) => {
  const vpc = name === 'ProvisionRole' ? {} : functionInVpc;
  // Lambda traces no invocation by a Kafka mapping.
  const traced = name === 'ConsumeRole' ? {} : tracedFunction;
  const actions = Object.keys({ ...everyFunction, ...traced, ...vpc, ...needed[name] });
  expect(Object.keys(grants()[name] ?? {}).sort()).toEqual(actions.sort());
});

test('the function that provisions topics describes its own stack only', () => {
  expect(grants().ProvisionRole?.['cloudformation:DescribeStacks']).toEqual([{ Ref: 'AWS::StackId' }]);
});

test('topics are granted one by one: who publishes cannot read, and who consumes cannot publish', () => {
  const { PublishRole, ConsumeRole, TopicsRole } = grants();
  expect(PublishRole?.['kafka-cluster:WriteData']).toEqual([topic('events')]);
  expect(PublishRole?.['kafka-cluster:WriteDataIdempotently']).toEqual([cluster]);
  expect(ConsumeRole?.['kafka-cluster:ReadData']).toEqual([topic('events'), topic('events.failed')]);
  expect(ConsumeRole?.['kafka-cluster:WriteData']).toEqual([topic('events.dlq'), topic('events.failed')]);
  expect(ConsumeRole?.['kafka-cluster:AlterGroup']).toEqual([group('kafka-events-dev-consume')]);
  expect(TopicsRole?.['kafka-cluster:CreateTopic']).toEqual(
    ['events', 'events.dlq', 'events.failed'].map(topic),
  );
});

test('an operator writes the original topics alone, and alters the groups of consumers and of replays alone', () => {
  const { OperateRole } = grants();
  expect(OperateRole?.['kafka-cluster:WriteData']).toEqual([topic('events')]);
  expect(OperateRole?.['kafka-cluster:ReadData']).toEqual(
    ['events.dlq', 'events.failed', 'events'].map(topic),
  );
  const groups = ['events.dlq.replay', 'events.failed.replay', 'kafka-events-dev-consume'].map(group);
  expect(OperateRole?.['kafka-cluster:AlterGroup']).toEqual(groups);
  expect(OperateRole?.['kafka-cluster:DescribeGroup']).toEqual(groups);
  const { OperateRole: withScram } = grants({
    kafkaAuth: 'scram',
    scramSecret: secret,
    scramSecretKey: key,
  });
  expect(Object.keys(withScram ?? {}).filter((action) => action.startsWith('kafka'))).toEqual([]);
  expect(withScram?.['secretsmanager:GetSecretValue']).toEqual([secret]);
});

test('an operator reads the dead letters of topics of other clusters, and remembers their replays', () => {
  const msk = { arn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0c1d-1', topic: 'sent' };
  const failures = { onFailure: 'kafka://sent.failed', provisionedPollers: { min: 1 } };
  const mirror = { timeout: 60, events: [{ msk: { ...msk, ...failures } }] };
  const functions = { mirror, operate: { timeout: 900 } };
  const { OperateRole } = granted(statements({}, serviceWith({ functions })));
  expect(OperateRole).toMatchObject({
    'kafka-cluster:Connect': [cluster],
    'kafka-cluster:ReadData': [topic('sent.dlq')],
    'kafka-cluster:AlterGroup': [group('sent.dlq.replay')],
  });
  expect(OperateRole).not.toHaveProperty('kafka-cluster:WriteData');
});

test('no resource is a wildcard but where AWS knows no resources, or has Lambda refuse anything narrower', () => {
  const wildcards = new Set(
    Object.values(grants()).flatMap((actions) =>
      Object.entries(actions).flatMap(([action, resources]) => (resources.includes('*') ? [action] : [])),
    ),
  );
  expect([...wildcards].sort()).toEqual([
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
    'ec2:UnassignPrivateIpAddresses',
    'kafka:GetBootstrapBrokers',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ]);
});

test('the code of a function cannot touch network interfaces, which its role may for the Lambda service', () => {
  const roles = statements();
  for (const name of ['Publish', 'Consume', 'Topics', 'Operate']) {
    const all = roles[`${name}Role`] ?? [];
    const allowed = all.find(({ Action }) => Action.includes('ec2:CreateNetworkInterface'))?.Action ?? [];
    const denied = all.find(({ Effect }) => Effect === 'Deny');
    expect(denied?.Action).toEqual(expect.arrayContaining(allowed));
    expect(JSON.stringify(denied?.Condition)).toContain(`:function:kafka-events-dev-${name.toLowerCase()}`);
  }
});

test('a second consumer reads its own topic with its own group, and the publisher writes both', () => {
  const { resources } = deployed({ ...existing }, twoTopics());
  const { PublishRole, ConsumeRole, BillRole, TopicsRole } = granted(roleStatements(resources));
  expect(PublishRole?.['kafka-cluster:WriteData']).toEqual(['events', 'orders'].map(topic));
  expect(BillRole?.['kafka-cluster:ReadData']).toEqual([topic('orders'), topic('orders.failed')]);
  expect(BillRole?.['kafka-cluster:WriteData']).toEqual([topic('orders.dlq'), topic('orders.failed')]);
  expect(BillRole?.['kafka-cluster:AlterGroup']).toEqual([group('kafka-events-dev-bill')]);
  expect(ConsumeRole?.['kafka-cluster:ReadData']).toEqual([topic('events'), topic('events.failed')]);
  expect(TopicsRole?.['kafka-cluster:CreateTopic']).toEqual(
    ['events', 'orders', 'events.dlq', 'events.failed', 'orders.dlq', 'orders.failed'].map(topic),
  );
});

test('a function is granted what it says itself, and the destination that it names', () => {
  const queue = 'arn:aws:sqs:eu-west-1:111122223333:failures';
  const own = {
    Effect: 'Allow',
    Action: ['dynamodb:PutItem'],
    Resource: 'arn:aws:dynamodb:eu-west-1:111122223333:table/t',
  };
  const { resources } = deployed(
    { ...existing },
    serviceWith({
      functions: {
        consume: { iamRoleStatements: [own], events: [{ msk: { topic: 'events', onFailure: queue } }] },
      },
    }),
  );
  const { ConsumeRole } = granted(roleStatements(resources));
  expect(ConsumeRole).toMatchObject({ 'dynamodb:PutItem': [own.Resource], 'sqs:SendMessage': [queue] });
  expect(ConsumeRole?.['kafka-cluster:WriteData']).toEqual([topic('events.dlq')]);
});

test('pollers may use IAM where functions use TLS: Lambda takes IAM wherever a cluster offers it', () => {
  const { ConsumeRole, PublishRole } = grants({ kafkaAuth: 'tls' });
  expect(ConsumeRole).toMatchObject({
    'kafka-cluster:Connect': [cluster],
    'kafka-cluster:ReadData': [topic('events'), topic('events.failed')],
  });
  expect(Object.keys(PublishRole ?? {}).filter((action) => action.startsWith('kafka'))).toEqual([]);
});

test('topics can be deleted only where removing the stack is told to', () => {
  const parameters = { deleteTopics: 'true', topicPrefix: 'kafka-events-dev.' };
  expect(grants(parameters).TopicsRole?.['kafka-cluster:DeleteTopic']).toEqual(
    ['events', 'events.dlq', 'events.failed'].map((name) => topic(`kafka-events-dev.${name}`)),
  );
});

test('on-demand pollers have no failure topic to write', () => {
  expect(grants({ esm: 'on-demand' }).ConsumeRole?.['kafka-cluster:WriteData']).toEqual([
    topic('events.dlq'),
  ]);
});

test('with a password mapping and functions read its secret, and IAM grants nothing on the cluster', () => {
  const withScram = grants({ kafkaAuth: 'scram', scramSecret: secret, scramSecretKey: key });
  for (const name of ['PublishRole', 'ConsumeRole', 'TopicsRole']) {
    expect(new Set(withScram[name]?.['secretsmanager:GetSecretValue'])).toEqual(new Set([secret]));
    expect(withScram[name]?.['kms:Decrypt']).toEqual([key]);
  }
  expect(withScram.ProvisionRole).not.toHaveProperty('secretsmanager:GetSecretValue');
  expect(withScram.ConsumeRole).toMatchObject({
    'kafka:ListScramSecrets': [cluster],
  });
  const actions = Object.values(withScram).flatMap((granted) => Object.keys(granted));
  expect(actions.filter((action) => action.startsWith('kafka-cluster:'))).toEqual([]);
});

test('with a client certificate mapping and functions read its secret, and IAM grants nothing on the cluster', () => {
  const certificateSecret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:client-AbCdEf';
  const withCertificate = grants({ kafkaAuth: 'mtls', certificateSecret });
  for (const name of ['PublishRole', 'ConsumeRole', 'TopicsRole', 'OperateRole']) {
    expect(new Set(withCertificate[name]?.['secretsmanager:GetSecretValue'])).toEqual(
      new Set([certificateSecret]),
    );
    // The default key needs no permission.
    expect(withCertificate[name]).not.toHaveProperty('kms:Decrypt');
  }
  const actions = Object.values(withCertificate).flatMap((granted) => Object.keys(granted));
  expect(actions.filter((action) => action.startsWith('kafka-cluster:'))).toEqual([]);
  const ownKey = grants({ kafkaAuth: 'mtls', certificateSecret, certificateSecretKey: key });
  expect(ownKey.PublishRole?.['kms:Decrypt']).toEqual([key]);
});

test('consumers reach the items of their own events in the idempotency table, and nobody else does', () => {
  const items = (roles: Record<string, Statement[]>) =>
    Object.entries(roles).flatMap(([id, all]) =>
      all.flatMap(({ Action, Resource, Condition }) =>
        Action.some((action) => action.startsWith('dynamodb:')) ? [{ id, Action, Resource, Condition }] : [],
      ),
    );
  expect(items(statements())).toEqual([]);
  const rule = (name: string) => ({
    id: `${name}Role`,
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
    Resource: { 'Fn::GetAtt': ['IdempotencyTable', 'Arn'] },
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`kafka-events-dev-${name.toLowerCase()}#*`] },
    },
  });
  const { resources } = deployed({ ...existing, idempotency: 'dynamodb' }, twoTopics());
  expect(items(roleStatements(resources))).toEqual([rule('Consume'), rule('Bill')]);
});

describe('a function that reads another cluster', () => {
  const connection = 'arn:aws:kafka:eu-west-1:111122223333:vpc-connection/444455556666/theirs/0c1d-1';
  const theirs = (type: string, name: string) =>
    `arn:aws:kafka:eu-west-1:444455556666:${type}/theirs/*${name}`;
  const otherArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0c1d-1';
  const others = (type: string, name: string) =>
    `arn:aws:kafka:eu-west-1:111122223333:${type}/other/0c1d-1/${name}`;
  const of = (event: object) => {
    const functions = { mirror: { timeout: 60, events: [event] } };
    return granted(statements({}, serviceWith({ functions }))).MirrorRole;
  };

  test('in the same account may find it, poll it, and hand over what it rejects', () => {
    expect(of({ msk: { arn: otherArn, topic: 'sent', consumerGroupId: 'mirror' } })).toMatchObject({
      'kafka:DescribeCluster': [otherArn],
      'kafka:DescribeClusterV2': [otherArn],
      'kafka:GetBootstrapBrokers': ['*'],
      'kafka-cluster:Connect': [cluster, otherArn],
      'kafka-cluster:ReadData': [others('topic', 'sent')],
      'kafka-cluster:AlterGroup': [others('group', 'mirror')],
      'kafka-cluster:WriteData': [topic('sent.dlq')],
      'ec2:DescribeSecurityGroups': ['*'],
    });
  });

  test('in another account goes over its VPC connection, and knows no group that AWS names', () => {
    expect(of({ msk: { arn: connection, topic: 'sent' } })).toMatchObject({
      'kafka:DescribeVpcConnection': [connection],
      'kafka-cluster:Connect': [cluster, theirs('cluster', '')],
      'kafka-cluster:ReadData': [theirs('topic', '/sent')],
      'kafka-cluster:AlterGroup': [theirs('group', '/*')],
    });
  });

  test('with a password gets its secret, and nothing by IAM', () => {
    const actions = of({ msk: { arn: otherArn, topic: 'sent', saslScram512: secret } });
    expect(actions).toMatchObject({
      'secretsmanager:GetSecretValue': [secret],
      'kafka:ListScramSecrets': [otherArn],
      'kafka-cluster:Connect': [cluster],
    });
    expect(actions).not.toHaveProperty('kafka-cluster:ReadData');
  });

  test('that is self-managed gets its secrets, its destination and its registry', () => {
    const queue = 'arn:aws:sqs:eu-west-1:111122223333:failures';
    const registry = 'arn:aws:glue:eu-west-1:111122223333:registry/r';
    const kafka = {
      topic: 'sent',
      bootstrapServers: ['b-1.example:9096'],
      accessConfigurations: { saslScram512Auth: [secret] },
      provisionedPollers: { min: 1 },
      onFailure: queue,
      schemaRegistry: { uri: registry, eventRecordFormat: 'JSON', validationAttributes: ['VALUE'] },
    };
    expect(of({ kafka })).toMatchObject({
      'secretsmanager:GetSecretValue': [secret],
      'sqs:SendMessage': [queue],
      'glue:GetRegistry': [registry, expect.stringContaining('schema/r/*')],
      'kafka-cluster:WriteData': [topic('sent.dlq')],
    });
  });
});

test.each([
  [
    'SQS',
    { onFailure: 'arn:aws:sqs:eu-west-1:111122223333:q' },
    { 'sqs:SendMessage': ['arn:aws:sqs:eu-west-1:111122223333:q'] },
  ],
  [
    'SNS',
    { onFailure: 'arn:aws:sns:eu-west-1:111122223333:t' },
    { 'sns:Publish': ['arn:aws:sns:eu-west-1:111122223333:t'] },
  ],
  [
    'S3',
    { onFailure: 'arn:aws:s3:::b' },
    { 's3:PutObject': ['arn:aws:s3:::b/*'], 's3:ListBucket': ['arn:aws:s3:::b'] },
  ],
  [
    'a queue of the template',
    { onFailure: { arn: { 'Fn::GetAtt': ['Q', 'Arn'] }, type: 'sqs' } },
    { 'sqs:SendMessage': [{ 'Fn::GetAtt': ['Q', 'Arn'] }] },
  ],
  [
    'a Glue registry',
    {
      schemaRegistry: {
        uri: 'arn:aws:glue:eu-west-1:111122223333:registry/r',
        eventRecordFormat: 'JSON',
        validationAttributes: ['VALUE'],
      },
    },
    {
      'glue:GetSchemaVersion': [
        'arn:aws:glue:eu-west-1:111122223333:registry/r',
        'arn:aws:glue:eu-west-1:111122223333:schema/r/*',
      ],
    },
  ],
  [
    'a Confluent registry with credentials',
    {
      schemaRegistry: {
        uri: 'https://registry.example',
        eventRecordFormat: 'JSON',
        validationAttributes: ['VALUE'],
        accessConfigurations: { basicAuth: [secret] },
      },
    },
    { 'secretsmanager:GetSecretValue': [secret] },
  ],
])('the role of a consumer reaches what its event names: %s', (_, event, actions) => {
  const configuration = serviceWith({
    functions: { consume: { events: [{ msk: { topic: 'events', ...event } }] } },
  });
  expect(granted(statements({}, configuration)).ConsumeRole).toMatchObject(actions);
});

test('a function with a name of its own writes its own log, and reaches its own items', () => {
  const configuration = serviceWith();
  Object.assign(Object(configuration.functions).consume, { name: 'billing' });
  const roles = statements({ idempotency: 'dynamodb' }, configuration);
  const granted = JSON.stringify(roles.ConsumeRole);
  for (const part of ['log-group:/aws/lambda/billing:', ':function:billing', 'billing#*'])
    expect(granted).toContain(part);
  expect(granted).not.toContain('kafka-events-dev-consume:');
});
