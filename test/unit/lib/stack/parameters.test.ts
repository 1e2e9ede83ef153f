import { stackParameters } from '../../../../lib/stack/parameters.ts';

const existing = {
  cluster: 'existing',
  clusterArn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1',
  subnets: 'subnet-0a1b2c3d4e5f60718, subnet-0a1b2c3d4e5f60719',
  securityGroup: 'sg-0a1b2c3d4e5f60718',
};

test('nothing needs to be given: a new cluster, provisioned pollers and signed requests', () => {
  expect(stackParameters({}, 'dev')).toMatchObject({ cluster: 'create', esm: 'provisioned', auth: 'iam' });
  expect(stackParameters({ cluster: '' }, 'prod')).toMatchObject({ cluster: 'create', kafkaAuth: 'iam' });
});

test('an existing cluster is taken with its subnets and security group', () => {
  expect(stackParameters(existing, 'prod')).toMatchObject({
    clusterArn: existing.clusterArn,
    subnets: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
    securityGroup: 'sg-0a1b2c3d4e5f60718',
  });
});

test.each([
  'clusterArn',
  'securityGroup',
  'subnets',
  'scramSecret',
  'scramSecretKey',
  'jwtIssuer',
  'jwtAudience',
])('everything that is missing is named at once: %s', (name) => {
  const given = { cluster: 'existing', kafkaAuth: 'scram', auth: 'jwt' };
  expect(() => stackParameters(given, 'dev')).toThrow(`--param ${name} is missing`);
});

