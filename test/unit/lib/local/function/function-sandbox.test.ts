import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FunctionDefinition,
  FunctionSandbox,
  type InvocationResult,
} from '../../../../../lib/local/function/function-sandbox.ts';
import { eventEnvelope, kafkaEvent } from '../../../../../lib/local/mapping/kafka-event.ts';
import { RecordPacker } from '../../../../../lib/local/mapping/record-packer.ts';
import { eventually } from '../../../../../lib/testing/eventually.ts';
import { consumedRecord } from '../../../../support/event-source-mapping.ts';

const directory = mkdtempSync(join(tmpdir(), 'function-sandbox-'));
const sandboxes: FunctionSandbox[] = [];
let files = 0;

/** A sandbox for CommonJS source, and what its handler has written. */
function sandboxOf(source: string, changes: Partial<FunctionDefinition> = {}, idleMs?: number) {
  const file = `handler${++files}`;
  const path = join(directory, `${file}.js`);
  writeFileSync(path, source);
  const written = { stdout: '', stderr: '' };
  const sandbox = new FunctionSandbox(
    {
      name: 'consume',
      handler: `${file}.handler`,
      codeDirectory: directory,
      timeoutMs: 30_000,
      memorySize: 256,
      environment: {},
      ...changes,
    },
    {
      ...(idleMs !== undefined && { idleMs }),
      output: {
        stdout: (bytes) => {
          written.stdout += Buffer.from(bytes).toString();
        },
        stderr: (bytes) => {
          written.stderr += Buffer.from(bytes).toString();
        },
      },
    },
  );
  sandboxes.push(sandbox);
  return { sandbox, written, path, file };
}

function errorOf(result: InvocationResult) {
  if (result.ok) throw new Error(`The invocation succeeded with ${JSON.stringify(result.payload)}`);
  return result.error;
}

function payloadOf(result: InvocationResult): unknown {
  if (!result.ok) throw new Error(`The invocation failed: ${JSON.stringify(result.error)}`);
  return result.payload;
}

afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the handler', () => {
  test.each([
    ['is asynchronous', 'exports.handler = async (event) => ({ got: event.id });', { got: 7 }],
    ['uses the callback', 'exports.handler = (event, context, callback) => callback(null, event.id);', 7],
    [
      'calls back later',
      'exports.handler = (event, context, callback) => { setTimeout(() => callback(null, "late"), 5); };',
      'late',
    ],
    [
      'calls back with work left over, which is waited for',
      'let done = false; exports.handler = (event, context, callback) => { setTimeout(() => { done = true; }, 20); callback(null, { get done() { return done; } }); };',
      { done: true },
    ],
    ['uses context.succeed', 'exports.handler = (event, context) => { context.succeed("yes"); };', 'yes'],
    ['returns nothing', 'exports.handler = async () => {};', null],
    ['never calls back', 'exports.handler = () => {};', null],
    ['is a default export', 'module.exports = { default: { handler: async () => 1 } };', 1],
    [
      'gets a copy of the event as JSON carries it',
      'exports.handler = async (event) => [event instanceof Object, Object.keys(event)];',
      [true, ['id']],
    ],
  ])('%s', async (_, source, expected) => {
    const { sandbox } = sandboxOf(source);
    expect(payloadOf(await sandbox.invoke({ id: 7, gone: undefined }))).toEqual(expected);
  });

  test('sees the context that Lambda gives', async () => {
    const { sandbox } = sandboxOf(
      'exports.handler = async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() });',
    );
    const result = await sandbox.invoke({});
    expect(payloadOf(result)).toMatchObject({
      awsRequestId: result.requestId,
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'consume',
      functionVersion: '$LATEST',
      invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:.*:function:consume$/),
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/consume',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/),
      remaining: expect.any(Number),
    });
  });

  test('sees its own environment and not that of this process', async () => {
    process.env.ONLY_IN_THIS_PROCESS = 'x';
    process.env.AWS_ACCESS_KEY_ID = 'key';
    try {
      const { sandbox, file } = sandboxOf('exports.handler = async () => process.env;', {
        environment: { KAFKA_TOPIC: 'orders', AWS_REGION: 'eu-west-1' },
      });
      const environment = payloadOf(await sandbox.invoke({}));
      expect(environment).toMatchObject({
        KAFKA_TOPIC: 'orders',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'key',
        AWS_LAMBDA_FUNCTION_NAME: 'consume',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        LAMBDA_TASK_ROOT: directory,
        _HANDLER: `${file}.handler`,
      });
      expect(environment).not.toHaveProperty('ONLY_IN_THIS_PROCESS');
    } finally {
      delete process.env.ONLY_IN_THIS_PROCESS;
      delete process.env.AWS_ACCESS_KEY_ID;
    }
  });

  test('keeps its state from one invocation to the next', async () => {
    const { sandbox } = sandboxOf('let count = 0; exports.handler = async () => ++count;');
    expect([payloadOf(await sandbox.invoke({})), payloadOf(await sandbox.invoke({}))]).toEqual([1, 2]);
  });

  test('runs once per environment at a time: invocations at the same time get their own', async () => {
    const { sandbox } = sandboxOf(
      'let running = 0; exports.handler = async () => { running++; await new Promise((r) => setTimeout(r, 20)); return running--; };',
    );
    const results = await Promise.all([sandbox.invoke({}), sandbox.invoke({}), sandbox.invoke({})]);
    expect(results.map(payloadOf)).toEqual([1, 1, 1]);
  });

  test('environments are used again for a while; then all but one of those without work end', async () => {
    const numbersOf = (sandbox: FunctionSandbox) => async () =>
      (await Promise.all([sandbox.invoke({}), sandbox.invoke({})])).map(payloadOf).toSorted();
    const source = 'const number = Math.random(); exports.handler = async () => number;';

    const patient = numbersOf(sandboxOf(source, {}, 3_600_000).sandbox);
    const numbers = await patient();
    expect(new Set(numbers).size).toBe(2);
    expect(await patient()).toEqual(numbers);

    const impatient = numbersOf(sandboxOf(source, {}, 1).sandbox);
    const known = new Set(await impatient());
    await eventually('an environment has ended', async () => {
      const now = await impatient();
      expect(now.filter((number) => known.has(number))).not.toEqual([]);
      return now.some((number) => !known.has(number));
    });
  });
});

