import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { MAX_FAILURE_BYTES } from '../../../lib/kafka/wanted-topic.ts';
import { awsSteps } from '../../../lib/provision/aws-steps.ts';
import type { ProvisionSteps } from '../../../lib/provision/provision.ts';
import { createProvisionHandler } from '../../../lib/provision/provision-handler.ts';
import { createTopicsHandler } from '../../../lib/provision/topics-handler.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { lambdaContext } from '../../../lib/testing/lambda-context.ts';
import { type LogLine, recordingLog } from '../../../lib/testing/recording-log.ts';
import { kafkaClient } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';

/** As deployed, but without the pauses between attempts. */
const handler = createProvisionHandler((signal) => awsSteps(signal, 1));
const clusterArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';
const topicsFunction = 'kafka-events-dev-topics';
/** No attempt to connect after the first: time for one is all that is left. */
const ONE_ATTEMPT = lambdaContext({ remainingMs: 20_000 });

interface Answer {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: Record<string, string>;
}

/** Amazon MSK, AWS Lambda (which runs the topics function here) and AWS CloudFormation, as far as HTTP goes. */
let aws: Server;
let url: string;
let broker: TestKafka;
let answers: Answer[];
let contentTypes: (string | undefined)[];
let invocations: number;
let lookups: number;
let brokerLookup: { status: number; body: object };
/** Refusals that come before the answer, by the name of their error. */
let lookupRefusals: string[];
let invocationRefusals: string[];
let refusedAnswers: number;
let stack: { status: string; outputs: Record<string, string> } | undefined;
let described: string[];

