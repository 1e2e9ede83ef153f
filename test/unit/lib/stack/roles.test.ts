import { stackParameters } from '../../../../lib/stack/parameters.ts';
import { stackReferences } from '../../../../lib/stack/references.ts';
import { roles } from '../../../../lib/stack/roles.ts';

const cluster = 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b-1';
const topic = (name: string) => `arn:aws:kafka:eu-west-1:111122223333:topic/demo/0a1b-1/${name}`;
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_app-AbCdEf';
const key = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b';
const given = {
  cluster: 'existing',
  clusterArn: cluster,
  subnets: 'subnet-0a1b2c3d4e5f60718',
  securityGroup: 'sg-0a1b2c3d4e5f60718',
};

const names = {
  prefix: 'kafka-events-dev',
  topic: 'events',
  deadLetterTopic: 'events.dlq',
  failureTopic: 'events.failed',
  consumerGroup: 'consumers',
};

/** Action to resources, by role; what is denied is left out. */
function grants(parameters: Record<string, string> = {}) {
  const checked = stackParameters({ ...given, ...parameters }, 'dev');
  const written = roles(checked, stackReferences(checked, 'events'), names);
  return Object.fromEntries(
    Object.entries(written).map(([name, { Properties }]) => {
      const statements = Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const granted: Record<string, unknown[]> = {};
      for (const { Effect, Action, Resource } of statements) {
        if (Effect === 'Deny') continue;
        for (const action of Action) granted[action] = [...(granted[action] ?? []), Resource].flat();
      }
      return [name, granted];
    }),
  );
}

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
  },
  TopicsRole: {
    'kafka-cluster:Connect': 'lib/provision/topics.ts: connect',
    'kafka-cluster:DescribeTopic': 'lib/provision/topics.ts: listTopics, fetchTopicMetadata',
    'kafka-cluster:CreateTopic': 'lib/provision/topics.ts: createTopics',
    'kafka-cluster:AlterTopic': 'lib/provision/topics.ts: createPartitions',
  },
};
const everyFunction = {
  'logs:CreateLogStream': 'Lambda: log of the function',
  'logs:PutLogEvents': 'Lambda: log of the function',
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
  const actions = Object.keys({ ...everyFunction, ...vpc, ...needed[name] });
  expect(Object.keys(grants()[name] ?? {}).sort()).toEqual(actions.sort());
});

test('topics are granted one by one: who publishes cannot read, and who consumes cannot publish', () => {
  const { PublishRole, ConsumeRole, TopicsRole } = grants();
  expect(PublishRole?.['kafka-cluster:WriteData']).toEqual([topic('events')]);
  expect(PublishRole?.['kafka-cluster:WriteDataIdempotently']).toEqual([cluster]);
  expect(ConsumeRole?.['kafka-cluster:ReadData']).toEqual([topic('events'), topic('events.failed')]);
  expect(ConsumeRole?.['kafka-cluster:WriteData']).toEqual([topic('events.dlq'), topic('events.failed')]);
  expect(ConsumeRole?.['kafka-cluster:AlterGroup']).toEqual([
    'arn:aws:kafka:eu-west-1:111122223333:group/demo/0a1b-1/consumers',
  ]);
  expect(TopicsRole?.['kafka-cluster:CreateTopic']).toEqual(
    ['events', 'events.dlq', 'events.failed'].map(topic),
  );
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
  const checked = stackParameters(given, 'dev');
  const written = roles(checked, stackReferences(checked, 'events'), names);
  for (const name of ['Publish', 'Consume', 'Topics']) {
    const [policy] = written[`${name}Role`]?.Properties.Policies ?? [];
    const statements = policy?.PolicyDocument.Statement ?? [];
    const allowed = statements.find(({ Sid }) => Sid === 'ManageNetworkInterfaces')?.Action ?? [];
    const denied = statements.find(({ Effect }) => Effect === 'Deny');
    expect(denied?.Action).toEqual(expect.arrayContaining([...allowed]));
    expect(JSON.stringify(denied?.Condition)).toContain(`:function:kafka-events-dev-${name.toLowerCase()}`);
  }
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
  expect(grants({ deleteTopics: 'true' }).TopicsRole?.['kafka-cluster:DeleteTopic']).toEqual(
    ['events', 'events.dlq', 'events.failed'].map(topic),
  );
});

test('on-demand pollers have no failure topic to write', () => {
  expect(grants({ esm: 'on-demand' }).ConsumeRole?.['kafka-cluster:WriteData']).toEqual([
    topic('events.dlq'),
  ]);
});

test('with a password the mapping reads its secret, and IAM grants nothing on the cluster', () => {
  const withScram = grants({ kafkaAuth: 'scram', scramSecret: secret, scramSecretKey: key });
  expect(withScram.ConsumeRole).toMatchObject({
    'secretsmanager:GetSecretValue': [secret],
    'kms:Decrypt': [key],
    'kafka:ListScramSecrets': [cluster],
  });
  const actions = Object.values(withScram).flatMap((granted) => Object.keys(granted));
  expect(actions.filter((action) => action.startsWith('kafka-cluster:'))).toEqual([]);
});
