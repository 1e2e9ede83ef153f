/** A statement of the policy of the role that deploys. */
interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/**
 * The policy of the role that deploys and removes stages of a service, with the example of a pipeline: the actions that
 * CloudFormation needs for the resources of every variant, and those of the framework itself. `npm run check:template`
 * compares it with the resources.
 *
 * @param service - of serverless.yml: names of stacks, functions and roles begin with it
 * @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege AWS IAM User Guide, "Grant least privilege"}
 */
export function deployPolicy(service: string): { Version: string; Statement: readonly Statement[] } {
  const own = (arn: string) => `arn:aws:${arn}${service}-*`;
  const functions = own('lambda:*:*:function:');
  return {
    Version: '2012-10-17',
    Statement: [
      allow('Stacks', own('cloudformation:*:*:stack/'), [
        ...verbs('cloudformation', ['Create', 'Update', 'Delete'], ['Stack']),
        ...verbs('cloudformation', ['Create', 'Describe', 'Execute', 'Delete'], ['ChangeSet']),
        ...verbs(
          'cloudformation',
          ['Describe'],
          ['Stacks', 'StackEvents', 'StackResource', 'StackResources'],
        ),
        'cloudformation:GetTemplate',
        'cloudformation:ListStackResources',
        'cloudformation:UpdateTerminationProtection',
        'cloudformation:SetStackPolicy',
      ]),
      allow('Templates', '*', ['cloudformation:ValidateTemplate', 'sts:GetCallerIdentity']),
      allow(
        'DeploymentBucket',
        [own('s3:::'), `${own('s3:::')}/*`],
        [
          ...verbs('s3', ['Create', 'Delete', 'List'], ['Bucket']),
          's3:ListBucketVersions',
          ...verbs('s3', ['Get', 'Put', 'Delete'], ['BucketPolicy']),
          ...verbs(
            's3',
            ['Get', 'Put'],
            ['BucketTagging', 'EncryptionConfiguration', 'BucketPublicAccessBlock'],
          ),
          's3:GetBucketLocation',
          ...verbs('s3', ['TagResource', 'UntagResource', 'ListTagsForResource']),
          ...verbs('s3', ['Get', 'Put', 'Delete'], ['Object']),
          's3:GetObjectVersion',
          's3:DeleteObjectVersion',
        ],
      ),
      allow('Roles', own('iam::*:role/'), [
        ...verbs('iam', ['Create', 'Get', 'Update', 'Delete', 'Tag', 'Untag'], ['Role']),
        ...verbs('iam', ['Put', 'Get', 'Delete'], ['RolePolicy']),
        'iam:UpdateAssumeRolePolicy',
        'iam:UpdateRoleDescription',
        'iam:ListRolePolicies',
        'iam:ListAttachedRolePolicies',
      ]),
      {
        ...allow('RolesOfFunctions', own('iam::*:role/'), ['iam:PassRole']),
        Condition: {
          StringEquals: { 'iam:PassedToService': ['lambda.amazonaws.com', 'codedeploy.amazonaws.com'] },
        },
      },
      {
        ...allow('ServiceLinkedRoles', 'arn:aws:iam::*:role/aws-service-role/*', [
          'iam:CreateServiceLinkedRole',
        ]),
        Condition: {
          StringEquals: {
            'iam:AWSServiceName': [
              'kafka.amazonaws.com',
              'ops.apigateway.amazonaws.com',
              'lambda.amazonaws.com',
            ],
          },
        },
      },
      allow('Functions', functions, [
        ...verbs('lambda', ['Create', 'Get', 'Delete'], ['Function']),
        ...verbs('lambda', ['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'GetFunctionConfiguration']),
        ...verbs('lambda', ['Put', 'Delete'], ['FunctionConcurrency']),
        ...verbs('lambda', ['AddPermission', 'RemovePermission', 'GetPolicy']),
        ...verbs('lambda', ['GetFunctionCodeSigningConfig', 'GetRuntimeManagementConfig']),
        ...verbs('lambda', ['GetFunctionRecursionConfig', 'GetFunctionScalingConfig']),
        // With a rollout.
        ...verbs('lambda', ['Create', 'Get', 'Update', 'Delete'], ['Alias']),
        ...verbs('lambda', ['PublishVersion', 'ListVersionsByFunction', 'GetProvisionedConcurrencyConfig']),
      ]),
      allow(
        'Rollouts',
        [
          own('codedeploy:*:*:application:'),
          own('codedeploy:*:*:deploymentgroup:'),
          'arn:aws:codedeploy:*:*:deploymentconfig:CodeDeployDefault.Lambda*',
        ],
        [
          ...verbs('codedeploy', ['Create', 'Get', 'Delete'], ['Application']),
          ...verbs('codedeploy', ['Create', 'Get', 'Update', 'Delete'], ['DeploymentGroup']),
          ...verbs('codedeploy', ['Create', 'Get', 'Stop'], ['Deployment']),
          ...verbs('codedeploy', ['GetDeploymentConfig', 'ListDeployments']),
          ...verbs('codedeploy', ['Get', 'Register'], ['ApplicationRevision']),
          ...verbs('codedeploy', ['TagResource', 'UntagResource', 'ListTagsForResource']),
        ],
      ),
      {
        ...allow('Mappings', '*', [
          ...verbs('lambda', ['Create', 'Update', 'Delete'], ['EventSourceMapping']),
        ]),
        Condition: { ArnLike: { 'lambda:FunctionArn': functions } },
      },
      allow('ReadMappings', '*', [
        ...verbs('lambda', ['GetEventSourceMapping', 'ListEventSourceMappings', 'ListTags']),
      ]),
      allow(
        'TagFunctionsAndMappings',
        [functions, 'arn:aws:lambda:*:*:event-source-mapping:*'],
        [...verbs('lambda', ['TagResource', 'UntagResource'])],
      ),
      // API Gateway names neither APIs nor domains after a stack.
      allow('Api', 'arn:aws:apigateway:*::/*', [
        ...verbs('apigateway', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TagResource', 'UntagResource']),
      ]),
      allow(
        'Logs',
        [own('logs:*:*:log-group:/aws/lambda/'), own('logs:*:*:log-group:/aws/http-api/')],
        [
          ...verbs('logs', ['Create', 'Delete'], ['LogGroup']),
          ...verbs('logs', ['Put', 'Delete'], ['RetentionPolicy', 'MetricFilter']),
          ...verbs('logs', ['DescribeMetricFilters', 'FilterLogEvents']),
          ...verbs('logs', ['TagResource', 'UntagResource', 'ListTagsForResource']),
          ...verbs('logs', ['DescribeIndexPolicies', 'GetDataProtectionPolicy']),
        ],
      ),
      // The access log of an API: Amazon API Gateway Developer Guide, "Configure logging for HTTP APIs".
      allow('AccessLog', '*', [
        ...verbs('logs', ['Create', 'Get', 'Update', 'Delete'], ['LogDelivery']),
        ...verbs('logs', ['ListLogDeliveries', 'DescribeLogGroups']),
        ...verbs('logs', ['PutResourcePolicy', 'DescribeResourcePolicies', 'DeleteResourcePolicy']),
      ]),
      allow(
        'Alarms',
        [own('cloudwatch:*:*:alarm:'), own('cloudwatch::*:dashboard/')],
        [
          ...verbs('cloudwatch', ['PutMetricAlarm', 'DeleteAlarms']),
          ...verbs('cloudwatch', ['PutDashboard', 'GetDashboard', 'DeleteDashboards']),
          ...verbs('cloudwatch', ['TagResource', 'UntagResource', 'ListTagsForResource']),
        ],
      ),
      allow('ReadAlarms', '*', ['cloudwatch:DescribeAlarms']),
      allow('AlarmTopic', own('sns:*:*:'), [
        ...verbs('sns', ['Create', 'Delete'], ['Topic']),
        ...verbs('sns', ['Get', 'Set'], ['TopicAttributes']),
        ...verbs('sns', ['Subscribe', 'Unsubscribe', 'ListSubscriptionsByTopic', 'GetDataProtectionPolicy']),
        ...verbs('sns', ['TagResource', 'UntagResource', 'ListTagsForResource']),
      ]),
      allow('IdempotencyTable', own('dynamodb:*:*:table/'), [
        ...verbs('dynamodb', ['Create', 'Update', 'Describe', 'Delete'], ['Table']),
        ...verbs('dynamodb', ['Update', 'Describe'], ['TimeToLive', 'ContinuousBackups']),
        ...verbs('dynamodb', ['DescribeContributorInsights', 'DescribeKinesisStreamingDestination']),
        ...verbs('dynamodb', ['GetResourcePolicy']),
        ...verbs('dynamodb', ['TagResource', 'UntagResource', 'ListTagsOfResource']),
      ]),
      // What the smoke test of a pipeline publishes.
      allow('Publish', 'arn:aws:execute-api:*:*:*', ['execute-api:Invoke']),
      // The rest of EC2 and Amazon MSK knows no names before the resource is there.
      allow('Cluster', '*', [
        ...verbs('kafka', ['CreateClusterV2', 'DescribeClusterV2', 'DescribeCluster', 'DeleteCluster']),
        ...verbs('kafka', ['TagResource', 'UntagResource']),
      ]),
      allow('Network', '*', [
        ...verbs('ec2', ['Create', 'Delete'], [...createdInEc2, 'Tags']),
        ...verbs('ec2', ['CreateVpcEndpoint', 'ModifyVpcEndpoint', 'DeleteVpcEndpoints']),
        ...verbs('ec2', ['ModifyVpcAttribute', 'ModifySubnetAttribute']),
        ...verbs('ec2', ['Authorize', 'Revoke'], ['SecurityGroupIngress', 'SecurityGroupEgress']),
        ...verbs(
          'ec2',
          ['Ingress', 'Egress'].map((way) => `UpdateSecurityGroupRuleDescriptions${way}`),
        ),
        ...verbs('ec2', ['Associate', 'Disassociate'], ['RouteTable']),
        ...verbs('ec2', ['ReplaceRoute', 'ReplaceRouteTableAssociation']),
        ...verbs('ec2', ['Attach', 'Detach'], ['InternetGateway']),
        ...verbs('ec2', ['AllocateAddress', 'ReleaseAddress']),
        ...verbs(
          'ec2',
          describedInEc2.map((what) => `Describe${what}`),
        ),
      ]),
      allow('DomainRecord', 'arn:aws:route53:::*', [
        ...verbs('route53', [
          'ChangeResourceRecordSets',
          'ListResourceRecordSets',
          'GetChange',
          'GetHostedZone',
        ]),
      ]),
    ],
  };
}

const createdInEc2 = [
  'Vpc',
  'Subnet',
  'RouteTable',
  'Route',
  'SecurityGroup',
  'InternetGateway',
  'NatGateway',
];
const describedInEc2 = [
  'Vpcs',
  'VpcAttribute',
  'VpcEndpoints',
  'Subnets',
  'RouteTables',
  'NetworkAcls',
  'NetworkInterfaces',
  'SecurityGroups',
  'SecurityGroupRules',
  'InternetGateways',
  'NatGateways',
  'Addresses',
  'AvailabilityZones',
];

function allow(Sid: string, Resource: string | readonly string[], Action: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

/** Names of actions: each verb, before each noun where there are any. */
function verbs(service: string, names: readonly string[], nouns: readonly string[] = ['']): string[] {
  return nouns.flatMap((noun) => names.map((name) => `${service}:${name}${noun}`));
}