describe('a failure', () => {
  test.each([
    [
      'a rejection',
      'exports.handler = async () => { throw new TypeError("broken"); };',
      'TypeError',
      'broken',
    ],
    ['a throw', 'exports.handler = () => { throw new RangeError("broken"); };', 'RangeError', 'broken'],
    [
      'an error for the callback',
      'exports.handler = (e, c, callback) => callback(new Error("broken"));',
      'Error',
      'broken',
    ],
    ['a thrown string', 'exports.handler = async () => { throw "broken"; };', 'string', 'broken'],
    [
      'an answer that is not JSON',
      'exports.handler = async () => ({ n: 1n });',
      'Runtime.MarshalError',
      /Unable to stringify response body/,
    ],
    [
      'process.exit',
      'exports.handler = async () => { process.exit(3); };',
      'Runtime.ExitError',
      'Runtime exited with error: exit status 3',
    ],
    [
      'process.exit(0)',
      'exports.handler = async () => { process.exit(0); };',
      'Runtime.ExitError',
      'Runtime exited without providing a reason',
    ],
    [
      'an uncaught exception',
      'exports.handler = () => { setTimeout(() => { throw new Error("late"); }, 1); return new Promise((r) => setTimeout(r, 1000)); };',
      'Error',
      'late',
    ],
    [
      'an unhandled rejection',
      'exports.handler = () => { Promise.reject(new Error("lost")); return new Promise((r) => setTimeout(r, 1000)); };',
      'Runtime.UnhandledPromiseRejection',
      'Error: lost',
    ],
    [
      'a promise that is never settled',
      'exports.handler = () => new Promise(() => {});',
      'Runtime.NodeJsExit',
      /never settled/,
    ],
    [
      'a module that throws',
      'throw new Error("no configuration");',
      'Error',
      /handler\d+\.js: no configuration/,
    ],
    [
      'a module that is missing',
      'require("./nowhere"); exports.handler = async () => {};',
      'Runtime.ImportModuleError',
      /handler\d+\.js: Cannot find module/,
    ],
    ['a syntax error', 'exports.handler = (;', 'Runtime.UserCodeSyntaxError', /handler\d+\.js/],
    [
      'no such export',
      'exports.other = 1;',
      'Runtime.HandlerNotFound',
      /handler of .*handler\d+\.js is undefined/,
    ],
  ])('is %s', async (_, source, errorType, errorMessage) => {
    const { sandbox } = sandboxOf(source);
    const error = errorOf(await sandbox.invoke({}));
    expect(error.errorType).toBe(errorType);
    expect(error.errorMessage).toEqual(
      typeof errorMessage === 'string' ? errorMessage : expect.stringMatching(errorMessage),
    );
  });

  test('is a bundle that does not exist; the message names the folder', async () => {
    const { sandbox } = sandboxOf('', { handler: 'nowhere/consume.handler' });
    const error = errorOf(await sandbox.invoke({}));
    expect(error.errorType).toBe('Runtime.ImportModuleError');
    expect(error.errorMessage).toContain(directory);
  });

  test.each([
    ['waits for ever', 'await new Promise((r) => setTimeout(r, 60_000));'],
    ['spins for ever', 'for (;;) {}'],
  ])(
    'is a handler that %s: it is killed at its timeout, and the next invocation starts afresh',
    async (_, loop) => {
      const { sandbox, written } = sandboxOf(
        `let count = 0; exports.handler = async (event) => { count++; console.log("begun"); if (event.hang) ${loop} return count; };`,
        { timeoutMs: 1_000 },
      );
      const result = await sandbox.invoke({ hang: true });
      const { errorType, errorMessage } = errorOf(result);
      expect(errorType).toBe('Sandbox.Timedout');
      expect(errorMessage).toMatch(
        new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${result.requestId} Task timed out after 1.00 seconds$`),
      );
      expect(written.stdout).toBe('begun\n');
      expect(payloadOf(await sandbox.invoke({}))).toBe(1);
    },
  );

  test.each([
    ['exits', 'process.exit(1)', 1],
    ['throws', 'throw new Error("broken")', 2],
  ])('of a handler that %s leaves the next invocation working', async (_, statement, count) => {
    const { sandbox } = sandboxOf(
      `let count = 0; exports.handler = async (event) => { count++; if (event.fail) ${statement}; return count; };`,
    );
    errorOf(await sandbox.invoke({ fail: true }));
    expect(payloadOf(await sandbox.invoke({}))).toBe(count);
  });

  test('is a handler that takes more memory than the function has', async () => {
    const { sandbox } = sandboxOf(
      'exports.handler = async () => { const all = []; for (;;) all.push(new Array(10_000).fill(all.length + 0.5)); };',
      { memorySize: 32, timeoutMs: 20_000 },
    );
    expect(errorOf(await sandbox.invoke({})).errorType).toBe('Runtime.ExitError');
  });
});

describe('the output', () => {
  test('of the handler arrives unchanged and in whole lines', async () => {
    const { sandbox, written } = sandboxOf(
      'exports.handler = async () => { console.log("a\\u00eb"); console.error("problem"); process.stdout.write("b"); process.stdout.write("c\\nd"); };',
    );
    await sandbox.invoke({});
    expect(written).toEqual({ stdout: 'aë\nbc\nd\n', stderr: 'problem\n' });
  });

  test('of a handler that is killed in the middle of its work is not lost', async () => {
    const { sandbox, written } = sandboxOf(
      'exports.handler = async () => { for (let i = 0; i < 100; i++) console.log(i); console.error("now"); console.error("it hangs"); for (;;) {} };',
      { timeoutMs: 1_000 },
    );
    await sandbox.invoke({});
    expect(written.stdout.split('\n')).toHaveLength(101);
    expect(written.stderr).toBe('now\nit hangs\n');
  });

  test('of any size arrives in order', async () => {
    const { sandbox, written } = sandboxOf(
      'exports.handler = async () => { for (const size of [10, 40_000, 40_000, 100_000, 10]) console.log("x".repeat(size)); };',
    );
    await sandbox.invoke({});
    expect(written.stdout.split('\n').map(({ length }) => length)).toEqual([
      10, 40_000, 40_000, 100_000, 10, 0,
    ]);
  });

  test('arrives while the handler is still at work', async () => {
    const { sandbox, written } = sandboxOf(
      'exports.handler = async () => { for (let i = 0; i < 3; i++) console.log(i); await new Promise((r) => setTimeout(r, 60_000)); };',
      { timeoutMs: 60_000 },
    );
    const inFlight = sandbox.invoke({});
    await eventually('its lines are there', () => written.stdout === '0\n1\n2\n');
    await sandbox.close();
    expect((await inFlight).ok).toBe(false);
  });

  test('that was passed on just before the handler was killed is not printed twice', async () => {
    const { sandbox, written } = sandboxOf(
      `const { parentPort } = require('node:worker_threads');
      const post = parentPort.postMessage;
      parentPort.postMessage = function (message, transferred) {
        post.call(this, message, transferred);
        if (message.kind === 'output') process.exit(1);
      };
      exports.handler = async () => console.log('once');`,
    );
    await sandbox.invoke({});
    expect(written.stdout).toBe('once\n');
  });

  test('may be bytes of any type; anything else is refused, and loses nothing', async () => {
    const { sandbox, written } = sandboxOf(
      `const bytes = new TextEncoder().encode('0123456\\n');
      exports.handler = async () => {
        console.log('before');
        process.stdout.write(new Uint16Array(bytes.buffer));
        process.stdout.write(new DataView(bytes.buffer, 4, 4));
        process.stdout.write(5);
      };`,
    );
    expect(errorOf(await sandbox.invoke({})).errorType).toBe('TypeError');
    expect(written.stdout).toBe('before\n0123456\n456\n');
  });

  test('before process.exit is not lost', async () => {
    const { sandbox, written } = sandboxOf(
      'exports.handler = async () => { for (let i = 0; i < 100; i++) console.log(i); process.exit(1); };',
    );
    await sandbox.invoke({});
    expect(written.stdout.split('\n')).toHaveLength(101);
  });
});

test('changed code takes effect with the next invocation, an invocation in flight ends with the old code', async () => {
  const { sandbox, path } = sandboxOf(
    'exports.handler = async () => { await new Promise((r) => setTimeout(r, 50)); return "old"; };',
  );
  expect(payloadOf(await sandbox.invoke({}))).toBe('old');
  const inFlight = sandbox.invoke({});
  writeFileSync(path, 'exports.handler = async () => "new";');
  expect(payloadOf(await sandbox.invoke({}))).toBe('new');
  expect(payloadOf(await inFlight)).toBe('old');
  expect(payloadOf(await sandbox.invoke({}))).toBe('new');
});

test.each([
  ['is half written', (path: string) => writeFileSync(path, 'exports.handler = async () => {')],
  ['is gone', (path: string) => rmSync(path)],
])('a bundle that %s while it is built anew is waited for', async (_, interrupt) => {
  const { sandbox, path } = sandboxOf('exports.handler = async () => "old";');
  expect(payloadOf(await sandbox.invoke({}))).toBe('old');
  interrupt(path);
  const invocation = sandbox.invoke({});
  writeFileSync(path, 'exports.handler = async () => "new";');
  expect(payloadOf(await invocation)).toBe('new');
});

test('an invocation in flight fails when the sandbox is closed', async () => {
  const { sandbox } = sandboxOf('exports.handler = () => new Promise((r) => setTimeout(r, 60_000));');
  const inFlight = sandbox.invoke({});
  await sandbox.close();
  expect((await inFlight).ok).toBe(false);
});

test('the handler gets the events of a mapping whole, also a small one after a large one', async () => {
  const { sandbox } = sandboxOf('exports.handler = async (event) => event');
  const packer = new RecordPacker('orders');
  const envelope = eventEnvelope({ kind: 'self-managed', eventSourceArn: undefined }, ['localhost:9092']);
  const eventOf = (bytes: number) => {
    const headers = [['trace', Buffer.from([0, 127, 128, 255])]] as const;
    const value = Buffer.alloc(bytes, 'x');
    const records = [0, 1].map((offset) => consumedRecord({ offset, key: Buffer.from('k'), value, headers }));
    return kafkaEvent(
      envelope,
      records.map((record) => packer.pack(record)),
    );
  };
  for (const bytes of [3, 100_000, 5]) {
    const event = payloadOf(await sandbox.invoke(eventOf(bytes)));
    const record = {
      topic: 'orders',
      partition: 0,
      timestamp: 1_760_000_000_000,
      timestampType: 'CREATE_TIME',
      key: 'aw==',
      value: Buffer.alloc(bytes, 'x').toString('base64'),
      headers: [{ trace: [0, 127, -128, -1] }],
    };
    expect(event).toEqual({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: 'localhost:9092',
      records: {
        'orders-0': [
          { ...record, offset: 0 },
          { ...record, offset: 1 },
        ],
      },
    });
  }
});
