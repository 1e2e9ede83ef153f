import { checkChange } from '../../../../lib/stack/check-change.ts';
import { CHOICES, choicesOf } from '../../../../lib/stack/choices.ts';
import { deployed, existing, serviceWith } from '../../../support/deployment.ts';

const jwt = { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'events' };
const domain = {
  domain: 'events.example.com',
  domainCertificate: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b',
};
const vpc = {
  vpc: 'vpc-0a1b2c3d4e5f60718',
  subnets: 'subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719',
};

interface MappingOptions {
  id?: string;
  topic?: string;
  group?: string;
  position?: string;
  functionName?: string;
  batchSize?: number;
}

function mapping({
  id = 'ConsumeEvents',
  topic = 'events',
  group = 'g',
  position = 'TRIM_HORIZON',
  functionName = 'ConsumeLambdaFunction',
  batchSize = 100,
}: MappingOptions = {}) {
  const Properties = {
    EventSourceArn: { Ref: 'Cluster' },
    FunctionName: { 'Fn::GetAtt': [functionName, 'Arn'] },
    Topics: [topic],
    StartingPosition: position,
    BatchSize: batchSize,
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: group },
  };
  return { Resources: { [id]: { Type: 'AWS::Lambda::EventSourceMapping', Properties } } };
}

function made(parameters: Record<string, string>) {
  const { deployment } = deployed(parameters, serviceWith());
  return { Resources: {}, Metadata: { [CHOICES]: choicesOf(deployment.parameters) } };
}

const problemsOf = (...compared: Parameters<typeof checkChange>): readonly string[] => {
  try {
    checkChange(...compared);
    return [];
  } catch (error) {
    return Object(error).problems;
  }
};

describe('choices of a stage', () => {
  test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ['nothing', existing, existing, []],
    [
      'a plain deployment after one onto an existing cluster',
      { ...existing, topicPrefix: 'dev.' },
      {},
      ['cluster', 'clusterArn', 'topicPrefix'],
    ],
    ['the kind of pollers', {}, { esm: 'on-demand' }, ['esm']],
    ['who may publish', {}, { auth: 'none' }, ['auth']],
    ['what functions reach', { egress: 'internet' }, {}, ['egress']],
    ['that effects happen once', { idempotency: 'dynamodb' }, {}, ['idempotency']],
    ['whose tokens are accepted', { ...jwt, jwtScopes: 'a,b' }, jwt, ['jwtScopes']],
    ['the name of the API', domain, {}, ['domain']],
    ['protection', { protect: 'true' }, {}, ['protect']],
    ['the subnets of the functions', existing, { ...existing, subnets: 'subnet-0a1b2c3d4e5f60719' }, []],
    ['what a stack does not keep', {}, { partitions: '6', logLevel: 'debug' }, []],
  ])('that would change are named: %s', (_, before, after, names) => {
    const problems = problemsOf(made(before), made(after), []);
    expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual(names);
    expect(problemsOf(made(before), made(after), names)).toEqual([]);
  });

  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['addresses', {}, { vpcCidr: '10.1.0.0/24' }, 'vpcCidr'],
    ['zones', {}, { zones: 'eu-west-1a,eu-west-1b,eu-west-1c' }, 'zones'],
    ['VPC', {}, vpc, 'vpc'],
    ['subnets', vpc, { ...vpc, subnets: 'subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60710' }, 'subnets'],
  ])('cannot replace a created cluster, whatever is allowed: its %s', (_, before, after, name) => {
    const [problem] = problemsOf(made(before), made(after), [name]);
    expect(problem).toMatch(
      new RegExp(
        `^${name} would change .*with all records; keep it .*, or deploy another stage and remove this one`,
      ),
    );
    // A move to another cluster is a choice of its own.
    expect(problemsOf(made(before), made(existing), ['cluster', 'clusterArn', 'vpc', name])).toEqual([]);
  });

  test('are told with what was, what would be, what that does and how to keep it', () => {
    expect(problemsOf(made({ ...existing, topicPrefix: 'none' }), made(existing), [])).toEqual([]);
    expect(problemsOf(made({}), made({ topicPrefix: 'new.' }), [])).toEqual([
      'topicPrefix would change from nothing to new.: records in the old topics are no longer consumed; keep it with --param topicPrefix=none or under params.<stage> in serverless.yml, or allow it with --param allowChange=topicPrefix',
    ]);
  });

  test('of a stack that remembers none are not compared', () => {
    expect(problemsOf({ Resources: {} }, made({}), [])).toEqual([]);
  });
});

