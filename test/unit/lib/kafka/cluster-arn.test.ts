import { clusterRegion, isClusterArn } from '../../../../lib/kafka/cluster-arn.ts';

describe('the ARN of a cluster', () => {
  test.each([
    ['arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b-1', 'eu-west-1'],
    ['arn:aws-us-gov:kafka:us-gov-west-1:111122223333:cluster/demo/0a1b-1', 'us-gov-west-1'],
    ['arn:aws-cn:kafka:cn-north-1:111122223333:cluster/demo/0a1b-1', 'cn-north-1'],
  ])('%s is in %s', (arn, region) => {
    expect(clusterRegion(arn)).toBe(region);
    expect(isClusterArn(arn)).toBe(true);
  });

  test.each([
    ['of a topic', 'arn:aws:kafka:eu-west-1:111122223333:topic/demo/0a1b-1/events'],
    ['without its uuid', 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo'],
    ['of another service', 'arn:aws:sqs:eu-west-1:111122223333:queue'],
    ['with more behind it', 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b-1/more'],
  ])('is not one %s', (_, arn) => {
    expect(clusterRegion(arn)).toBeUndefined();
    expect(isClusterArn(arn)).toBe(false);
  });
});
