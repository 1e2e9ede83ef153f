import { clusterResource } from '../mapping/cluster-resource.ts';
import { statementsOf } from '../mapping/compile.ts';
import { destinationTopic } from '../mapping/declaration.ts';
import { allow as allowed, type Statement as PolicyStatement, type Properties } from '../mapping/property.ts';
import { replayGroupId } from '../operate/dead-letters/replay-group.ts';
import { type Consumer, operatedConsumer } from './consumers.ts';
import type { Deployment } from './deployment.ts';
import { idempotencyTableArn } from './idempotency-table.ts';
import { loginSecret, type StackParameters } from './parameters.ts';
import {
  deployedName,
  kafkaEventsOf,
  OPERATE_FUNCTION,
  PROVISION_FUNCTION,
  policyId,
  roleId,
  type ServiceFunction,
  type ServiceFunctions,
  TOPICS_FUNCTION,
} from './service-functions.ts';
import { policyDocument, type Resource, ref, sub, trustPolicy, type Value } from './template.ts';
import { ownPrefix, publishedTopics } from './topics.ts';

type Statement = PolicyStatement<Value | readonly Value[]>;

/** Logical ids of the roles with which AWS Lambda makes and deletes network interfaces. */
export function networkRoleIds(functions: ServiceFunctions): string[] {
  return Object.entries(functions).flatMap(([name, { role, vpc }]) =>
    role === roleId(name) && vpc !== undefined ? [roleId(name)] : [],
  );
}

/**
 * Writes one role per function, action by action: no role includes what only another function needs. The role itself has
 * only what Lambda needs for network interfaces, so that it refers to nothing and network.ts can wait for it. What the
 * function does is a policy of its own.
 *
 * @returns AWS::IAM::Role and AWS::IAM::Policy resources by logical id
 * @see {@link https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html Amazon MSK Developer Guide, "Semantics of IAM authorization policy actions and resources"}
 */
export function roles(deployment: Deployment): Record<string, Resource> {
  return Object.fromEntries(
    Object.entries(deployment.functions).flatMap(([name, definition]): [string, Resource][] => {
      if (definition.role !== roleId(name)) return [];
      const functionName = deployedName(deployment.prefix, name, definition);
      const isPolled = kafkaEventsOf(definition).length > 0;
      return [
        [roleId(name), role(definition.vpc === undefined ? [] : vpcFunction(functionName, isPolled))],
        [policyId(name), policy(name, statementsFor(name, definition, deployment))],
      ];
    }),
  );
}

function statementsFor(name: string, definition: ServiceFunction, deployment: Deployment): unknown[] {
  const { parameters, topics, prefix, catalogue, topicPrefix, deadLetterTopics } = deployment;
  const { arn } = deployment.cluster;
  const functionName = deployedName(prefix, name, definition);
  const consumers = deployment.consumers.filter(({ functionName }) => functionName === name);
  const written = [
    ...publishedTopics(definition, catalogue).map((topic) => topicPrefix + topic),
    ...(deadLetterTopics[name] ?? []),
  ];
  const consumes = kafkaEventsOf(definition).length > 0;
  const elsewhere = kafkaEventsOf(definition).filter(({ arn }) => arn !== deployment.cluster.arn);
  const withIam = parameters.kafkaAuth === 'iam';
  return [
    ...observed(functionName, definition.tracing !== 'PassThrough'),
    ...(withIam && written.length > 0 ? producer([...new Set(written)], arn) : []),
    ...(loginSecret(parameters).arn !== '' &&
    (written.length > 0 || name === TOPICS_FUNCTION || name === OPERATE_FUNCTION)
      ? credentialsReader(parameters)
      : []),
    ...(consumers.length > 0 ? pollers(consumers, deployment) : []),
    ...elsewhere.flatMap(readerElsewhere),
    ...(consumes && parameters.idempotency === 'dynamodb' ? rememberer(functionName) : []),
    ...(name === PROVISION_FUNCTION
      ? provisioner(deployedName(prefix, TOPICS_FUNCTION, deployment.functions[TOPICS_FUNCTION]))
      : []),
    ...(name === TOPICS_FUNCTION && withIam
      ? topicAdmin(
          topics.map((topic) => topic.name),
          deployment,
        )
      : []),
    ...(name === OPERATE_FUNCTION && withIam ? operator(deployment) : []),
    ...(Array.isArray(definition.iamRoleStatements) ? definition.iamRoleStatements : []),
  ];
}

function role(statements: readonly unknown[]): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trustPolicy('lambda.amazonaws.com'),
      ...(statements.length > 0 && {
        Policies: [{ PolicyName: 'network', PolicyDocument: policyDocument(statements) }],
      }),
    },
  };
}

function policy(functionName: string, statements: readonly unknown[]): Resource {
  return {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'function',
      PolicyDocument: policyDocument(statements),
      Roles: [ref(roleId(functionName))],
    },
  };
}

