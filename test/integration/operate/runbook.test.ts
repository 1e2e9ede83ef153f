import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { LocalFunctions } from '../../../lib/local/function/local-functions.ts';
import { startLambdaApi } from '../../../lib/local/http/lambda-api.ts';
import type { LocalServer } from '../../../lib/local/http/local-server.ts';
import type { EventSourceMapping } from '../../../lib/local/mapping/event-source-mapping.ts';
import { createLog } from '../../../lib/log.ts';
import { operateHandler } from '../../../lib/operate/operate-handler.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { deployed } from '../../support/deployment.ts';
import {
  BROKEN,
  type KafkaFixture,
  type RecordingFunction,
  recordingFunction,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';
import { createTopic } from '../../support/kafka-administration.ts';
import { DEAD_LETTERS, deadLetter } from './dead-letter-tool.ts';

const TOPIC = 'events';
const FAILURES = 'events.failed';
const GROUP = 'kafka-events-dev-consume';
const pollers = { minimum: 1, maximum: 1, group: undefined };

let kafka: KafkaFixture;
beforeEach(async () => {
  kafka = await startKafkaFixture();
  for (const topic of [TOPIC, DEAD_LETTERS, FAILURES]) await createTopic(kafka.admin, topic, 1);
});
afterEach(() => kafka.stop());

/** Runs the command of a runbook in the function, as the stack configures it. */
function operate(event: unknown, remainingMs = 900_000) {
  const consumer = { group: GROUP, topic: TOPIC, deadLetterTopic: DEAD_LETTERS, failureTopic: FAILURES };
  const handler = operateHandler(createLog({ write: () => {} }), {
    KAFKA_BROKERS: kafka.brokers,
    KAFKA_CONSUMERS: JSON.stringify([consumer]),
  });
  return handler(event, { getRemainingTimeInMillis: () => remainingMs });
}

async function send(values: readonly string[]): Promise<void> {
  const producer = kafka.kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const messages = values.map((value) => ({ key: 'k', value, headers: { trace: Buffer.from([0, 255]) } }));
  await producer.send({ topic: TOPIC, messages });
  await producer.disconnect();
}

function startConsumer(fn = recordingFunction()) {
  const declaration = {
    topic: TOPIC,
    consumerGroupId: GROUP,
    pollers,
    maximumRetryAttempts: 0,
    onFailureDestination: `kafka://${FAILURES}`,
  };
  return kafka.startMapping(fn, declaration, {
    functionArn: `arn:aws:lambda:eu-west-1:000000000000:function:${GROUP}`,
  });
}

const lastCommitted = async (): Promise<number> => {
  const [topic] = await kafka.admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
  return Number(topic?.partitions[0]?.offset);
};

/** Gives up these values of a topic, which then are in the failure topic. */
async function failAll(values: readonly string[]): Promise<void> {
  const fn = recordingFunction();
  fn.answer = () => BROKEN;
  await send(values);
  const mapping = await startConsumer(fn);
  await eventually('all are given up', async () => (await lastCommitted()) === values.length);
  await mapping.stop();
}

/** What the README of the stack says to do about each alarm, by its name. */
function runbooks(): Record<string, string> {
  const readme = readFileSync(join(__dirname, '../../../lib/stack/README.md'), 'utf8');
  const rows =
    readme.split('## Alarms and what to do')[1]?.matchAll(/^\| `([\w-]+)` \|[^|]*\| (.*) \|$/gm) ?? [];
  return Object.fromEntries([...rows].map(([, name = '', steps = '']) => [name, steps]));
}

/** The commands of the function `operate` in a runbook. */
function operateCommands(steps: string): string[] {
  return [...steps.matchAll(/`npx serverless invoke -f operate -d "([^`]*)"`/g)].map(
    ([, command = '']) => command,
  );
}

