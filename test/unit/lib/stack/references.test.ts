import { stackParameters } from '../../../../lib/stack/parameters.ts';
import { stackReferences } from '../../../../lib/stack/references.ts';

const existing = {
  cluster: 'existing',
  clusterArn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/team-cluster/0a1b-1',
  subnets: 'subnet-0a1b2c3d4e5f60718',
  securityGroup: 'sg-0a1b2c3d4e5f60718',
};

test('a new cluster is referred to by its logical id, and its topics by parts of its ARN', () => {
  const references = stackReferences(stackParameters({}, 'dev'), 'events');
  expect(references).toMatchObject({
    clusterArn: { Ref: 'Cluster' },
    mappingId: 'ConsumeEventSourceMappingMSKClusterEvents',
  });
  const half = (index: number) => ({
    'Fn::Select': [index, { 'Fn::Split': [':cluster/', { Ref: 'Cluster' }] }],
  });
  expect(references.topicArn('events.dlq')).toEqual({
    'Fn::Join': ['', [half(0), ':topic/', half(1), '/events.dlq']],
  });
});

test('an existing cluster is referred to by its ARN', () => {
  const references = stackReferences(stackParameters(existing, 'dev'), 'my-events');
  expect(references).toMatchObject({
    clusterArn: existing.clusterArn,
    subnetIds: ['subnet-0a1b2c3d4e5f60718'],
    securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
    mappingId: 'ConsumeEventSourceMappingMSKTeamclusterMyevents',
  });
  expect(references.groupArn('consumers')).toBe(
    'arn:aws:kafka:eu-west-1:111122223333:group/team-cluster/0a1b-1/consumers',
  );
});
