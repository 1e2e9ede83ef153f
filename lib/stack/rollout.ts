import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { alarmId, deadLettersAlarm } from './alarms.ts';
import type { Consumer } from './consumers.ts';
import type { Deployment } from './deployment.ts';
import { deployedName, kafkaEventsOf, logicalName, type ServiceFunctions } from './service-functions.ts';
import { getAtt, policyDocument, propertiesOf, type Resource, ref, sub, trustPolicy } from './template.ts';

/** What the event source mappings invoke. */
export const ALIAS = 'live';
/** Of a deployment group: AWS CodeDeploy User Guide, "CodeDeploy quotas". */
const MAX_ALARMS = 10;
const APPLICATION = 'Rollouts';
const ROLE = 'RolloutRole';

/** Resources of the template that the framework has compiled; they are changed. */
type Resources = Record<string, unknown>;

/**
 * Lets the event source mappings of each consumer invoke an alias, and AWS CodeDeploy move the alias to the new version of
 * the function. Does nothing with `rollout=none`.
 *
 * @param resources - of the whole template, which is changed
 * @param codeHash - of the bundle of a function
 * @throws UserError when AWS CodeDeploy cannot watch as many alarms as a function has, or the mappings of a function invoke
 *   another alias
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html AWS Lambda Developer Guide, "Using Lambda aliases in event sources and permissions policies"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html AWS Lambda Developer Guide, "Implement Lambda canary deployments using a weighted alias"}
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html CloudFormation Template Reference, "UpdatePolicy attribute"}: CodeDeployLambdaAliasUpdate
 */
export function addRollout(
  resources: Resources,
  deployment: Deployment,
  codeHash: (functionName: string) => string,
): void {
  const { functions, parameters, prefix } = deployment;
  if (parameters.rollout === 'none') return;
  refuseOtherAliases(functions);
  const rolled = Object.keys(functions).filter((name) => mappingsOf(resources, name).length > 0);
  if (rolled.length === 0) return;
  for (const name of rolled) {
    const hash = versionHash(resources, name, codeHash(name));
    setVariable(resources[functionId(name)], 'ROLLOUT_HASH', hash);
    const consumers = deployment.consumers.filter(({ functionName }) => functionName === name);
    Object.assign(resources, versionAndAlias(name, hash), deploymentGroup(name, consumers, deployment));
    for (const mapping of mappingsOf(resources, name)) mapping.FunctionName = ref(aliasId(name));
  }
  Object.assign(resources, {
    [APPLICATION]: { Type: 'AWS::CodeDeploy::Application', Properties: { ComputePlatform: 'Lambda' } },
    [ROLE]: serviceRole(rolled.map((name) => deployedName(prefix, name, functions[name]))),
  });
}

/** With one of these properties the framework creates its own alias of a function, and the mappings invoke that one. */
const withAlias = ['provisionedConcurrency', 'snapStart', 'durableConfig'] as const;

function refuseOtherAliases(functions: ServiceFunctions): void {
  const problems = Object.entries(functions)
    .filter(([, definition]) => kafkaEventsOf(definition).length > 0)
    .flatMap(([name, definition]) =>
      withAlias
        .filter((property) => definition[property])
        .map(
          (property) =>
            `functions.${name}.${property}: its mappings would invoke another alias than the one that a rollout moves; leave it out, or give --param rollout=none`,
        ),
    );
  if (problems.length > 0) throw new UserError(problems);
}

/** The properties of the mappings that invoke a function. */
function mappingsOf(resources: Resources, functionName: string): Record<string, unknown>[] {
  const invoked = getAtt(functionId(functionName), 'Arn');
  return Object.values(resources).flatMap((resource) => {
    const properties = propertiesOf(resource, 'AWS::Lambda::EventSourceMapping');
    return isDeepStrictEqual(properties.FunctionName, invoked) ? [properties] : [];
  });
}

/**
 * Hashes everything that a version fixes: code, configuration, and the brokers, which the custom resource looks up again whenever
 * it changes.
 */
function versionHash(resources: Resources, functionName: string, codeHash: string): string {
  const { Code: _code, ...configuration } = propertiesOf(resources[functionId(functionName)]);
  const fixed = [codeHash, configuration, propertiesOf(resources.Topics)];
  return createHash('sha256').update(JSON.stringify(fixed)).digest('hex').slice(0, HASH_DIGITS);
}

const HASH_DIGITS = 16;