beforeAll(async () => {
  broker = await startTestKafka();
  aws = createServer(async (request, response) => {
    const body = await text(request);
    const path = decodeURIComponent(String(request.url));
    if (path.startsWith('/answer')) {
      takeAnswer(body, request.headers['content-type'], response);
    } else if (body.startsWith('Action=DescribeStacks')) {
      describeStack(body, response);
    } else if (path.endsWith('/bootstrap-brokers')) {
      lookups++;
      if (refused(response, lookupRefusals.shift())) return;
      response.writeHead(brokerLookup.status).end(JSON.stringify(brokerLookup.body));
    } else if (path === `/2015-03-31/functions/${topicsFunction}/invocations`) {
      invocations++;
      if (refused(response, invocationRefusals.shift())) return;
      await invokeTopics(body, response);
    } else {
      response
        .writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' })
        .end(JSON.stringify({ Message: `Function not found: ${path}` }));
    }
  }).listen(0, '127.0.0.1');
  await once(aws, 'listening');
  const address = aws.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
afterAll(() => {
  aws.close();
  aws.closeAllConnections();
});

beforeEach(() => {
  answers = [];
  contentTypes = [];
  invocations = 0;
  lookups = 0;
  lookupRefusals = [];
  invocationRefusals = [];
  refusedAnswers = 0;
  stack = { status: 'UPDATE_IN_PROGRESS', outputs: { BootstrapBrokers: 'before.example:9098' } };
  described = [];
  brokerLookup = { status: 200, body: { bootstrapBrokerStringSaslIam: broker.address } };
  jest.replaceProperty(process, 'env', {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_REGION: 'eu-west-1',
    // The SDK that is locked runs on Node.js 20; its warning is about later ones.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    LOG_LEVEL: 'error',
  });
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

let request = 0;

/** As the URL that CloudFormation waits on. */
function takeAnswer(body: string, contentType: string | undefined, response: ServerResponse): void {
  if (refusedAnswers > 0) {
    refusedAnswers--;
    response.writeHead(503).end();
    return;
  }
  answers.push(JSON.parse(body));
  contentTypes.push(contentType);
  response.end();
}

/** As DescribeStacks of AWS CloudFormation; without a stack it is refused. */
function describeStack(body: string, response: ServerResponse): void {
  described.push(new URLSearchParams(body).get('StackName') ?? '');
  const outputs = Object.entries(stack?.outputs ?? {}).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const xml =
    stack === undefined
      ? '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>'
      : `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackStatus>${stack.status}</StackStatus><Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
  response.writeHead(stack === undefined ? 403 : 200, { 'content-type': 'text/xml' }).end(xml);
}

async function invokeTopics(body: string, response: ServerResponse): Promise<void> {
  try {
    const outcomes = await createTopicsHandler(recordingLog())(JSON.parse(body), ONE_ATTEMPT);
    response.end(JSON.stringify(outcomes));
  } catch (error) {
    response.setHeader('x-amz-function-error', 'Unhandled');
    response.end(JSON.stringify({ errorType: 'Error', errorMessage: String(error) }));
  }
}

/** Answers as AWS does when something is not, or not yet, possible. */
function refused(response: ServerResponse, error: string | undefined): boolean {
  if (error === undefined) return false;
  const status = error === 'AccessDeniedException' ? 403 : 409;
  response.writeHead(status, { 'x-amzn-errortype': error }).end(JSON.stringify({ message: `${error}!` }));
  return true;
}

function customResource(
  RequestType: string,
  properties: Record<string, unknown> = {},
  PhysicalResourceId = RequestType === 'Create' ? undefined : clusterArn,
) {
  return {
    RequestType,
    ResponseURL: `${url}/answer?X-Amz-Signature=secret`,
    StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/kafka-events-dev/1',
    RequestId: `request-${request++}`,
    LogicalResourceId: 'Topics',
    ...(PhysicalResourceId && { PhysicalResourceId }),
    ResourceProperties: {
      ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:kafka-events-dev-provision',
      ClusterArn: clusterArn,
      Auth: 'iam',
      TopicsFunction: topicsFunction,
      ...properties,
    },
  };
}

/** An update from some properties to others. */
function update(before: Record<string, unknown>, after: Record<string, unknown>) {
  const { ResourceProperties: OldResourceProperties } = customResource('Update', before);
  return { ...customResource('Update', after), OldResourceProperties };
}

/** CloudFormation hands numbers on as texts. */
const topics = (partitions: Record<string, number>) =>
  Object.entries(partitions).map(([name, count]) => ({ name, partitions: String(count) }));

async function provision(event: object, context = lambdaContext({ remainingMs: 60_000 })): Promise<Answer> {
  await handler(event, context);
  const answer = answers.at(-1);
  if (answer === undefined) throw new Error('CloudFormation got no answer');
  return answer;
}

/** What the controller has done, a broker knows a moment later. */
async function untilPartitions(topic: string, count: number): Promise<void> {
  const admin = kafkaClient(broker).admin();
  await admin.connect();
  await eventually(`${topic} has ${count} partitions`, async () => {
    if (!(await admin.listTopics()).includes(topic)) return false;
    const { topics: described } = await admin.fetchTopicMetadata({ topics: [topic] });
    return described[0]?.partitions.length === count;
  });
  await admin.disconnect();
}

async function topicNames(): Promise<string[]> {
  const admin = kafkaClient(broker).admin();
  await admin.connect();
  const names = await admin.listTopics();
  await admin.disconnect();
  return names;
}

async function store(topic: string, value: string): Promise<void> {
  const producer = kafkaClient(broker).producer();
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ value, partition: 0 }] });
  } finally {
    await producer.disconnect();
  }
}

describe('what CloudFormation asks for', () => {
  test('Create creates every topic and tells the bootstrap brokers', async () => {
    const event = customResource('Create', { Topics: topics({ 'new.events': 3, 'new.events.dlq': 1 }) });
    expect(await provision(event)).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: clusterArn,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: 'Topics',
      Data: { BootstrapBrokers: broker.address },
    });
    await untilPartitions('new.events', 3);
    await untilPartitions('new.events.dlq', 1);
    // The response URL is signed for no content type.
    expect(contentTypes).toEqual(['']);
  });

  test('doing it again changes nothing', async () => {
    const wanted = { Topics: topics({ again: 2 }) };
    await provision(customResource('Create', wanted));
    await store('again', 'kept');
    expect(await provision(customResource('Create', wanted))).toMatchObject({ Status: 'SUCCESS' });
    expect(await provision(customResource('Update', wanted))).toMatchObject({ Status: 'SUCCESS' });
    await untilPartitions('again', 2);
    expect((await readTopic(broker, 'again')).map(({ value }) => String(value))).toEqual(['kept']);
  });

  test('Update adds partitions and new topics, and keeps records', async () => {
    await provision(customResource('Create', { Topics: topics({ growing: 1 }) }));
    await store('growing', 'kept');
    expect(
      await provision(customResource('Update', { Topics: topics({ growing: 4, added: 1 }) })),
    ).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: clusterArn });
    await untilPartitions('growing', 4);
    await untilPartitions('added', 1);
    expect((await readTopic(broker, 'growing')).map(({ value }) => String(value))).toEqual(['kept']);
  });

  test('Update with fewer partitions or topics removes none', async () => {
    await provision(customResource('Create', { Topics: topics({ wide: 3, left: 1 }) }));
    expect(await provision(customResource('Update', { Topics: topics({ wide: 1 }) }))).toMatchObject({
      Status: 'SUCCESS',
    });
    await untilPartitions('wide', 3);
    expect(await topicNames()).toContain('left');
  });

  test('brokers that are given are not asked for', async () => {
    brokerLookup = { status: 403, body: {} };
    const event = customResource('Create', { Brokers: broker.address, Topics: topics({ given: 1 }) });
    expect(await provision(event)).toMatchObject({ Data: { BootstrapBrokers: broker.address } });
  });

  test.each([{ OnDelete: 'retain' }, {}])(
    'Delete with %o keeps topics, and asks nobody',
    async (property) => {
      await provision(customResource('Create', { Topics: topics({ retained: 1 }) }));
      invocations = 0;
      brokerLookup = { status: 500, body: {} };
      const event = customResource('Delete', { Topics: topics({ retained: 1 }), ...property });
      expect(await provision(event)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: clusterArn });
      expect(await topicNames()).toContain('retained');
      expect(invocations).toBe(0);
    },
  );

  test('Delete removes topics when it is told to, and again when they are gone', async () => {
    const wanted = { Topics: topics({ doomed: 1, 'doomed.dlq': 1 }), OnDelete: 'delete' };
    await provision(customResource('Create', wanted));
    expect(await provision(customResource('Delete', wanted))).toMatchObject({ Status: 'SUCCESS' });
    await eventually('the topic is gone', async () => !(await topicNames()).includes('doomed'));
    expect(await provision(customResource('Delete', wanted))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('Delete keeps topics of a shared cluster that the stack does not own', async () => {
    const wanted = {
      Topics: topics({ 'orders-dev.mine': 1, 'orders.theirs': 1 }),
      OnDelete: 'delete',
      OwnPrefix: 'orders-dev.',
    };
    await provision(customResource('Create', wanted));
    expect(await provision(customResource('Delete', wanted))).toMatchObject({ Status: 'SUCCESS' });
    await eventually('the topic is gone', async () => !(await topicNames()).includes('orders-dev.mine'));
    expect(await topicNames()).toContain('orders.theirs');
  });

  test('Update creates a topic again that somebody has deleted', async () => {
    const wanted = { Topics: topics({ vanished: 2 }) };
    await provision(customResource('Create', wanted));
    await provision(customResource('Delete', { ...wanted, OnDelete: 'delete' }));
    await eventually('the topic is gone', async () => !(await topicNames()).includes('vanished'));
    const again = update({ ...wanted, Deployment: 'a' }, { ...wanted, Deployment: 'b' });
    expect(await provision(again)).toMatchObject({
      Status: 'SUCCESS',
      Data: { BootstrapBrokers: broker.address },
    });
    await untilPartitions('vanished', 2);
  });
});

describe('what passes by itself is waited for', () => {
  test('a permission that the role was given a moment ago', async () => {
    lookupRefusals = ['AccessDeniedException', 'AccessDeniedException'];
    invocationRefusals = ['AccessDeniedException'];
    const answer = await provision(customResource('Create', { Topics: topics({ patient: 1 }) }));
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect({ lookups, invocations }).toEqual({ lookups: 3, invocations: 2 });
  });

  test.each([
    ['ResourceConflictException'],
    ['ResourceNotReadyException'],
    ['CodeArtifactUserPendingException'],
  ])('the topics function that was idle for weeks and is waking up: %s', async (error) => {
    invocationRefusals = [error, error, error];
    const properties = { OnDelete: 'delete', Topics: topics({ patient: 1 }) };
    expect(await provision(customResource('Delete', properties))).toMatchObject({ Status: 'SUCCESS' });
    expect(invocations).toBe(4);
  });
});

test('a topic for failures takes larger records than others', async () => {
  const wanted = { name: 'large.dlq', partitions: '1', maxMessageBytes: String(MAX_FAILURE_BYTES) };
  await provision(customResource('Create', { Topics: [wanted, { name: 'large', partitions: '1' }] }));
  await untilPartitions('large.dlq', 1);
  await untilPartitions('large', 1);
  const tooLargeForMost = 'x'.repeat(1_500_000);
  await store('large.dlq', tooLargeForMost);
  await expect(store('large', tooLargeForMost)).rejects.toThrow('larger than the max message size');
});

describe('what fails is answered, with the reason', () => {
  test('Amazon MSK never lets the role ask for the brokers', async () => {
    lookupRefusals = Array.from({ length: 100 }, () => 'AccessDeniedException');
    const answer = await provision(customResource('Create', { Topics: topics({ unreached: 1 }) }));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'not-created' });
    expect(answer.Reason).toContain('AccessDeniedException!; check MSK_CLUSTER_ARN and kafka:GetBootstrap');
    expect({ lookups, invocations }).toEqual({ lookups: 12, invocations: 0 });
  });

  test('Amazon MSK refuses to tell the brokers', async () => {
    brokerLookup = { status: 403, body: { message: 'not authorized to perform: kafka:GetBootstrapBrokers' } };
    const answer = await provision(customResource('Create', { Topics: topics({ unreached: 1 }) }));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'not-created' });
    expect(answer.Reason).toContain('kafka:GetBootstrapBrokers');
    expect(invocations).toBe(0);
  });

  test('what was waited for until the time was over', async () => {
    lookupRefusals = Array.from({ length: 1_000 }, () => 'AccessDeniedException');
    const patient = createProvisionHandler((signal) => awsSteps(signal, 100), recordingLog());
    await patient(
      customResource('Create', { Topics: topics({ a: 1 }) }),
      lambdaContext({ remainingMs: 25_150 }),
    );
    expect(answers).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringContaining('AccessDeniedException!') },
    ]);
  });

  test('the cluster has no listener for the authentication', async () => {
    const answer = await provision(
      customResource('Create', { Auth: 'scram', Topics: topics({ unreached: 1 }) }),
    );
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toContain('no bootstrap brokers for KAFKA_AUTH=scram');
  });

  test('AWS Lambda does not know the topics function', async () => {
    const properties = { TopicsFunction: 'absent', Topics: topics({ unreached: 1 }) };
    const answer = await provision(customResource('Create', properties));
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toContain('Function not found');
  });

  test('the brokers cannot be reached from the topics function', async () => {
    const properties = { Brokers: '127.0.0.1:1', Topics: topics({ unreached: 1 }) };
    const answer = await provision(customResource('Create', properties));
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toContain(`${topicsFunction} failed: Error: 127.0.0.1:1: `);
  });

  test('the cluster refuses a topic', async () => {
    const answer = await provision(customResource('Create', { Topics: topics({ 'not a topic name': 1 }) }));
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toContain('not a topic name: ');
  });

  test('an Update that fails keeps the id of the resource, so that nothing is replaced', async () => {
    brokerLookup = { status: 500, body: {} };
    const answer = await provision(
      customResource('Update', { Brokers: '127.0.0.1:1', Topics: topics({ a: 1 }) }),
    );
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: clusterArn });
  });

  test('the Delete that follows a failed Create succeeds without a cluster', async () => {
    brokerLookup = { status: 500, body: {} };
    const event = customResource('Delete', { OnDelete: 'delete', Topics: topics({ a: 1 }) }, 'not-created');
    expect(await provision(event)).toMatchObject({ Status: 'SUCCESS' });
    expect(invocations).toBe(0);
  });

  test.each([
    ['no cluster', 'Create', { ClusterArn: '' }, 'ClusterArn'],
    ['no topics', 'Create', { Topics: [] }, 'list of topics'],
    ['a topic without partitions', 'Create', { Topics: [{ name: 'a' }] }, 'Topic a: partitions'],
    ['a topic without a name', 'Create', { Topics: [{ partitions: '1' }] }, 'Topic 0 has no name'],
    [
      'a record size that is none',
      'Create',
      { Topics: [{ name: 'a', partitions: '1', maxMessageBytes: 'much' }] },
      'Topic a: maxMessageBytes',
    ],
    ['an unknown authentication', 'Create', { Auth: 'magic', Topics: topics({ a: 1 }) }, 'Auth is "magic"'],
    ['an unknown request', 'Replace', {}, 'RequestType is "Replace"'],
    ['an unknown word for deleting', 'Delete', { OnDelete: 'yes' }, 'OnDelete is "yes"'],
  ])('%s', async (_, type, properties, reason) => {
    const answer = await provision(customResource(type, properties));
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toContain(reason);
  });

  test('a step that never ends, before the time of the function does', async () => {
    const stuck: ProvisionSteps = {
      bootstrapBrokers: () => new Promise(() => {}),
      topics: async () => ({}),
      stack: async () => ({ status: '', outputs: {} }),
    };
    const stuckHandler = createProvisionHandler(() => stuck, recordingLog());
    await stuckHandler(
      customResource('Create', { Topics: topics({ a: 1 }) }),
      lambdaContext({ remainingMs: 25_050 }),
    );
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: 'The function ran out of time.' }]);
  });
});

describe('a deployment goes on when what it does not change cannot be checked', () => {
  const deployed = { OnDelete: 'retain', Topics: topics({ kept: 1 }), Deployment: 'a' };
  const next = { ...deployed, Deployment: 'b' };
  const unreachable = { Brokers: '127.0.0.1:1' };
  const before = {
    Status: 'SUCCESS',
    PhysicalResourceId: clusterArn,
    Data: { BootstrapBrokers: 'before.example:9098' },
  };

  async function logged(event: object): Promise<{ answer: Answer; lines: readonly LogLine[] }> {
    const log = recordingLog();
    await createProvisionHandler((signal) => awsSteps(signal, 1), log)(
      event,
      lambdaContext({ remainingMs: 60_000 }),
    );
    const [answer] = answers;
    if (answer === undefined) throw new Error('CloudFormation got no answer');
    return { answer, lines: log.lines };
  }

  test.each([
    ['brokers that are down', { ...unreachable }],
    ['a topic that the cluster refuses', { Topics: topics({ 'not a topic name': 1 }) }],
    ['topics that are kept or deleted otherwise', { ...unreachable, OnDelete: 'delete' }],
  ])('%s', async (_, properties) => {
    const old = { ...deployed, ...properties, OnDelete: 'retain' };
    const { answer, lines } = await logged(update(old, { ...next, ...properties }));
    expect(answer).toMatchObject(before);
    expect(described).toEqual([answer.StackId]);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        message: 'topics not checked',
        error: expect.objectContaining({ message: expect.stringContaining(`${topicsFunction} failed`) }),
        topics: Object({ ...deployed, ...properties }).Topics,
        advice: expect.stringContaining('npx serverless deploy --force'),
      }),
    ]);
  });

  test('Amazon MSK that does not tell the brokers', async () => {
    brokerLookup = { status: 403, body: { message: 'not authorized' } };
    expect((await logged(update(deployed, next))).answer).toMatchObject(before);
  });

  test('a step that never ends', async () => {
    const stuck = createProvisionHandler(
      (signal) => ({
        ...awsSteps(signal),
        bootstrapBrokers: () => new Promise(() => {}),
      }),
      recordingLog(),
    );
    await stuck(update(deployed, next), lambdaContext({ remainingMs: 25_050 }));
    expect(answers).toMatchObject([before]);
  });

  test.each([
    ['its settings', { Topics: topics({ kept: 2 }) }],
    ['another topic', { Topics: topics({ kept: 1, added: 1 }) }],
    ['the authentication', { Auth: 'scram' }],
    ['the brokers', { Brokers: '127.0.0.1:2' }],
  ])('but fails when it changes %s', async (_, change) => {
    const event = update({ ...deployed, ...unreachable }, { ...next, ...unreachable, ...change });
    const { answer, lines } = await logged(event);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: clusterArn });
    expect(lines).toMatchObject([{ level: 'error', message: 'provisioning failed' }]);
  });

  test('a rollback of changed topics', async () => {
    stack = { status: 'UPDATE_ROLLBACK_IN_PROGRESS', outputs: { BootstrapBrokers: 'before.example:9098' } };
    const changed = { ...next, ...unreachable, Topics: topics({ kept: 2 }) };
    expect((await logged(update(changed, { ...deployed, ...unreachable }))).answer).toMatchObject(before);
  });

  test.each([
    ['may not be described', undefined],
    ['has no brokers', { status: 'UPDATE_IN_PROGRESS', outputs: {} }],
  ])('but fails with its own reason when the stack %s', async (_, answered) => {
    stack = answered;
    const { answer } = await logged(update({ ...deployed, ...unreachable }, { ...next, ...unreachable }));
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining(`${topicsFunction} failed`),
    });
  });
});

describe('the answer itself', () => {
  test('is sent again when it does not get through', async () => {
    refusedAnswers = 2;
    expect(await provision(customResource('Delete'))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('has the function fail, and so be invoked again, when it never gets through', async () => {
    refusedAnswers = Number.POSITIVE_INFINITY;
    const attempt = handler(customResource('Delete'), lambdaContext());
    await expect(attempt).rejects.toThrow('CloudFormation did not accept the answer: HTTP status 503');
    await expect(attempt).rejects.not.toThrow('secret');
  });

  test('has no more than the 4096 bytes that CloudFormation reads', async () => {
    brokerLookup = { status: 403, body: { message: 'x'.repeat(10_000) } };
    const answer = await provision(customResource('Create', { Topics: topics({ a: 1 }) }));
    expect(JSON.stringify(answer).length).toBeLessThan(4_096);
  });

  test('cannot be given to an event that names nobody', async () => {
    await expect(handler({ RequestType: 'Create' }, lambdaContext())).rejects.toThrow(
      'has no ResponseURL to answer',
    );
  });
});
