import { statementsOf } from '../../../../lib/mapping/compile.ts';
import { clusterArn as cluster, kafkaEvent as kafka, mskEvent as msk } from '../../../support/kafka-event.ts';

const provisionedPollers = { min: 1 };

const certificate = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_certificate';
const oauthSecret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:oauth';

describe('what the role of a function needs for its mapping', () => {
  const { msk: event } = msk({ provisionedPollers });
  const topicArn = cluster.replace(':cluster/', ':topic/');
  const registryOf = (uri: unknown, accessConfigurations?: unknown) => ({
    schemaRegistry: { uri, accessConfigurations },
  });
  const glue = 'arn:aws:glue:eu-west-1:111122223333:registry/orders';
  const connection =
    'arn:aws:kafka:eu-west-1:111122223333:vpc-connection/444455556666/demo/0a1b2c3d-0000-0000-0000-000000000000-1';
  const write = ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData'];
  const connect = ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'];

  test.each<[string, Record<string, unknown>, [string[], unknown[]][]]>([
    ['nothing', {}, []],
    [
      'an SQS queue of the stack',
      { onFailure: { arn: { 'Fn::GetAtt': ['Failures', 'Arn'] }, type: 'sqs' } },
      [[['sqs:SendMessage'], [{ 'Fn::GetAtt': ['Failures', 'Arn'] }]]],
    ],
    ['an SNS topic', { onFailure: 'arn:aws:sns:x:1:f' }, [[['sns:Publish'], ['arn:aws:sns:x:1:f']]]],
    [
      'an S3 bucket',
      { onFailure: { arn: 'arn:aws:s3:::failures' } },
      [
        [['s3:ListBucket'], ['arn:aws:s3:::failures']],
        [['s3:PutObject'], ['arn:aws:s3:::failures/*']],
      ],
    ],
    [
      'a Kafka topic of the cluster',
      { onFailure: 'kafka://failed' },
      [
        [connect, [cluster]],
        [write, [`${topicArn}/failed`]],
      ],
    ],
    [
      'a Kafka topic of a cluster in another account',
      { arn: connection, onFailure: 'kafka://failed' },
      [
        [['kafka:DescribeVpcConnection'], [connection]],
        [connect, ['arn:aws:kafka:eu-west-1:444455556666:cluster/demo/*']],
        [write, ['arn:aws:kafka:eu-west-1:444455556666:topic/demo/*/failed']],
      ],
    ],
    [
      'a Kafka topic that is written with the credentials of a secret',
      { saslScram512: certificate, onFailure: 'kafka://failed' },
      [
        [['secretsmanager:GetSecretValue'], [certificate]],
        [['kafka:ListScramSecrets'], [cluster]],
      ],
    ],
    [
      'a Glue registry',
      registryOf(glue),
      [
        [
          ['glue:GetRegistry', 'glue:GetSchemaVersion'],
          [glue, `${glue.replace(':registry', ':schema')}/*`],
        ],
      ],
    ],
    [
      'a Confluent registry with credentials',
      registryOf('https://registry.example', { oauthBearerAuth: [oauthSecret] }),
      [[['secretsmanager:GetSecretValue'], [oauthSecret]]],
    ],
    ['a Confluent registry without any', registryOf('https://registry.example'), []],
  ])('for %s', (_case, properties, expected) => {
    expect(statementsOf({ ...event, ...properties })).toEqual(
      expect.arrayContaining(expected.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }))),
    );
    expect(statementsOf({ ...event, ...properties })).toHaveLength(expected.length);
  });

  test.each([
    ['secrets', kafka({}).kafka, ['secretsmanager:GetSecretValue']],
    [
      'OAuth',
      { authentication: { type: 'OAUTHBEARER_AUTH', secret: oauthSecret } },
      ['secretsmanager:GetSecretValue'],
    ],
    ['a token of its own', { authentication: { type: 'IAM_OAUTHBEARER_AUTH' } }, ['sts:GetWebIdentityToken']],
    [
      "the framework's own spelling of a queue",
      { onFailureDestination: 'arn:aws:sqs:x:1:f' },
      ['sqs:SendMessage'],
    ],
  ])('of a self-managed cluster, for %s', (_case, properties, actions) => {
    expect(statementsOf(properties).flatMap(({ Action }) => Action)).toEqual(actions);
  });
});