describe('the README', () => {
  test('has a runbook with a command for every alarm of the stack, and for no other', () => {
    const names = Object.values(deployed().resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm'
        ? [String(Properties?.AlarmName).replace(/^kafka-events-dev-(consume-|publish-|provision-)?/, '')]
        : [],
    );
    expect(Object.keys(runbooks()).sort()).toEqual([...new Set(names)].sort());
    for (const [name, steps] of Object.entries(runbooks()))
      expect({ name, steps }).toEqual({ name, steps: expect.stringMatching(/`(npx serverless|aws) /) });
  });

  const commands = Object.entries(runbooks()).flatMap(([name, steps]) =>
    operateCommands(steps).map((command): [string, string] => [name, command]),
  );

  test.each(commands)('of %s: %s does what it says', async (_name, command) => {
    await failAll(['a', 'b']);
    await deadLetter({ address: kafka.brokers }, [{ value: 'c', offset: 15 }]);
    const { ok, results, problems } = await operate(command);
    expect({ ok, problems }).toEqual({ ok: true, problems: [] });
    expect(results).not.toEqual([]);
  });
});

describe('the AWS commands of the runbooks', () => {
  /** The commands of a runbook in their order: those of the function `operate`, and those of AWS Lambda. */
  const steps = (alarm: string): { operate?: string; lambda?: string }[] =>
    [
      ...(runbooks()[alarm] ?? '').matchAll(
        /`(?:npx serverless invoke -f operate -d "([^`]*)"|aws lambda ([^`]*))`/g,
      ),
    ].map(([, operate, lambda]) => (operate === undefined ? { lambda: String(lambda) } : { operate }));

  let api: LocalServer;
  let client: LambdaClient;
  let mapping: EventSourceMapping;
  let fn: RecordingFunction;
  beforeEach(async () => {
    fn = recordingFunction();
    mapping = await startConsumer(fn);
    api = await startLambdaApi(
      { host: '127.0.0.1', port: 0 },
      {
        functions: new LocalFunctions(new Map()),
        mappings: () => [mapping],
        log: createLog({ write: () => {} }),
      },
    );
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new LambdaClient({ endpoint: `http://127.0.0.1:${api.port}`, region: 'eu-west-1', credentials });
  });
  afterEach(async () => {
    client.destroy();
    await api.close();
  });

  /** As the AWS command line runs it. */
  async function lambda(command: string) {
    const [, name] = /--function-name (\S+)/.exec(command) ?? [];
    if (command.startsWith('list-event-source-mappings ') && name !== undefined)
      return client.send(new ListEventSourceMappingsCommand({ FunctionName: name }));
    const change = /^update-event-source-mapping --uuid <UUID> --(no-)?enabled$/.exec(command);
    if (change === null) throw new Error(`not known: aws lambda ${command}`);
    return client.send(
      new UpdateEventSourceMappingCommand({ UUID: mapping.uuid, Enabled: change[1] === undefined }),
    );
  }

  test.each(['not-polling', 'polling-errors'])('of %s tell the state of the mapping', async (alarm) => {
    for (const step of steps(alarm).flatMap(({ lambda }) => lambda ?? [])) {
      expect(await lambda(step)).toMatchObject({
        EventSourceMappings: [
          {
            UUID: mapping.uuid,
            StateTransitionReason: 'USER_INITIATED',
            LastProcessingResult: 'No records processed',
          },
        ],
      });
    }
  });

  test('of dropped-events, one after the other, have the records processed again', async () => {
    await send(['a', 'b']);
    await eventually('all are consumed', async () => (await lastCommitted()) === 2);
    fn.events.length = 0;
    const states: unknown[] = [];
    for (const step of steps('dropped-events')) {
      if (step.lambda !== undefined) {
        const { State } = Object(await lambda(step.lambda));
        states.push(State);
        const reached = State === 'Disabling' ? 'Disabled' : 'Enabled';
        await eventually(`the mapping is ${reached}`, () => mapping.state() === reached);
      }
      if (step.operate !== undefined)
        expect(await operate(step.operate)).toMatchObject({ ok: true, problems: [] });
    }
    expect(states).toEqual(['Disabling', 'Enabling']);
    await eventually('both come again', () => valuesOf(fn.events).length === 2);
    expect(valuesOf(fn.events)).toEqual(['a', 'b']);
  });
});

describe('dead-letters', () => {
  test('list, show and replay of what the function rejected', async () => {
    await deadLetter({ address: kafka.brokers }, [{ value: 'a', offset: 15 }]);
    const listed = await operate('dead-letters list');
    expect(listed).toMatchObject({
      ok: true,
      results: [{ coordinates: 'events.dlq/0/0', original: 'events/0/15', replayed: false }],
      notes: ['1 dead letter in events.dlq, 0 of them replayed'],
    });
    expect(await operate('dead-letters show events.dlq/0/0')).toMatchObject({
      ok: true,
      results: [{ value: { text: 'a' } }],
    });
    expect(await operate('dead-letters replay --dry-run')).toMatchObject({
      ok: true,
      results: [{ wouldGoTo: TOPIC }],
    });
    expect(await operate('dead-letters replay')).toMatchObject({
      ok: true,
      results: [{ coordinates: 'events.dlq/0/0', to: 'events/0/0' }],
      notes: ['Replayed 1 dead letter of events.dlq; 0 left'],
    });
  });
});

describe('failure-topic', () => {
  test('list and show of what the mapping gave up say why and what', async () => {
    await failAll(['a']);
    expect(await operate('failed list')).toMatchObject({
      ok: true,
      results: [
        {
          coordinates: 'events.failed/0/0',
          original: 'events/0/0',
          reason: 'RetriesExhausted',
          message: 'given up after 1 invocation',
          functionName: GROUP,
          replayed: false,
        },
      ],
      notes: ['1 failure in events.failed, 0 of them replayed'],
    });
    expect(await operate('failed show events.failed/0/0')).toMatchObject({
      results: [{ key: { text: 'k' }, value: { text: 'a' }, headers: [{ name: 'trace', base64: 'AP8=' }] }],
    });
  });

  test('replay sends the records back byte for byte, and the consumer gets them once', async () => {
    await failAll(['a', 'b', 'c']);
    expect(await operate('failed replay')).toMatchObject({
      ok: true,
      results: [{ to: 'events/0/3' }, { to: 'events/0/4' }, { to: 'events/0/5' }],
      notes: ['Replayed 3 failures of events.failed; 0 left'],
    });
    const fn = recordingFunction();
    await startConsumer(fn);
    await eventually('all are consumed', async () => (await lastCommitted()) === 6);
    expect(valuesOf(fn.events)).toEqual(['a', 'b', 'c']);
    expect(Object.values(fn.events[0]?.records ?? {})[0]?.[0]?.headers).toContainEqual({ trace: [0, -1] });
    expect((await operate('failed replay')).notes).toEqual(['Replayed 0 failures of events.failed; 0 left']);
  });

  test('replay is bounded by number and by time, and the same command goes on', async () => {
    await failAll(['a', 'b', 'c']);
    expect((await operate('failed replay --limit 2')).notes).toEqual([
      'Replayed 2 failures of events.failed; 1 left, because --limit 2 is reached: run the same command to continue',
    ]);
    // What the function has left is its margin.
    expect(await operate('failed replay', 20_000)).toMatchObject({ ok: false, results: [] });
    expect((await operate('failed replay --limit 2')).notes).toEqual([
      'Replayed 1 failure of events.failed; 0 left',
    ]);
  });

  test('a list that is bounded says where it goes on', async () => {
    await failAll(['a', 'b', 'c']);
    const { notes } = await operate('failed list --limit 2');
    expect(notes).toEqual([
      'Listed 2 failures of events.failed: --limit 2 is reached; continue with --from events.failed/0/2',
    ]);
    const { results } = await operate('failed list --from events.failed/0/2');
    expect(results).toMatchObject([{ coordinates: 'events.failed/0/2' }]);
  });

  test('what is no document is told of, stays open and holds up nothing', async () => {
    const producer = kafka.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic: FAILURES, messages: [{ value: 'not a document' }] });
    await producer.disconnect();
    await failAll(['a']);
    expect(await operate('failed replay')).toMatchObject({
      ok: false,
      results: [{ coordinates: 'events.failed/0/1', to: 'events/0/1' }],
      problems: ['events.failed/0/0 was not replayed: it is not a document of an on-failure destination'],
      notes: ['Replayed 1 failure of events.failed; 1 left'],
    });
    const { results } = await operate('failed list');
    expect(results).toMatchObject([{ replayed: false }, { replayed: true }]);
  });
});

describe('lag', () => {
  test('lag says how many records wait, and for how long', async () => {
    await send(['a', 'b']);
    const { ok, results, notes } = await operate('lag');
    expect(ok).toBe(true);
    expect(results).toEqual([
      {
        group: GROUP,
        topic: TOPIC,
        members: 0,
        partition: 0,
        committed: null,
        end: 2,
        lag: 2,
        lagMs: expect.any(Number),
        lost: 0,
      },
    ]);
    expect(notes).toEqual([expect.stringMatching(/^2 records behind, the first for \d+ s$/)]);
  });

  test('lag of a consumer that keeps up is nothing', async () => {
    await send(['a', 'b']);
    await startConsumer();
    await eventually('all are consumed', async () => (await lastCommitted()) === 2);
    expect((await operate('lag')).results).toMatchObject([
      { members: 1, committed: 2, end: 2, lag: 0, lagMs: null },
    ]);
  });
});

describe('dropped-events', () => {
  const command = `reset --group ${GROUP} --topic ${TOPIC}`;

  test('reset is refused as long as the mapping is enabled, and changes nothing', async () => {
    await send(['a', 'b']);
    await startConsumer();
    await eventually('all are consumed', async () => (await lastCommitted()) === 2);
    const { ok, problems } = await operate(`${command} --to earliest`);
    expect([ok, problems]).toEqual([
      false,
      [expect.stringMatching(/^The consumer group \S+ has 1 member, .*Disable its event source mapping/)],
    ]);
    expect(await lastCommitted()).toBe(2);
  });

  test('reset lets a disabled mapping read again from where it is told', async () => {
    await send(['a', 'b', 'c']);
    const mapping = await startConsumer();
    await eventually('all are consumed', async () => (await lastCommitted()) === 3);
    await mapping.stop();
    expect(await operate(`${command} --to earliest --dry-run`)).toMatchObject({
      results: [{ partition: 0, from: 3, to: 0, dryRun: true }],
    });
    expect(await lastCommitted()).toBe(3);
    expect(await operate(`${command} --partition 0 --to 1`)).toMatchObject({
      ok: true,
      results: [{ partition: 0, from: 3, to: 1 }],
    });

    const fn = recordingFunction();
    await startConsumer(fn);
    await eventually('the rest is consumed again', async () => (await lastCommitted()) === 3);
    expect(valuesOf(fn.events)).toEqual(['b', 'c']);
  });

  test.each([
    ['an offset that is not there', '--partition 0 --to 7', 'can be read from offset 0 to 0, not from 7'],
    ['a partition that is not there', '--partition 3 --to latest', 'has 1 partition, counted from 0'],
  ])('reset to %s is refused', async (_, flags, problem) => {
    expect(await operate(`${command} ${flags}`)).toMatchObject({
      ok: false,
      problems: [expect.stringContaining(problem)],
    });
  });
});

describe('not-polling', () => {
  test('topics names what is there', async () => {
    await send(['a']);
    const { results } = await operate('topics');
    expect(results).toEqual(
      expect.arrayContaining([
        { topic: TOPIC, partitions: 1, offsets: 1 },
        { topic: FAILURES, partitions: 1, offsets: 0 },
      ]),
    );
  });
});

describe('what the function does not take', () => {
  test.each([
    ['another cluster', 'topics --brokers elsewhere:9098', 'leave --brokers and --auth out'],
    ['a mistyped command', 'dead-letters lits', 'did you mean list?'],
  ])('%s is refused', async (_, command, problem) => {
    expect(await operate(command)).toMatchObject({ ok: false, problems: [expect.stringContaining(problem)] });
  });

  test('a command is a string, or stands in an object', async () => {
    expect(await operate({ command: 'topics' })).toEqual(await operate('topics'));
  });

  test('an event without a command is told what one looks like', async () => {
    expect(await operate({})).toMatchObject({
      problems: ['The event must be a command, for example "dead-letters list"'],
    });
  });
});

test('tail shows records, and doctor what is in order', async () => {
  await send(['a', 'b', 'c']);
  const tailed = await operate('tail events -n 2 --sensitive');
  expect(tailed).toMatchObject({ ok: true, results: [{ value: { text: 'a' } }, { value: { text: 'b' } }] });
  expect(tailed.notes).toEqual(['2 records of events']);

  const examined = await operate('doctor --records 0');
  expect(examined).toMatchObject({ ok: true, notes: ['Nothing is wrong'] });
  expect(examined.results).toContainEqual(
    expect.objectContaining({ step: 'topics', says: `${FAILURES} has 1 partition` }),
  );
});

test('a command of a workstation is unknown to the function', async () => {
  expect(await operate('produce order.placed')).toMatchObject({
    ok: false,
    problems: ['Unknown command "produce"'],
  });
});

test('a failure is edited and sent back to the topic that it came from', async () => {
  await failAll(['a']);
  expect(await operate('failed edit events.failed/0/0 --value {"repaired":true} --unchecked')).toMatchObject({
    ok: true,
    results: [{ coordinates: 'events.failed/0/0', to: 'events/0/1' }],
  });
  expect((await operate('tail events --from 0:1 --sensitive')).results).toMatchObject([
    {
      key: 'k',
      value: { text: '{"repaired":true}' },
      headers: [
        { name: 'trace', base64: 'AP8=' },
        { name: '__dead.letter.edited', text: 'value' },
        { name: '__dead.letter.replayed.from', text: 'events.failed/0/0' },
      ],
    },
  ]);
});
