import { templateDifference } from '../../../../lib/build/template-difference.ts';

const alarm = (Properties: object) => ({ Type: 'AWS::CloudWatch::Alarm', Properties });

test('resources are added, removed, changed and replaced', () => {
  const before = {
    Same: alarm({ AlarmName: 'same' }),
    Gone: alarm({ AlarmName: 'gone' }),
    Changed: alarm({ AlarmName: 'changed', Period: 60, Threshold: 1 }),
    Replaced: alarm({ AlarmName: 'old', Period: 60 }),
    Kept: { ...alarm({}), DeletionPolicy: 'Delete' },
  };
  const after = {
    Same: alarm({ AlarmName: 'same' }),
    Changed: alarm({ AlarmName: 'changed', Period: 300, Statistic: 'Sum' }),
    Replaced: alarm({ AlarmName: 'new', Period: 60 }),
    Kept: { ...alarm({}), DeletionPolicy: 'Retain' },
    New: alarm({ AlarmName: 'new' }),
  };
  expect(templateDifference(before, after)).toEqual([
    '~ Changed (AWS::CloudWatch::Alarm): Period, Statistic, Threshold',
    '- Gone (AWS::CloudWatch::Alarm)',
    '~ Kept (AWS::CloudWatch::Alarm): attributes',
    '+ New (AWS::CloudWatch::Alarm)',
    '! Replaced (AWS::CloudWatch::Alarm): AlarmName — REPLACED',
  ]);
});

test('the same topics differ in nothing, although each deployment checks them', () => {
  const topics = (Properties: object) => ({ Topics: { Type: 'Custom::KafkaTopics', Properties } });
  const before = topics({ Auth: 'iam', Deployment: 'a' });
  expect(templateDifference(before, topics({ Auth: 'iam', Deployment: 'b' }))).toEqual([]);
  expect(templateDifference(before, topics({ Auth: 'scram', Deployment: 'b' }))).toEqual([
    '~ Topics (Custom::KafkaTopics): Auth',
  ]);
});

test('one template differs in nothing from itself', () => {
  const resources = () => ({ Same: alarm({ AlarmName: 'same' }) });
  expect(templateDifference(resources(), resources())).toEqual([]);
});
