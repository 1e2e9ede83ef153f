import { deploymentOf } from '../../../../lib/capacity/deployment.ts';
import { describePlan } from '../../../../lib/capacity/describe.ts';
import { plan } from '../../../../lib/capacity/plan.ts';
import { prices } from '../../../../lib/capacity/prices.ts';
import { stackParameters } from '../../../../lib/stack/parameters.ts';
import { workload } from '../../../support/workload.ts';

test('a small service gets what it needs, with room at the peak', async () => {
  const { services, service, whySeveral, raise } = await plan(workload(), prices);
  expect({ services, whySeveral, raise }).toEqual({ services: 1, whySeveral: [], raise: [] });
  // 100 events of 10 ms, and 5 ms: 99.5 events/s of a partition; 200 / 0.7 are wanted.
  expect(service).toMatchObject({ partitions: 3, pollers: 1, pollerUnits: 1, publisherConcurrency: 6 });
  expect(service.headroom).toBeCloseTo(1 - 200 / 298.5, 3);
  expect(service.consumerConcurrency).toBe(3);
});

test('the simulation of a plan agrees with its formula', async () => {
  const { simulated } = await plan(workload({ eventsPerSecond: 1_000, workMs: 2 }), prices);
  expect(Math.abs(simulated.capacity / simulated.expectedCapacity - 1)).toBeLessThan(0.1);
});

test.each([
  ['bytes', { eventsPerSecond: 150_000, workMs: 0.1, eventsPerRequest: 500 }, 'bytes/s in'],
  ['connections', { eventsPerSecond: 10_000, workMs: 0.1, publishMs: 40 }, 'connections'],
])('MSK Serverless does not carry too many %s, by its quota', async (_case, changes, quota) => {
  const { clusters } = await plan(workload({ ...changes, cluster: 'express' }), prices);
  const serverless = clusters.find(({ kind }) => kind === 'serverless');
  expect(serverless?.exceeded.map((exceeded) => exceeded.quota)).toContain(quota);
  expect(serverless?.clusters).toBeGreaterThan(1);
});

test.each([
  ['partitions', { workMs: 20 }, /partitions of a topic, 1,000 at most/],
  ['publishers', { workMs: 0.1, eventsPerRequest: 1 }, /publishers at a time .*, 700 at most/],
])('a million events a second are split into services with fewer %s', async (_case, changes, why) => {
  const million = workload({ eventsPerSecond: 1_000_000, eventsPerRequest: 500, ...changes });
  const { services, service, whySeveral, clusters } = await plan(million, prices);
  expect(whySeveral.join()).toMatch(why);
  expect(services).toBeGreaterThan(1);
  expect(services % (clusters[0]?.clusters ?? 0)).toBe(0);
  expect(service.exceeded).toEqual([]);
  expect(service.eventsPerSecond * services).toBeCloseTo(1_000_000, 3);
});

test('partitions that are too few for the peak make more services', async () => {
  const { services, service } = await plan(workload({ eventsPerSecond: 1_000, partitions: 10 }), prices);
  expect(services).toBe(3);
  expect(service.partitions).toBe(10);
});

test('quotas of the account are named when they have to be raised', async () => {
  const { raise } = await plan(workload({ eventsPerSecond: 20_000, peakFactor: 1, workMs: 50 }), prices);
  expect(raise).toEqual([
    expect.stringMatching(/^AWS Lambda, concurrent executions: 1,[\d,]+ \(1,000 by default\)/),
    expect.stringMatching(/^Amazon API Gateway, requests per second: 20,000/),
  ]);
});

test('the cost is that of its parts, and other prices change it', async () => {
  const small = workload({ cluster: 'serverless' });
  const { monthlyUsd, cost } = await plan(small, prices);
  expect(monthlyUsd).toBeCloseTo(
    cost.reduce((sum, { usd }) => sum + usd, 0),
    6,
  );
  const parts = Object.fromEntries(cost.map(({ name, usd }) => [name, usd]));
  // 730 hours at 0.75; 262.8 million events of 1,000 bytes, and as many requests at a dollar a million.
  expect(parts['MSK Serverless: 1 cluster(s)']).toBeCloseTo(547.5, 2);
  expect(parts.written).toBeCloseTo(26.28, 2);
  expect(parts['API requests']).toBeCloseTo(262.8, 2);
  const dearer = await plan(small, { ...prices, serverlessCluster: { ...prices.serverlessCluster, usd: 1 } });
  expect(dearer.monthlyUsd - monthlyUsd).toBeCloseTo(0.25 * 730, 2);
});

test.each([
  ['a cluster of the stack', workload({ cluster: 'serverless' }), { cluster: 'create', partitions: '3' }],
  ['a cluster that exists', workload({ cluster: 'express' }), { cluster: 'existing', partitions: '3' }],
  ['idempotency', workload({ idempotency: true }), { idempotency: 'dynamodb' }],
])('the stack takes the parameters of a plan with %s', async (_case, of, expected) => {
  const { parameters } = deploymentOf(await plan(of, prices));
  expect(parameters).toMatchObject(expected);
  const filledIn: Record<string, string> = {
    ...parameters,
    ...(parameters.cluster === 'existing' && {
      clusterArn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1',
      subnets: 'subnet-0123456789abcdef0',
      securityGroup: 'sg-0123456789abcdef0',
    }),
  };
  expect(() => stackParameters(filledIn, 'prod')).not.toThrow();
});

test('more partitions than the parameter takes are declared in serverless.yml', async () => {
  const { configuration, parameters } = deploymentOf(
    await plan(workload({ eventsPerSecond: 5_000, workMs: 20 }), prices),
  );
  expect(parameters).not.toHaveProperty('partitions');
  expect(configuration.join('\n')).toMatch(/provisionedPollers: \{ min: 58, max: 287 \}/);
  expect(configuration.join('\n')).toMatch(/custom.topics.events: \{ partitions: 287/);
});

test('a plan ends with the parameters to deploy it', async () => {
  const lines = describePlan(await plan(workload({ cluster: 'serverless' }), prices), prices);
  expect(lines.slice(-5)).toEqual([
    'npx serverless deploy --stage prod \\',
    '  --param partitions=3 \\',
    '  --param publisherConcurrency=6 \\',
    '  --param esm=provisioned \\',
    '  --param cluster=create',
  ]);
});