describe('an event source mapping', () => {
  test.each<[string, MappingOptions]>([
    ['that does not change', {}],
    ['whose settings change', { batchSize: 10 }],
    ['of another function', { id: 'BillEvents', group: 'other', functionName: 'BillLambdaFunction' }],
    ['of another topic', { id: 'ConsumeOrders', group: 'other', topic: 'orders' }],
  ])('%s is let through', (_, after) => {
    expect(problemsOf(mapping(), mapping(after), [])).toEqual([]);
  });

  test.each<[string, MappingOptions, string]>([
    ['another starting position', { position: 'LATEST' }, 'as StartingPosition would change'],
    [
      'another topic, and so another logical id',
      { id: 'ConsumeOrders', topic: 'orders' },
      'would take the consumer group id of ConsumeEvents',
    ],
  ])('cannot be replaced with its group id: %s', (_, after, what) => {
    const [problem, ...others] = problemsOf(mapping(), mapping(after), ['positions']);
    expect(others).toEqual([]);
    expect(problem).toContain(what);
    expect(problem).toContain('AWS Lambda accepts consumer group id g only once');
  });

  test.each<[string, MappingOptions]>([
    ['as another mapping', { id: 'ConsumeEvents2', group: 'g-2' }],
    ['with another starting position', { group: 'g-2', position: 'LATEST' }],
  ])('begins anew in another group only where that is allowed: %s', (_, after) => {
    const [problem, ...others] = problemsOf(mapping(), mapping(after), []);
    expect(others).toEqual([]);
    expect(problem).toContain('change its consumer group id from g to g-2');
    expect(problem).toContain('keep consumerGroupId: g');
    expect(problemsOf(mapping(), mapping(after), ['positions'])).toEqual([]);
  });

  test('begins anew only where that is allowed, although it invokes an alias from now on, or no longer', () => {
    const renamed = mapping({ id: 'ConsumeEvents2', group: 'g-2' }).Resources;
    const Properties = { ...renamed.ConsumeEvents2?.Properties, FunctionName: { Ref: 'ConsumeAlias' } };
    const FunctionName = { Ref: 'ConsumeLambdaFunction' };
    const withAlias = {
      Resources: {
        ConsumeEvents2: { ...renamed.ConsumeEvents2, Properties },
        ConsumeAlias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName, Name: 'live' } },
      },
    };
    expect(problemsOf(mapping(), withAlias, [])).toEqual([
      expect.stringContaining('change its consumer group id from g to g-2'),
    ]);
    expect(problemsOf(withAlias, mapping(), [])).toEqual([
      expect.stringContaining('change its consumer group id from g-2 to g'),
    ]);
    expect(problemsOf(mapping(), withAlias, ['positions'])).toEqual([]);
  });

  test('never changes its group in place, which AWS Lambda refuses', () => {
    const [problem] = problemsOf(mapping(), mapping({ group: 'g-2' }), ['positions']);
    expect(problem).toMatch(/from g to g-2, which AWS Lambda cannot do; .*--param groupSuffix=/);
  });
});

test('groupSuffix ends the group ids that events do not name themselves', () => {
  const consume = {
    events: [{ msk: { topic: 'events', consumerGroupId: 'mine' } }, { msk: { topic: 'orders' } }],
  };
  const { deployment } = deployed({ groupSuffix: '2' }, serviceWith({ functions: { consume } }));
  expect(deployment.consumers.map(({ event }) => event.consumerGroupId)).toEqual([
    'mine',
    'kafka-events-dev-consume-orders-2',
  ]);
});
