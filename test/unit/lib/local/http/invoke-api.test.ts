import { startLambdaApi } from '../../../../../lib/local/http/lambda-api.ts';
import type { LocalServer } from '../../../../../lib/local/http/local-server.ts';
import { createLog } from '../../../../../lib/log.ts';
import { eventually } from '../../../../../lib/testing/eventually.ts';
import { fixtureFunctions } from '../../../../support/fixture-functions.ts';
import { httpText, rawRequest } from '../../../../support/raw-http.ts';

const fixture = fixtureFunctions({
  echo: 'async (event) => event',
  fail: 'async () => { throw new TypeError("no way"); }',
  exit: 'async () => process.exit(1)',
});
const lines: Record<string, unknown>[] = [];
const log = createLog({ write: (line) => lines.push(Object(JSON.parse(line))) });
let api: LocalServer;

beforeAll(async () => {
  api = await startLambdaApi(
    { host: '127.0.0.1', port: 0 },
    { functions: fixture.functions, mappings: () => [], log },
  );
});
afterAll(async () => {
  await api.close();
  await fixture.remove();
});

const json = { 'content-type': 'application/json' };
const invoke = (name: string, body: string | Buffer = '{}', headers: Record<string, string> = json) =>
  rawRequest(api.port, httpText('POST', `/2015-03-31/functions/${name}/invocations`, headers, body));

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:service-dev-echo';

test.each([
  ['its name in serverless.yml', 'echo'],
  ['its deployed name', 'service-dev-echo'],
  ['its ARN', encodeURIComponent(arn)],
  ['its qualified ARN', encodeURIComponent(`${arn}:$LATEST`)],
])('a function is invoked by %s', async (_case, name) => {
  const response = await invoke(name, '{"a":[1]}');
  expect(response.status).toBe(200);
  expect(response.body).toBe('{"a":[1]}');
  expect(response.header('x-amz-executed-version')).toBe('$LATEST');
  expect(response.header('x-amz-function-error')).toBeUndefined();
});

test('no payload is an empty object', async () => {
  expect((await invoke('echo', '')).body).toBe('{}');
});

test.each([
  ['throws', 'fail', { errorType: 'TypeError', errorMessage: 'no way', trace: expect.any(Array) }],
  [
    'ends its process',
    'exit',
    { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 1') },
  ],
])('a function that %s is answered as its error', async (_case, name, error) => {
  const response = await invoke(name);
  expect(response.status).toBe(200);
  expect(response.header('x-amz-function-error')).toBe('Unhandled');
  expect(response.json()).toEqual(error);
});

test('a function that does not exist is named, with those that do', async () => {
  const response = await invoke('provision');
  expect(response.status).toBe(404);
  expect(response.header('x-amzn-errortype')).toBe('ResourceNotFoundException');
  expect(response.json().Message).toBe('Function not found: provision. There are: echo, fail, exit');
});

test.each([
  ['that is no JSON', '{', 400, 'InvalidRequestContentException'],
  ['of more than 6 MB', Buffer.alloc(6 * 1024 * 1024 + 1, '1'), 413, 'RequestTooLargeException'],
])('a payload %s is refused', async (_case, payload, status, type) => {
  const response = await invoke('echo', payload);
  expect(response.status).toBe(status);
  expect(response.header('x-amzn-errortype')).toBe(type);
});

test('an asynchronous payload has 1 MB at most', async () => {
  const payload = Buffer.alloc(1024 * 1024 + 1, '1');
  expect((await invoke('echo', payload, { 'x-amz-invocation-type': 'Event' })).status).toBe(413);
});

test('an asynchronous invocation is answered at once, and its failure is logged', async () => {
  const response = await invoke('fail', '{}', { 'x-amz-invocation-type': 'Event' });
  expect(response.status).toBe(202);
  expect(response.body).toBe('');
  const line = await eventually('the failure', () =>
    lines.find(({ message }) => message === 'asynchronous invocation failed'),
  );
  expect(line).toMatchObject({ level: 'error', function: 'fail', errorType: 'TypeError' });
});

test('an asynchronous invocation with garbage is refused, as on AWS', async () => {
  expect((await invoke('echo', 'garbage', { 'x-amz-invocation-type': 'Event' })).status).toBe(400);
});

test('a dry run invokes nothing', async () => {
  expect((await invoke('exit', '{}', { 'x-amz-invocation-type': 'DryRun' })).status).toBe(204);
});

test('an unknown invocation type is refused', async () => {
  const response = await invoke('echo', '{}', { 'x-amz-invocation-type': 'Sometimes' });
  expect(response.header('x-amzn-errortype')).toBe('InvalidParameterValueException');
});

describe('what a foreign page can send', () => {
  test.each([
    ['no content type', {}],
    ['text', { 'content-type': 'text/plain' }],
    ['text that looks like JSON', { 'content-type': 'text/plain; a=application/json' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a file', { 'content-type': 'multipart/form-data; boundary=a' }],
  ])('invokes nothing: %s', async (_case, headers) => {
    const response = await invoke('echo', '{}', headers);
    expect(response.status).toBe(403);
    expect(response.json().message).toContain('content-type: application/json');
  });

  test('a preflight request is allowed nothing', async () => {
    const headers = { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' };
    const target = '/2015-03-31/functions/echo/invocations';
    const response = await rawRequest(api.port, httpText('OPTIONS', target, headers));
    expect(response.status).toBe(404);
    expect(response.headers.filter(([name]) => name.startsWith('access-control-'))).toEqual([]);
  });

  test.each([
    ['a foreign Origin', { ...json, origin: 'https://evil.example' }],
    ['a foreign Host', { ...json, host: 'evil.example' }],
  ])('is refused with %s', async (_case, headers) => {
    expect((await invoke('echo', '{}', headers)).status).toBe(403);
  });
});

test.each([
  '//',
  '//a',
  '/%',
  '/%ff',
  '*',
  '/..',
  '/?%',
  'http://[',
  '/2015-03-31/functions/%/invocations',
  '\\',
])('the target %s ends nothing', async (target) => {
  for (const method of ['GET', 'POST']) {
    const { status } = await rawRequest(api.port, httpText(method, target, json));
    expect([400, 404]).toContain(status);
  }
  expect((await invoke('echo', '1')).body).toBe('1');
});