const account = `\${AWS::Region}:\${AWS::AccountId}`;

/** lib/log.ts, through the Lambda runtime. The log group is the stack's, so the function need not create it. */
function observed(functionName: string, isTraced: boolean): Statement[] {
  return [
    allow(
      'WriteLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      sub(`arn:\${AWS::Partition}:logs:${account}:log-group:/aws/lambda/${functionName}:*`),
    ),
    // By the Lambda service; X-Ray knows no resources for these.
    ...(isTraced ? [allow('WriteTraces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')] : []),
  ];
}

/**
 * The Lambda service creates the network interfaces of a function inside a VPC, and of the event source mapping, with the
 * function's role. The code of the function is denied the same permissions. Lambda refuses a role that has them on fewer
 * than all resources, because no interface exists yet that could be named.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC"}
 */
function vpcFunction(functionName: string, isPolled: boolean): Statement[] {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
    ...(isPolled ? ['ec2:DescribeVpcs', 'ec2:DescribeSecurityGroups'] : []),
  ];
  return [
    allow('ManageNetworkInterfaces', actions, '*'),
    {
      Sid: 'NotFromCode',
      Effect: 'Deny',
      Action: [...actions, 'ec2:DetachNetworkInterface'],
      Resource: '*',
      // With and without the name of a version or an alias.
      Condition: {
        ArnLike: { 'lambda:SourceFunctionArn': ['', ':*'].map((end) => functionArn(functionName + end)) },
      },
    },
  ];
}

/** lib/kafka/producer: connects, asks for leaders, gets a producer id (idempotence) and writes. */
function producer(topics: readonly string[], clusterArn: Value): Statement[] {
  return [
    allow(
      'ConnectAndWriteIdempotently',
      ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
      clusterArn,
    ),
    allow(
      'WriteTopic',
      ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
      topics.map((topic) => clusterResource(clusterArn, 'topic', topic)),
    ),
  ];
}

/** lib/kafka/secret.ts; the event source mapping does the same with the consumer's role. */
function credentialsReader(parameters: StackParameters): Statement[] {
  const { arn, key } = loginSecret(parameters);
  return [
    allow('ReadCredentials', ['secretsmanager:GetSecretValue'], arn),
    ...(key === '' ? [] : [allow('DecryptCredentials', ['kms:Decrypt'], key)]),
  ];
}

/**
 * What the event source mappings need from the consumer's role: find the cluster, poll the topics, commit offsets, and
 * deliver discarded records.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html Lambda Developer Guide, "Configuring Lambda permissions for Amazon MSK event source mappings"}
 */
function pollers(consumers: readonly Consumer[], { parameters, cluster }: Deployment): unknown[] {
  const { arn } = cluster;
  const elsewhere = consumers.flatMap(otherServices);
  const statements = [
    allow('FindCluster', ['kafka:DescribeCluster', 'kafka:DescribeClusterV2'], arn),
    findBrokers,
  ];
  if (loginSecret(parameters).arn !== '') return [...statements, ...elsewhere];
  // Without a secret Lambda takes IAM wherever the cluster offers it, whatever the functions take: Lambda Developer Guide,
  // "Configuring Amazon MSK cluster authentication methods in Lambda".
  statements.push(
    allow('PollerConnects', ['kafka-cluster:Connect'], arn),
    allow(
      'ReadTopic',
      ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      consumers.map(({ topic }) => clusterResource(arn, 'topic', topic)),
    ),
    allow(
      'CommitOffsets',
      ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      consumers.map(({ event }) => clusterResource(arn, 'group', String(event.consumerGroupId))),
    ),
  );
  const failureTopics = consumers.flatMap(
    ({ declaration }) => destinationTopic(declaration.onFailureDestination) ?? [],
  );
  if (failureTopics.length > 0) {
    // ReadData and DescribeCluster as in "Using a Kafka topic as an on-failure destination", Lambda Developer Guide.
    const write = ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData'];
    statements.push(
      allow(
        'HandOverFailures',
        write,
        [...new Set(failureTopics)].map((topic) => clusterResource(arn, 'topic', topic)),
      ),
      allow('DescribeCluster', ['kafka-cluster:DescribeCluster'], arn),
    );
  }
  return [...statements, ...elsewhere];
}

/**
 * What a mapping of another cluster needs: one with an ARN of its own, or over a VPC connection, or self-managed. A
 * self-managed cluster has no ARN, so that for its IAM authentication a function says the cluster itself
 * (`iamRoleStatements`).
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/msk-cross-account.html AWS Lambda Developer Guide, "Creating cross-account event source mappings in Lambda"}
 */