test.each([
  ['an unknown name', { clusterarn: 'x' }, '--param clusterarn is not known'],
  ['what every deployment does now', { heal: 'true' }, '--param heal is no longer needed'],
  ['an unknown kind of cluster', { cluster: 'shared' }, '--param cluster=shared: give create or existing'],
  ['an unknown kind of poller', { esm: 'cheap' }, '--param esm=cheap: give provisioned or on-demand'],
  [
    'an ARN of something else',
    { ...existing, clusterArn: 'arn:aws:s3:::x' },
    '--param clusterArn=arn:aws:s3:::x',
  ],
  ['a subnet by its name', { ...existing, subnets: 'private-a' }, '--param subnets=private-a'],
  ['a security group by its name', { ...existing, securityGroup: 'web' }, '--param securityGroup=web'],
  ['brokers without a port', { ...existing, brokers: 'b-1.example' }, '--param brokers=b-1.example'],
  ['a secret that Amazon MSK refuses', { ...existing, kafkaAuth: 'scram', scramSecret: 'x' }, 'AmazonMSK_'],
  [
    'an issuer without https',
    { auth: 'jwt', jwtIssuer: 'http://a', jwtAudience: 'b' },
    '--param jwtIssuer=http://a',
  ],
  [
    'an origin with a path',
    { corsOrigins: 'https://a.example/b' },
    '--param corsOrigins=https://a.example/b',
  ],
  ['a domain that is a URL', { domain: 'https://a.example' }, '--param domain=https://a.example'],
  ['a domain without a certificate', { domain: 'a.example' }, '--param domainCertificate is missing'],
  [
    'a hosted zone without a domain',
    { hostedZone: 'Z1' },
    '--param hostedZone=Z1: has an effect with domain only',
  ],
  [
    'a certificate secret without mTLS',
    { certificateSecret: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:c-AbCdEf' },
    'has an effect with kafkaAuth=mtls only',
  ],
  ['mTLS without a certificate', { ...existing, kafkaAuth: 'mtls' }, '--param certificateSecret is missing'],
  ['no partition', { partitions: '0' }, '--param partitions=0: give a number from 1 to'],
  ['more publishers than connections', { publisherConcurrency: '1000' }, '--param publisherConcurrency=1000'],
  [
    'a retention that CloudWatch lacks',
    { logRetentionDays: '31' },
    '--param logRetentionDays=31: give one of',
  ],
  ['an address without @', { alarmEmail: 'on-call' }, '--param alarmEmail=on-call'],
  [
    'what would have no effect',
    { clusterArn: existing.clusterArn },
    'has an effect with cluster=existing only',
  ],
  ...[
    '10.999.0.0/24',
    '8.8.8.0/24',
    '172.32.0.0/24',
    '10.0.0.5/24',
    '10.0.0.0/25',
    '10.0.0.0/15',
    '10.0.0/24',
  ].map((vpcCidr): [string, Record<string, string>, string] => [
    `${vpcCidr}, which is no private block for four subnets,`,
    { vpcCidr },
    `--param vpcCidr=${vpcCidr}: give a private CIDR block from /16 to /24`,
  ]),
  [
    'one zone three times',
    { zones: 'us-east-1a,us-east-1a,us-east-1b' },
    '--param zones=us-east-1a,us-east-1a,us-east-1b: give three different',
  ],
  [
    'an endpoint that is always there',
    { egress: 'aws', egressServices: 'sqs,s3' },
    '--param egressServices=sqs,s3: give services of AWS',
  ],
  ['endpoints without egress', { egressServices: 'sqs' }, 'has an effect with egress=aws only'],
  [
    'egress of a network that exists',
    { ...existing, egress: 'aws' },
    'has an effect with cluster=create only',
  ],
  [
    'egress of a VPC that exists',
    { vpc: 'vpc-0a1b2c3d4e5f60718', subnets: existing.subnets, egress: 'internet' },
    '--param egress=internet: has no effect in an existing VPC',
  ],
  [
    'a choice that no stack keeps',
    { allowChange: 'esm,partitions' },
    '--param allowChange=esm,partitions: give',
  ],
  ['two zones', { zones: 'us-east-1a,us-east-1b' }, '--param zones=us-east-1a,us-east-1b: give three'],
  [
    'zones for a network that exists',
    { ...existing, zones: 'eu-west-1a,eu-west-1b,eu-west-1c' },
    'has an effect with cluster=create only',
  ],
  ['an authentication a new cluster lacks', { kafkaAuth: 'tls' }, 'has an effect with cluster=existing only'],
])('%s is refused', (_, given, message) => {
  expect(() => stackParameters(given, 'dev')).toThrow(message);
});

test('an account with a small quota may reserve no concurrency, and the network may be in chosen zones', () => {
  const given = { publisherConcurrency: '0', zones: 'us-east-1a, us-east-1b, us-east-1d' };
  expect(stackParameters(given, 'dev')).toMatchObject({
    publisherConcurrency: 0,
    zones: ['us-east-1a', 'us-east-1b', 'us-east-1d'],
  });
});

test.each(['10.0.0.0/16', '10.255.255.0/24', '172.16.0.0/20', '172.31.4.0/22', '192.168.1.0/24'])(
  'a private block that holds four subnets is taken: %s',
  (vpcCidr) => {
    expect(stackParameters({ vpcCidr }, 'dev')).toMatchObject({ vpcCidr });
  },
);

test('production does not talk to brokers in plaintext', () => {
  const plaintext = { ...existing, kafkaAuth: 'none' };
  expect(() => stackParameters(plaintext, 'prod')).toThrow(
    '--param kafkaAuth=none: is refused for production',
  );
  expect(stackParameters(plaintext, 'dev')).toMatchObject({ kafkaAuth: 'none' });
});

test('production is not opened to everyone', () => {
  expect(() => stackParameters({ auth: 'none' }, 'prod')).toThrow(
    '--param auth=none: is refused for production',
  );
  expect(stackParameters({ auth: 'none' }, 'dev')).toMatchObject({ auth: 'none' });
});

test.each([
  ['dev', {}, false],
  ['dev-anna', {}, false],
  ['test2', {}, false],
  ['pr-12', {}, false],
  ['prod', {}, true],
  ['production', {}, true],
  ['live-eu', {}, true],
  ['live-eu', { production: 'false' }, false],
  ['dev', { production: 'true' }, true],
])('stage %s with %o: production is %p, and with it protection', (stage, given, production) => {
  expect(stackParameters(given, stage)).toMatchObject({ production, protect: production });
});

test('production can do without protection, which has a parameter of its own', () => {
  expect(stackParameters({ protect: 'false' }, 'prod')).toMatchObject({ production: true, protect: false });
});
