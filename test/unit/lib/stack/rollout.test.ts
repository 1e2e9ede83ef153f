import { absentAlarms } from '../../../../lib/stack/absent-alarms.ts';
import { checkChange } from '../../../../lib/stack/check-change.ts';
import { checkTopics } from '../../../../lib/stack/checked-topics.ts';
import { rollouts } from '../../../../lib/stack/parameters.ts';
import { addRollout } from '../../../../lib/stack/rollout.ts';
import { logicalName } from '../../../../lib/stack/service-functions.ts';
import type { Resource } from '../../../../lib/stack/template.ts';
import { deployed, serviceWith } from '../../../support/deployment.ts';

const mappingType = 'AWS::Lambda::EventSourceMapping';

/** The template as the framework has it at the end: with functions and mappings. */
function template(
  parameters: Readonly<Record<string, string>> = {},
  { code = 'a', configuration = serviceWith(), memory = 512, forced = false } = {},
) {
  const { deployment, resources: written } = deployed(parameters, configuration);
  const functions = Object.keys(deployment.functions).map((name) => {
    const id = `${logicalName(name)}LambdaFunction`;
    const Properties = { Code: { S3Key: String(Math.random()) }, MemorySize: memory };
    return [id, { Type: 'AWS::Lambda::Function', Properties }];
  });
  const mappings = deployment.consumers.map(({ functionName, mappingId }) => {
    const FunctionName = { 'Fn::GetAtt': [`${logicalName(functionName)}LambdaFunction`, 'Arn'] };
    return [mappingId, { Type: mappingType, Properties: { FunctionName } }];
  });
  const compiled: Record<string, Resource> = Object.fromEntries([...functions, ...mappings]);
  const resources = { ...written, ...compiled };
  if (forced) checkTopics(resources, 'forced');
  const before = structuredClone(resources);
  addRollout(resources, deployment, (name) => `${name}-${code}`);
  return { before, resources };
}

type Resources = ReturnType<typeof template>['resources'];
const ofType = (resources: Resources, type: string) =>
  Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [{ id, ...Object(Properties) }] : [],
  );
const versionId = (resources: Resources) => ofType(resources, 'AWS::Lambda::Version')[0]?.id;
const canary = { rollout: 'Canary10Percent10Minutes' };

test('without a rollout the template stays as it is', () => {
  const { before, resources } = template();
  expect(resources).toEqual(before);
});

test('the mapping invokes the alias, which CodeDeploy moves to the new version', () => {
  const { resources } = template(canary);
  expect(ofType(resources, mappingType)).toMatchObject([{ FunctionName: { Ref: 'ConsumeAlias' } }]);
  expect(resources.ConsumeAlias).toEqual({
    Type: 'AWS::Lambda::Alias',
    DependsOn: 'ConsumeRollout',
    UpdatePolicy: {
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: { Ref: 'Rollouts' },
        DeploymentGroupName: { Ref: 'ConsumeRollout' },
      },
    },
    Properties: {
      FunctionName: { Ref: 'ConsumeLambdaFunction' },
      FunctionVersion: { 'Fn::GetAtt': [versionId(resources), 'Version'] },
      Name: 'live',
    },
  });
});

test('only functions that mappings invoke have versions', () => {
  const functions = {
    ...Object(serviceWith().functions),
    bill: { events: [{ msk: { topic: 'orders' } }] },
  };
  const { resources } = template(canary, { configuration: serviceWith({ functions }) });
  expect(ofType(resources, 'AWS::Lambda::Version').map(({ FunctionName }) => FunctionName.Ref)).toEqual([
    'ConsumeLambdaFunction',
    'BillLambdaFunction',
  ]);
});

