import type { StackParameters } from './parameters.ts';
import type { StackReferences, Value } from './references.ts';

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: Value | readonly Value[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

export interface RoleNames {
  /** `<service>-<stage>`: what the names of all functions begin with. */
  readonly prefix: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly failureTopic: string;
  readonly consumerGroup: string;
}

type FunctionName = 'publish' | 'consume' | 'provision' | 'topics';

/**
 * Writes one role per function, action by action: none can do what another one needs.
 *
 * @returns AWS::IAM::Role resources by logical id, which serverless.yml names as `role`
 * @see Amazon MSK Developer Guide, "Semantics of IAM authorization policy actions and resources"
 */
export function roles(parameters: StackParameters, references: StackReferences, names: RoleNames) {
  const statements: Record<FunctionName, readonly Statement[]> = {
    publish: [
      ...vpcFunction('publish', names),
      ...(parameters.kafkaAuth === 'iam' ? producer([names.topic], references) : []),
    ],
    consume: [
      ...vpcFunction('consume', names),
      ...(parameters.kafkaAuth === 'iam' ? producer([names.deadLetterTopic], references) : []),
      ...poller(parameters, references, names),
    ],
    provision: provisioner(names),
    topics: [
      ...vpcFunction('topics', names),
      ...(parameters.kafkaAuth === 'iam' ? topicAdmin(parameters, references, names) : []),
    ],
  };
  return Object.fromEntries(
    Object.entries(statements).map(([name, own]) => [
      `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`,
      role([...observed(name, names), ...own]),
    ]),
  );
}

function role(statements: readonly Statement[]) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        { PolicyName: 'function', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      ],
    },
  };
}

/** lib/log.ts, through the Lambda runtime. The log group is the stack's, so the function need not create it. */
function observed(name: string, { prefix }: RoleNames): Statement[] {
  const logGroup = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${prefix}-${name}`;
  return [
    allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::Sub': `${logGroup}:*` }),
    // Active tracing, by the Lambda service; X-Ray knows no resources for these.
    allow('WriteTraces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'),
  ];
}

/**
 * The network interfaces of a function inside a VPC, and of the event source mapping, made by the Lambda service with the
 * function's role; and the code of the function kept from using the same permissions. Lambda refuses a role that holds
 * them on less than all resources, before there is any interface to name.
 *
 * @see AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC"
 */
function vpcFunction(name: string, { prefix }: RoleNames): Statement[] {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
    ...(name === 'consume' ? ['ec2:DescribeVpcs', 'ec2:DescribeSecurityGroups'] : []),
  ];
  return [
    allow('ManageNetworkInterfaces', actions, '*'),
    {
      Sid: 'NotFromCode',
      Effect: 'Deny',
      Action: [...actions, 'ec2:DetachNetworkInterface'],
      Resource: '*',
      Condition: {
        ArnEquals: {
          'lambda:SourceFunctionArn': {
            'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${prefix}-${name}`,
          },
        },
      },
    },
  ];
}

/** lib/kafka/producer/producer.ts: connects, asks for leaders, gets a producer id (idempotence) and writes. */
function producer(topics: readonly string[], { clusterArn, topicArn }: StackReferences): Statement[] {
  return [
    allow(
      'ConnectAndWriteIdempotently',
      ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
      clusterArn,
    ),
    allow('WriteTopic', ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topics.map(topicArn)),
  ];
}

/**
 * What the event source mapping does with the consumer's role: finds the cluster, polls the topic, commits offsets, and
 * hands over what it gives up.
 *
 * @see AWS Lambda Developer Guide, "Configuring Lambda permissions for Amazon MSK event source mappings"
 */
function poller(
  { kafkaAuth, esm, scramSecret, scramSecretKey }: StackParameters,
  { clusterArn, topicArn, groupArn }: StackReferences,
  { topic, failureTopic, consumerGroup }: RoleNames,
): Statement[] {
  const scram = kafkaAuth === 'scram';
  const find = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2'];
  const statements = [
    allow('FindCluster', scram ? [...find, 'kafka:ListScramSecrets'] : find, clusterArn),
    findBrokers,
  ];
  if (scram) {
    return [
      ...statements,
      allow('ReadCredentials', ['secretsmanager:GetSecretValue'], scramSecret),
      allow('DecryptCredentials', ['kms:Decrypt'], scramSecretKey),
    ];
  }
  // Without a secret Lambda takes IAM wherever the cluster offers it, whatever the functions take: Lambda Developer Guide,
  // "Configuring Amazon MSK cluster authentication methods in Lambda".
  statements.push(
    allow('PollerConnects', ['kafka-cluster:Connect'], clusterArn),
    allow('ReadTopic', ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], topicArn(topic)),
    allow(
      'CommitOffsets',
      ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      groupArn(consumerGroup),
    ),
  );
  // On-demand mode has no Kafka topic for a destination.
  if (esm === 'provisioned') {
    // ReadData and DescribeCluster as in "Using a Kafka topic as an on-failure destination", Lambda Developer Guide.
    const write = ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData'];
    statements.push(
      allow('HandOverFailures', write, topicArn(failureTopic)),
      allow('DescribeCluster', ['kafka-cluster:DescribeCluster'], clusterArn),
    );
  }
  return statements;
}

/** `GetBootstrapBrokers` knows no resources: Service Authorization Reference, "Amazon Managed Streaming for Apache Kafka". */
const findBrokers: Statement = {
  Sid: 'FindBrokers',
  Effect: 'Allow',
  Action: ['kafka:GetBootstrapBrokers'],
  Resource: '*',
};

/** lib/kafka/bootstrap-brokers.ts and lib/provision/invoke-function.ts. */
function provisioner({ prefix }: RoleNames): Statement[] {
  return [
    findBrokers,
    allow('HaveTopicsProvisioned', ['lambda:InvokeFunction'], {
      'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${prefix}-topics`,
    }),
  ];
}

/** lib/provision/topics.ts. */
function topicAdmin(
  { deleteTopics }: StackParameters,
  { clusterArn, topicArn }: StackReferences,
  { topic, deadLetterTopic, failureTopic }: RoleNames,
): Statement[] {
  const actions = ['kafka-cluster:DescribeTopic', 'kafka-cluster:CreateTopic', 'kafka-cluster:AlterTopic'];
  return [
    allow('Connect', ['kafka-cluster:Connect'], clusterArn),
    allow(
      'ProvisionTopics',
      deleteTopics ? [...actions, 'kafka-cluster:DeleteTopic'] : actions,
      [topic, deadLetterTopic, failureTopic].map(topicArn),
    ),
  ];
}

function allow(sid: string, actions: readonly string[], resource: Statement['Resource']): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resource };
}