function readerElsewhere(event: Properties): unknown[] {
  const { arn, topic, consumerGroupId } = event;
  const own = statementsOf(event);
  if (arn === undefined) return own;
  // Without an id of its own the group has the UUID of the mapping.
  const group = consumerGroupId === undefined ? '*' : String(consumerGroupId);
  const withIam = event.saslScram512 === undefined && event.clientCertificateTls === undefined;
  return [
    allowed(['kafka:DescribeCluster', 'kafka:DescribeClusterV2'], clusterResource(arn)),
    allowed(['kafka:GetBootstrapBrokers'], '*'),
    ...(withIam
      ? [
          allowed(['kafka-cluster:Connect'], clusterResource(arn)),
          allowed(
            ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
            clusterResource(arn, 'topic', String(topic)),
          ),
          allowed(
            ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
            clusterResource(arn, 'group', group),
          ),
        ]
      : []),
    ...own,
  ];
}

/** Secrets, and destinations and registries outside of the cluster. */
function otherServices({ event, declaration }: Consumer): PolicyStatement[] {
  const isTopic = destinationTopic(declaration.onFailureDestination) !== undefined;
  return statementsOf(isTopic ? { ...event, onFailure: undefined, onFailureDestination: undefined } : event);
}

/**
 * lib/consume/idempotency-table.ts: items whose keys begin with the name of the function.
 *
 * @see {@link https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html Amazon DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control"}
 */
function rememberer(functionName: string): Statement[] {
  return [
    {
      ...allow(
        'RememberEvents',
        ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
        idempotencyTableArn,
      ),
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${functionName}#*`] } },
    },
  ];
}

/** `GetBootstrapBrokers` knows no resources: Service Authorization Reference, "Amazon Managed Streaming for Apache Kafka". */
const findBrokers = allow('FindBrokers', ['kafka:GetBootstrapBrokers'], '*');

/** lib/kafka/bootstrap-brokers.ts, lib/provision/invoke-function.ts and lib/provision/deployed-stack.ts. */
function provisioner(topicsFunction: string): Statement[] {
  return [
    findBrokers,
    allow('HaveTopicsProvisioned', ['lambda:InvokeFunction'], functionArn(topicsFunction)),
    allow('DescribeOwnStack', ['cloudformation:DescribeStacks'], ref('AWS::StackId')),
  ];
}

/** lib/kafka/topics.ts and lib/kafka/topic-configs.ts. */
function topicAdmin(topics: readonly string[], { prefix, parameters, cluster }: Deployment): Statement[] {
  const shared = parameters.cluster === 'existing';
  const deleted = topics.filter((topic) => !shared || topic.startsWith(ownPrefix(prefix)));
  const actions = [
    ...['DescribeTopic', 'CreateTopic', 'AlterTopic'],
    ...['DescribeTopicDynamicConfiguration', 'AlterTopicDynamicConfiguration'],
  ].map((action) => `kafka-cluster:${action}`);
  return [
    allow('Connect', ['kafka-cluster:Connect'], cluster.arn),
    allow(
      'ProvisionTopics',
      actions,
      topics.map((topic) => clusterResource(cluster.arn, 'topic', topic)),
    ),
    ...(parameters.deleteTopics && deleted.length > 0
      ? [
          allow(
            'DeleteOwnTopics',
            ['kafka-cluster:DeleteTopic'],
            deleted.map((topic) => clusterResource(cluster.arn, 'topic', topic)),
          ),
        ]
      : []),
  ];
}

/**
 * lib/operate: reads dead letters and failures, writes them to the topics they came from, remembers replays in groups of its
 * own, and asks for and resets the offsets of the consumers' groups. A commit needs the right to read the topic: Apache
 * Kafka, "Operations and Resources on Protocols", OFFSET_COMMIT.
 */
function operator({ consumers, foreignTopics, cluster: { arn } }: Deployment): Statement[] {
  if (consumers.length === 0 && foreignTopics.length === 0) return [];
  const originals = unique(consumers.map(({ topic }) => topic));
  const letters = unique([
    ...[...consumers, ...foreignTopics].map(({ deadLetterTopic }) => deadLetterTopic),
    ...consumers.map(operatedConsumer).flatMap(({ failureTopic }) => failureTopic ?? []),
  ]);
  const groups = unique(consumers.map(operatedConsumer).map(({ group }) => group));
  return [
    ...(originals.length > 0 ? producer(originals, arn) : [allow('Connect', ['kafka-cluster:Connect'], arn)]),
    allow(
      'ReadTopics',
      ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      [...letters, ...originals].map((topic) => clusterResource(arn, 'topic', topic)),
    ),
    allow(
      'CommitOffsets',
      ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      [...letters.map(replayGroupId), ...groups].map((group) => clusterResource(arn, 'group', group)),
    ),
  ];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function functionArn(functionName: string): Value {
  return sub(`arn:\${AWS::Partition}:lambda:${account}:function:${functionName}`);
}

function allow(sid: string, actions: readonly string[], resource: Statement['Resource']): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resource };
}
