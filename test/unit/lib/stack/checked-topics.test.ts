import { checkTopics, deploymentHash } from '../../../../lib/stack/checked-topics.ts';

function template({ uploadedTo = 'a', memory = 512 } = {}) {
  const Properties = { Code: { S3Key: `${uploadedTo}/consume.zip` }, MemorySize: memory };
  return { Resources: { ConsumeLambdaFunction: { Type: 'AWS::Lambda::Function', Properties } } };
}

describe('the hash of a deployment', () => {
  const hash = deploymentHash(template(), ['code']);

  test('is the same for the same service, wherever its bundles are uploaded, so that it is not deployed again', () => {
    expect(deploymentHash(template({ uploadedTo: 'b' }), ['code'])).toBe(hash);
  });

  test.each([
    ['other code', deploymentHash(template(), ['other code'])],
    ['another template', deploymentHash(template({ memory: 1024 }), ['code'])],
  ])('is another for %s', (_, other) => {
    expect(other).not.toBe(hash);
  });
});

test('the custom resource is told the deployment, beside what it was told before', () => {
  const resources = { Topics: { Type: 'Custom::KafkaTopics', Properties: { Auth: 'iam' } } };
  checkTopics(resources, 'first');
  checkTopics(resources, 'second');
  expect(resources.Topics.Properties).toEqual({ Auth: 'iam', Deployment: 'second' });
});

test('a stack that creates no topics is left alone', () => {
  const resources = { Cluster: {} };
  checkTopics(resources, 'first');
  expect(resources).toEqual({ Cluster: {} });
});
