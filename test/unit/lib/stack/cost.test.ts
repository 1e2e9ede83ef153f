import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployed, serviceWith } from '../../../support/deployment.ts';

const HOURS = 730;
const readme = readFileSync(join(__dirname, '../../../../lib/stack/README.md'), 'utf8');

/** What the cost table says that a choice costs idle, in dollars a month. */
function said(choice: string): number {
  const [, idle = ''] = new RegExp(`^\\| ${choice} \\| (\\d+)`, 'm').exec(readme) ?? [];
  return Number(idle);
}

/** What the resources of a stage with one topic cost idle, by the prices that the table names. */
function costs(parameters: Record<string, string> = {}) {
  const { deployment, resources } = deployed(parameters, serviceWith(), ['events']);
  const all = Object.values(resources);
  const count = (type: string) => all.filter(({ Type }) => Type === type).length;
  const interfaces = all.flatMap(({ Properties }) =>
    Properties?.VpcEndpointType === 'Interface' ? [Properties.SubnetIds].flat() : [],
  );
  const partitions = deployment.topics.reduce((sum, topic) => sum + topic.partitions, 0);
  return {
    cluster: HOURS * (count('AWS::MSK::ServerlessCluster') * 0.75 + partitions * 0.0015),
    pollers: HOURS * (parameters.esm === 'on-demand' ? 0 : 0.185),
    endpoints: HOURS * interfaces.length * 0.01,
    nat: HOURS * count('AWS::EC2::NatGateway') * 0.05,
    alarms: count('AWS::CloudWatch::Alarm'),
    rest:
      count('AWS::CloudWatch::Alarm') * 0.1 +
      count('AWS::CloudWatch::Dashboard') * 3 +
      count('AWS::Logs::MetricFilter') * 0.3,
  };
}

test('the cost table says what the resources of each choice cost', () => {
  expect(said('`cluster=create`')).toBe(Math.round(costs().cluster));
  expect(readme).toContain(`(\`prod\` ${Math.round(costs({ partitions: '6' }).cluster)})`);
  expect(said('`esm=provisioned`')).toBe(Math.round(costs().pollers));
  expect(said('`esm=on-demand`')).toBe(Math.round(costs({ esm: 'on-demand' }).endpoints));
  expect(said('`egress=none`')).toBe(Math.round(costs().endpoints + costs().nat));
  expect(said('`egress=aws`')).toBe(Math.round(costs({ egress: 'aws' }).endpoints));
  expect(said('`egress=internet`')).toBe(Math.round(costs({ egress: 'internet' }).nat));
  expect(said('everything else')).toBe(Math.round(costs().rest));
  expect(readme).toContain(`${costs().alarms} alarms at 0.10`);
});

test('the sums below it are those of a default stage', () => {
  const sum = ({ cluster, pollers, endpoints, nat, rest }: ReturnType<typeof costs>) =>
    Math.round(cluster + pollers + endpoints + nat + rest);
  expect(readme).toContain(`The default stage costs about ${sum(costs())} a month`);
  expect(readme).toContain(`about ${sum(costs({ esm: 'on-demand' }))} with \`esm=on-demand\``);
});