function versionAndAlias(functionName: string, hash: string): Record<string, Resource> {
  const version = `${logicalName(functionName)}Version${hash}`;
  return {
    // A published version never changes. What a deployment creates and then rolls back must not stay: CloudFormation fails on
    // a version that exists.
    [version]: {
      Type: 'AWS::Lambda::Version',
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { FunctionName: ref(functionId(functionName)) },
    },
    [aliasId(functionName)]: {
      Type: 'AWS::Lambda::Alias',
      // A deployment that changes how to roll out does so before it rolls out.
      DependsOn: groupId(functionName),
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: ref(APPLICATION),
          DeploymentGroupName: ref(groupId(functionName)),
        },
      },
      Properties: {
        FunctionName: ref(functionId(functionName)),
        FunctionVersion: getAtt(version, 'Version'),
        Name: ALIAS,
      },
    },
  };
}

/** Alarms are named, not referred to: they refer to the mapping, and the mapping to the alias that waits for the group. */
function deploymentGroup(
  functionName: string,
  consumers: readonly Consumer[],
  { prefix, parameters: { rollout } }: Deployment,
): Record<string, Resource> {
  const isWatched = rollout !== 'AllAtOnce' && consumers.length > 0;
  // Made although nothing watches them yet: a later rollout can only watch alarms that exist.
  const failing = consumers.map((consumer) => failingAlarm(consumer, prefix));
  const names = isWatched
    ? [...failing.map(({ name }) => name), `${prefix}-${functionName}-${deadLettersAlarm}`]
    : [];
  if (names.length > MAX_ALARMS) {
    throw new UserError([
      `functions.${functionName} reads ${consumers.length} topics: a rollout watches ${MAX_ALARMS - 1} at most, so use several functions, or rollout=AllAtOnce`,
    ]);
  }
  return {
    ...Object.fromEntries(failing.map(({ id, resource }) => [id, resource])),
    [groupId(functionName)]: {
      Type: 'AWS::CodeDeploy::DeploymentGroup',
      Properties: {
        ApplicationName: ref(APPLICATION),
        ServiceRoleArn: getAtt(ROLE, 'Arn'),
        DeploymentConfigName: `CodeDeployDefault.Lambda${rollout}`,
        DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
        AlarmConfiguration: { Enabled: isWatched, Alarms: names.map((Name) => ({ Name })) },
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
      },
    },
  };
}

/** Within a minute, so that it stops a rollout of five; the alarm `failed-invocations`, for people, waits longer. */
function failingAlarm({ label, mappingId }: Consumer, prefix: string) {
  const name = `${prefix}-${label}-rollout`;
  const resource: Resource = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: name,
      AlarmDescription: 'The consumer fails, so a rollout stops and is rolled back.',
      Namespace: 'AWS/Lambda',
      MetricName: 'FailedInvokeEventCount',
      Dimensions: [{ Name: 'EventSourceMappingUUID', Value: ref(mappingId) }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    },
  };
  // Not by the mapping: another one, with another group, takes over its name.
  return { name, id: alarmId(label, 'rollout'), resource };
}

/**
 * The permissions that AWS CodeDeploy needs, a part of the managed policy AWSCodeDeployRoleForLambdaLimited. `DescribeAlarms`
 * cannot be limited to single alarms.
 *
 * @see {@link https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html AWS Managed Policy Reference, "AWSCodeDeployRoleForLambdaLimited"}
 */
function serviceRole(functionNames: readonly string[]): Resource {
  const arns = functionNames.flatMap((name) =>
    ['', ':*'].map((qualifier) =>
      sub(`arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}${qualifier}`),
    ),
  );
  const aliasActions = ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trustPolicy('codedeploy.amazonaws.com'),
      Policies: [
        {
          PolicyName: 'rollout',
          PolicyDocument: policyDocument([
            { Sid: 'MoveAliases', Effect: 'Allow', Action: aliasActions, Resource: arns },
            { Sid: 'WatchAlarms', Effect: 'Allow', Action: ['cloudwatch:DescribeAlarms'], Resource: '*' },
          ]),
        },
      ],
    },
  };
}

function setVariable(resource: unknown, name: string, value: string): void {
  const properties = propertiesOf(resource);
  const environment = isJsonObject(properties.Environment) ? properties.Environment : {};
  const variables = isJsonObject(environment.Variables) ? environment.Variables : {};
  properties.Environment = { ...environment, Variables: { ...variables, [name]: value } };
}

function functionId(functionName: string): string {
  return `${logicalName(functionName)}LambdaFunction`;
}

function aliasId(functionName: string): string {
  return `${logicalName(functionName)}Alias`;
}

function groupId(functionName: string): string {
  return `${logicalName(functionName)}Rollout`;
}
