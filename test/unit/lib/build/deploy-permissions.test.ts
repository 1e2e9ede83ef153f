import { missingPermissions, notNeeded } from '../../../../lib/build/deploy-permissions.ts';
import { deployPolicy } from '../../../../lib/stack/deploy-policy.ts';

const schemas: Record<string, Record<string, unknown>> = {
  'AWS::SNS::Topic': {
    handlers: {
      create: { permissions: ['sns:CreateTopic', 'sns:Publish'] },
      update: { permissions: ['sns:Publish', 'sns:PutDataProtectionPolicy'] },
      list: { permissions: ['sns:ListTopics'] },
    },
  },
  'AWS::Old::Thing': {},
};
const policy = { Statement: [{ Action: ['sns:CreateTopic'] }] };

test('an action that a resource needs and the policy lacks is told once, with the resource', () => {
  expect(missingPermissions(policy, ['AWS::SNS::Topic'], (type) => schemas[type])).toEqual([
    'AWS::SNS::Topic needs sns:Publish, which the policy of lib/stack/deploy-policy.ts lacks',
  ]);
});

test.each(['AWS::Old::Thing', 'AWS::Unknown::Thing'])(
  '%s, whose permissions nobody says, is told, not passed',
  (type) => {
    expect(missingPermissions(policy, [type], (name) => schemas[name])).toEqual([
      `${type}: the permissions that it needs are not known`,
    ]);
  },
);

describe('the policy', () => {
  const { Statement } = deployPolicy('kafka-events');
  const actions = Statement.flatMap(({ Action }) => Action);

  test('names each action, without a wildcard', () => {
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action))).toEqual([]);
  });

  test('grants nothing of what it is said not to need', () => {
    expect(actions.filter((action) => notNeeded.some((row) => row.actions.test(action)))).toEqual([
      // Read with every function, log group and table, whether it has any or not.
      'lambda:GetFunctionCodeSigningConfig',
      'logs:DescribeIndexPolicies',
      'logs:GetDataProtectionPolicy',
      'dynamodb:DescribeContributorInsights',
      'dynamodb:DescribeKinesisStreamingDestination',
    ]);
  });

  test('passes roles of the service to AWS Lambda and AWS CodeDeploy alone, and changes no other role', () => {
    const ofRoles = Statement.filter(({ Action }) => Action.some((action) => action.startsWith('iam:')));
    for (const { Resource } of ofRoles) {
      expect([Resource].flat()).toEqual([
        expect.stringMatching(/:role\/(kafka-events-|aws-service-role\/)\*$/),
      ]);
    }
    expect(ofRoles.find(({ Action }) => Action.includes('iam:PassRole'))?.Condition).toEqual({
      StringEquals: { 'iam:PassedToService': ['lambda.amazonaws.com', 'codedeploy.amazonaws.com'] },
    });
  });

  test('fits an inline policy of a role', () => {
    // AWS IAM User Guide, "IAM and AWS STS quotas"; white space does not count.
    expect(JSON.stringify(deployPolicy('a-service-with-a-long-name')).length).toBeLessThan(10_240);
  });
});
