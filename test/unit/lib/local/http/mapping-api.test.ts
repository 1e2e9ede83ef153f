import { LocalFunctions } from '../../../../../lib/local/function/local-functions.ts';
import { startLambdaApi } from '../../../../../lib/local/http/lambda-api.ts';
import type { LocalServer } from '../../../../../lib/local/http/local-server.ts';
import type { ShownMapping } from '../../../../../lib/local/http/mapping-api.ts';
import type { MappingStatus } from '../../../../../lib/local/mapping/mapping-status.ts';
import { createMetrics } from '../../../../../lib/local/mapping/metrics.ts';
import { createLog } from '../../../../../lib/log.ts';

const status = (uuid: string, functionName: string): MappingStatus => ({
  UUID: uuid,
  FunctionArn: `arn:aws:lambda:eu-west-1:000000000000:function:${functionName}`,
  EventSourceArn: undefined,
  Topics: ['orders'],
  ConsumerGroupId: 'readers',
  State: 'Enabled',
  StateTransitionReason: 'USER_INITIATED',
  LastProcessingResult: 'OK',
  Pollers: 1,
  Partitions: [],
  Metrics: { ...createMetrics(), MaxOffsetLag: 0, SumOffsetLag: 0 },
});
const still = {
  skip: () => undefined,
  reset: () => Promise.reject(new Error('not running')),
  setEnabled: () => false,
};
const asked: boolean[] = [];
const mappings = [
  {
    uuid: 'uuid-1',
    status: async () => status('uuid-1', 'first'),
    skip: (partition: number) => (partition === 0 ? { topic: 'orders', partition, offset: 7 } : undefined),
    reset: async (position: unknown) => new Map([[0, position === 'earliest' ? 0 : 9]]),
    setEnabled: (enabled: boolean) => asked.push(enabled) > 0,
  },
  { uuid: 'uuid-2', status: async () => status('uuid-2', 'second'), ...still },
];

let api: LocalServer;
const start = (shown: readonly ShownMapping[]) =>
  startLambdaApi(
    { host: '127.0.0.1', port: 0 },
    { functions: new LocalFunctions(new Map()), mappings: () => shown, log: createLog({ write: () => {} }) },
  );
const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`);
  return { status: response.status, body: await response.json() };
};

describe('the API of event source mappings', () => {
  beforeEach(async () => {
    api = await start(mappings);
  });
  afterEach(() => api.close());

  test.each([
    ['all of them', '', ['uuid-1', 'uuid-2']],
    ['all of them at the path that the AWS CLI uses', '/', ['uuid-1', 'uuid-2']],
    ['those of a function by its name', '?FunctionName=second', ['uuid-2']],
    [
      'those of a function by its ARN',
      '?FunctionName=arn:aws:lambda:eu-west-1:000000000000:function:first',
      ['uuid-1'],
    ],
    ['none of a function without any', '?FunctionName=third', []],
  ])('lists %s', async (_case, query, uuids) => {
    const { status, body } = await get(`/2015-03-31/event-source-mappings${query}`);
    expect(status).toBe(200);
    expect(Object(body).EventSourceMappings.map(({ UUID }: { UUID: string }) => UUID)).toEqual(uuids);
  });

  test('shows one by its UUID', async () => {
    expect(await get('/2015-03-31/event-source-mappings/uuid-2')).toEqual({
      status: 200,
      body: JSON.parse(JSON.stringify(status('uuid-2', 'second'))),
    });
  });

  describe('UpdateEventSourceMapping', () => {
    const put = async (uuid: string, body: unknown, contentType = 'application/json') => {
      const response = await fetch(`http://127.0.0.1:${api.port}/2015-03-31/event-source-mappings/${uuid}`, {
        method: 'PUT',
        headers: { 'content-type': contentType },
        body: JSON.stringify(body),
      });
      const type = response.headers.get('x-amzn-errortype');
      return { status: response.status, type, body: await response.json() };
    };

    test('enables and disables, and answers with the state', async () => {
      asked.length = 0;
      expect(await put('uuid-1', { Enabled: false })).toMatchObject({
        status: 202,
        body: { UUID: 'uuid-1' },
      });
      expect(await put('uuid-1', { Enabled: true })).toMatchObject({ status: 202 });
      expect(asked).toEqual([false, true]);
    });

    test('of a mapping that is changing is refused, as by AWS', async () => {
      expect(await put('uuid-2', { Enabled: false })).toMatchObject({
        status: 400,
        type: 'ResourceInUseException',
      });
    });

    test.each([
      ['what serverless.yml declares', { Enabled: true, BatchSize: 1 }],
      ['nothing', {}],
      ['no object', 'x'],
    ])('of %s is refused', async (_case, body) => {
      expect(await put('uuid-1', body)).toMatchObject({
        status: 400,
        body: { Message: 'The local run changes Enabled only; all else is declared in serverless.yml' },
      });
    });

    test('is refused to web pages', async () => {
      expect(await put('uuid-1', { Enabled: false }, 'text/plain')).toMatchObject({ status: 403 });
    });

    test('of a mapping that does not exist is not found', async () => {
      expect(await put('uuid-3', { Enabled: false })).toMatchObject({ status: 404 });
    });
  });

  test.each(['/2015-03-31/event-source-mappings/uuid-3', '/', '/2015-03-31/functions'])(
    'answers 404 for %s',
    async (path) => {
      expect(await get(path)).toEqual({
        status: 404,
        body: { Type: 'User', Message: 'The resource you requested does not exist.' },
      });
    },
  );
});

describe('what changes a mapping', () => {
  beforeEach(async () => {
    api = await start(mappings);
  });
  afterEach(() => api.close());
  const post = async (path: string, type = 'application/json') => {
    const url = `http://127.0.0.1:${api.port}/2015-03-31/event-source-mappings/${path}`;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type } });
    return { status: response.status, body: await response.json() };
  };

  test.each([
    ['uuid-1/skip?partition=0', 200, { topic: 'orders', partition: 0, offset: 7 }],
    ['uuid-1/reset?position=earliest', 200, { offsets: { 0: 0 } }],
    ['uuid-1/reset?position=latest', 200, { offsets: { 0: 9 } }],
    [
      'uuid-1/skip?partition=1',
      409,
      expect.objectContaining({ Message: 'Partition 1 has no open record to skip' }),
    ],
    ['uuid-2/reset?position=latest', 409, expect.objectContaining({ Message: 'not running' })],
    ['uuid-1/skip', 400, expect.objectContaining({ Message: expect.stringContaining('skip?partition=0') })],
    [
      'uuid-1/reset?position=7',
      400,
      expect.objectContaining({ Message: expect.stringContaining('earliest') }),
    ],
    ['uuid-3/skip?partition=0', 404, expect.anything()],
  ])('%s is answered %i', async (path, code, body) => {
    expect(await post(path)).toEqual({ status: code, body });
  });

  test('is not done for what a foreign page could send', async () => {
    expect((await post('uuid-1/skip?partition=0', 'text/plain')).status).toBe(403);
  });
});

test('a mapping whose cluster does not answer is an error, not a hang', async () => {
  api = await start([{ uuid: 'uuid-1', status: () => Promise.reject(new Error('no broker')), ...still }]);
  try {
    expect(await get('/2015-03-31/event-source-mappings')).toEqual({
      status: 500,
      body: { Type: 'Service', Message: 'no broker' },
    });
  } finally {
    await api.close();
  }
});