describe('a version', () => {
  const unchanged = versionId(template(canary).resources);

  test('is the same for the same code and configuration, wherever the bundle is uploaded', () => {
    expect(versionId(template(canary).resources)).toBe(unchanged);
  });

  test.each([
    ['other code', template(canary, { code: 'b' })],
    ['another configuration', template(canary, { memory: 1024 })],
    ['brokers that are looked up anew', template(canary, { forced: true })],
  ])(
    'is another for %s, and so is the function, as Lambda publishes no version without a change',
    (_, other) => {
      expect(versionId(other.resources)).not.toBe(unchanged);
      const { Properties } = other.resources.ConsumeLambdaFunction ?? {};
      const { ROLLOUT_HASH } = Object(Properties).Environment.Variables;
      expect(versionId(other.resources)).toBe(`ConsumeVersion${ROLLOUT_HASH}`);
    },
  );

  test('stays when a later deployment replaces it, and not when its own deployment is rolled back', () => {
    const { resources } = template(canary);
    expect(resources[String(versionId(resources))]).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('a rollout', () => {
  const group = (parameters: Record<string, string>) =>
    ofType(template(parameters).resources, 'AWS::CodeDeploy::DeploymentGroup')[0];

  test.each(rollouts.filter((rollout) => rollout !== 'none'))('%s has its configuration', (rollout) => {
    expect(group({ rollout })).toMatchObject({ DeploymentConfigName: `CodeDeployDefault.Lambda${rollout}` });
  });

  test('is taken back when the consumer fails, or rejects records', () => {
    expect(group(canary)).toMatchObject({
      AlarmConfiguration: {
        Enabled: true,
        Alarms: [
          { Name: 'kafka-events-dev-consume-rollout' },
          { Name: 'kafka-events-dev-consume-dead-letters' },
        ],
      },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']),
      },
    });
  });

  test('watches alarms that there are, each of them within the first five minutes', () => {
    const { resources } = template(canary);
    const watched = ofType(resources, 'AWS::CodeDeploy::DeploymentGroup').flatMap(
      ({ AlarmConfiguration }) => AlarmConfiguration.Alarms,
    );
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
    for (const { Name } of watched) {
      const alarm = alarms.find(({ AlarmName }) => AlarmName === Name);
      expect(Number(alarm?.Period) * Number(alarm?.EvaluationPeriods)).toBeLessThan(300);
    }
  });

  test('is refused while an alarm that it would watch does not exist, with the way to make it', () => {
    const second = () => {
      const functions = {
        consume: { timeout: 60, events: [{ msk: { topic: 'events' } }, { msk: { topic: 'orders' } }] },
      };
      return serviceWith({ functions });
    };
    const one = template(canary).resources;
    const two = template(canary, { configuration: second() }).resources;
    const atOnce = template({ rollout: 'AllAtOnce' }, { configuration: second() }).resources;
    expect(absentAlarms(one, two)).toEqual([
      'ConsumeRollout would watch kafka-events-dev-consume-events-rollout and kafka-events-dev-consume-orders-rollout, which this deployment makes only after the rollout: deploy once with --param rollout=AllAtOnce, which watches no alarm, then with the gradual rollout again',
    ]);
    expect(() => checkChange({ Resources: one }, { Resources: two }, [])).toThrow(
      'ConsumeRollout would watch',
    );
    expect(absentAlarms(one, atOnce)).toEqual([]);
    expect(absentAlarms(atOnce, two)).toEqual([]);
    expect(absentAlarms(template().resources, two)).toEqual([]);
    expect(absentAlarms(two, two)).toEqual([]);
  });

  test('keeps the name and the logical id of its alarm when another mapping takes over', () => {
    const alarm = (parameters: Record<string, string>) =>
      template({ ...canary, ...parameters }).resources.ConsumeRolloutAlarm?.Properties?.AlarmName;
    expect(alarm({ groupSuffix: '2' })).toBe('kafka-events-dev-consume-rollout');
    expect(alarm({})).toBe('kafka-events-dev-consume-rollout');
  });

  test('of a function that reads too many topics is refused with the fix', () => {
    const topics = Array.from({ length: 10 }, (_, index) => `t${index}`);
    const functions = { consume: { timeout: 60, events: topics.map((topic) => ({ msk: { topic } })) } };
    const custom = { topics: Object.fromEntries(topics.map((topic) => [topic, {}])) };
    const configuration = () => serviceWith({ functions: structuredClone(functions), custom });
    expect(() => template(canary, { configuration: configuration() })).toThrow(
      'functions.consume reads 10 topics: a rollout watches 9 at most, so use several functions, or rollout=AllAtOnce',
    );
    expect(() => template({ rollout: 'AllAtOnce' }, { configuration: configuration() })).not.toThrow();
  });

  test('of a function whose mappings invoke another alias is refused with the fix', () => {
    const consume = { timeout: 60, events: [{ msk: { topic: 'events' } }] };
    const publish = { events: [{ httpApi: 'POST /events' }], provisionedConcurrency: 2 };
    const configuration = (properties: object) =>
      serviceWith({ functions: { consume: structuredClone({ ...consume, ...properties }), publish } });
    expect(() => template(canary, { configuration: configuration({ provisionedConcurrency: 2 }) })).toThrow(
      'functions.consume.provisionedConcurrency: its mappings would invoke another alias than the one that a rollout moves; leave it out, or give --param rollout=none',
    );
    expect(() => template(canary, { configuration: configuration({}) })).not.toThrow();
    expect(() => template({}, { configuration: configuration({ provisionedConcurrency: 2 }) })).not.toThrow();
  });

  test('at once watches none, so that a fix is deployed while alarms are on', () => {
    expect(group({ rollout: 'AllAtOnce' })).toMatchObject({
      AlarmConfiguration: { Enabled: false, Alarms: [] },
    });
  });

  test('may move the aliases of the consumers, and nothing else', () => {
    const { resources } = template(canary);
    const [{ PolicyDocument }] = Object(resources.RolloutRole?.Properties).Policies;
    const arn = (qualifier: string) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:kafka-events-dev-consume${qualifier}`,
    });
    expect(PolicyDocument.Statement).toMatchObject([
      {
        Action: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
        Resource: [arn(''), arn(':*')],
      },
      { Action: ['cloudwatch:DescribeAlarms'] },
    ]);
  });
});
