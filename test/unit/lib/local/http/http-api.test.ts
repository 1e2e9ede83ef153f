import { once } from 'node:events';
import { connect } from 'node:net';
import type { Service } from '../../../../../lib/build/framework.ts';
import type { LocalFunctions } from '../../../../../lib/local/function/local-functions.ts';
import { allowsOrigin } from '../../../../../lib/local/http/http-api/cors.ts';
import { parseHttpApi } from '../../../../../lib/local/http/http-api/declaration.ts';
import { createHttpApi, MAX_REQUEST_BYTES } from '../../../../../lib/local/http/http-api/http-api.ts';
import { type LocalServer, startLocalServer } from '../../../../../lib/local/http/local-server.ts';
import { createLog } from '../../../../../lib/log.ts';
import { fixtureFunctions } from '../../../../support/fixture-functions.ts';
import { httpText, rawRequest } from '../../../../support/raw-http.ts';

const log = createLog({ write: () => {} });
const json = { 'content-type': 'application/json' };

const service = (httpApi: unknown, events: Readonly<Record<string, readonly unknown[]>>): Service => ({
  service: 'service',
  provider: { name: 'aws', httpApi },
  functions: Object.fromEntries(
    Object.entries(events).map(([name, routes]) => [
      name,
      { events: routes.map((httpApiEvent) => ({ httpApi: httpApiEvent })) },
    ]),
  ),
});

async function serve(declared: Service, functions: LocalFunctions): Promise<LocalServer> {
  const declaration = parseHttpApi(declared);
  const { cors } = declaration;
  return await startLocalServer(
    {
      host: '127.0.0.1',
      port: 0,
      maxBodyBytes: MAX_REQUEST_BYTES,
      log,
      access: { acceptsOrigin: (origin) => cors !== undefined && allowsOrigin(cors, origin) },
    },
    createHttpApi(declaration, functions, log),
  );
}

const fixture = fixtureFunctions({
  echo: 'async (event) => event',
  answer: 'async (event) => JSON.parse(event.body)',
  value: 'async () => ({ a: 1 })',
  text: 'async () => "plain"',
  nothing: 'async () => {}',
  fail: 'async () => { throw new Error("secret"); }',
  exit: 'async () => process.exit(1)',
});
let server: LocalServer;
let cors: LocalServer;

beforeAll(async () => {
  server = await serve(
    service(undefined, {
      echo: [
        'POST /echo',
        { method: 'get', path: '/things/{id}' },
        'ANY /greedy/{proxy+}',
        'GET /echo',
        'PUT things',
      ],
      answer: ['POST /answer', 'GET /things/static'],
      value: ['GET /value', 'ANY /things/{id}'],
      text: ['GET /text'],
      nothing: ['GET /nothing'],
      fail: ['GET /fail'],
      exit: ['GET /exit'],
    }),
    fixture.functions,
  );
  const allowed = {
    cors: {
      allowedOrigins: ['https://app.example'],
      allowedHeaders: ['Content-Type'],
      allowCredentials: true,
      maxAge: 60,
    },
  };
  cors = await serve(service(allowed, { echo: ['POST /echo'], answer: ['POST /answer'] }), fixture.functions);
});
afterAll(async () => {
  await Promise.all([server, cors].map((each) => each.close()));
  await fixture.remove();
});

const ask = (
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
) => rawRequest(server.port, httpText(method, target, headers, body));

/** Has the function return the value. */
const returned = (value: unknown) => ask('POST', '/answer', json, JSON.stringify(value));

describe('the event of a request', () => {
  test('is of payload format 2.0', async () => {
    const response = await ask(
      'POST',
      '/echo?a=1&b=x%20y&a=2',
      { ...json, 'user-agent': 'test', 'X-Two': 'a' },
      '{"x":1}',
    );
    expect(response.status).toBe(200);
    expect(response.header('content-type')).toBe('application/json');
    const event = response.json();
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /echo',
      rawPath: '/echo',
      rawQueryString: 'a=1&b=x%20y&a=2',
      headers: {
        host: 'localhost',
        'content-length': '7',
        'content-type': 'application/json',
        'user-agent': 'test',
        'x-two': 'a',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[\da-f]{8}-[\da-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': String(server.port),
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { a: '1,2', b: 'x y' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        domainName: 'localhost',
        domainPrefix: 'localhost',
        http: {
          method: 'POST',
          path: '/echo',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        requestId: response.header('apigw-requestid'),
        routeKey: 'POST /echo',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"x":1}',
      isBase64Encoded: false,
    });
  });

  test('joins headers that occur more than once, and tells cookies apart', async () => {
    const text =
      'GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1; b=2\r\nCookie: c=3\r\n\r\n';
    const event = (await rawRequest(server.port, text)).json();
    expect(event.cookies).toEqual(['a=1', 'b=2', 'c=3']);
    expect(event.headers).toMatchObject({ 'x-a': '1,2' });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.headers).not.toHaveProperty('connection');
    expect(event).not.toHaveProperty('body');
    expect(event.isBase64Encoded).toBe(false);
  });

  test.each([
    ['text of JSON', 'application/json', '{}', false],
    ['JSON with a charset', 'application/json; charset=utf-8', '{}', false],
    ['plain text', 'text/plain', 'a', false],
    ['XML', 'application/xml', '<a/>', false],
    ['JavaScript', 'application/javascript', '1', false],
    ['a suffix of JSON', 'application/cloudevents+json', '{}', true],
    ['a form', 'application/x-www-form-urlencoded', 'a=1', true],
    ['bytes', 'application/octet-stream', 'a', true],
    ['no content type', undefined, 'a', true],
  ])('holds %s as API Gateway does', async (_case, type, body, isBase64Encoded) => {
    const event = (
      await ask('POST', '/echo', type === undefined ? {} : { 'content-type': type }, body)
    ).json();
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(event.body).toBe(isBase64Encoded ? Buffer.from(body).toString('base64') : body);
  });

  test('keeps every byte of text that is not UTF-8', async () => {
    const event = (await ask('POST', '/echo', json, Buffer.from([0x22, 0xe9, 0x22]))).json();
    expect(event).toMatchObject({
      isBase64Encoded: true,
      body: Buffer.from([0x22, 0xe9, 0x22]).toString('base64'),
    });
  });

  test('holds UTF-8 in a header as it was meant', async () => {
    const event = (await ask('GET', '/echo', { 'ce-subject': 'Zoë €' })).json();
    expect(event.headers).toMatchObject({ 'ce-subject': 'Zoë €' });
  });

  test('decodes path and variables, not the query string', async () => {
    const event = (await ask('GET', '/things/a%20b?q=%20')).json();
    expect(event).toMatchObject({
      rawPath: '/things/a b',
      pathParameters: { id: 'a b' },
      rawQueryString: 'q=%20',
    });
  });
});

describe('routes', () => {
  test.each([
    ['the closest path first', 'GET', '/things/1', 'GET /things/{id}'],
    ['the method itself before any', 'GET', '/things/2', 'GET /things/{id}'],
    ['a greedy variable', 'DELETE', '/greedy/a/b', 'ANY /greedy/{proxy+}'],
    ['a path without its first slash', 'PUT', '/things', 'PUT /things'],
  ])('match %s', async (_case, method, path, routeKey) => {
    expect((await ask(method, path)).json().routeKey).toBe(routeKey);
  });

  test.each([
    ['an unknown path', 'GET', '/other'],
    ['another method', 'DELETE', '/echo'],
    ['HEAD', 'HEAD', '/echo'],
    ['a slash too many', 'GET', '/echo/'],
    ['an empty variable', 'GET', '/things/'],
    ['nothing where a greedy variable is', 'GET', '/greedy/'],
    ['two slashes', 'GET', '//'],
    ['two slashes and a name', 'GET', '//echo'],
  ])('answer 404 to %s', async (_case, method, path) => {
    const response = await ask(method, path);
    expect(response.status).toBe(404);
    if (method !== 'HEAD') expect(response.json()).toEqual({ message: 'Not Found' });
  });

  test('`*` takes what no other route does', async () => {
    const all = await serve(service(undefined, { echo: ['*'], value: ['GET /value'] }), fixture.functions);
    const routeKey = async (path: string) => (await rawRequest(all.port, httpText('GET', path))).json();
    expect(await routeKey('/any/thing')).toMatchObject({ routeKey: '$default' });
    expect(await routeKey('/value')).toEqual({ a: 1 });
    await all.close();
  });

  test('of payload format 1.0 are refused by name', () => {
    expect(() => parseHttpApi(service({ payload: '1.0' }, { echo: ['GET /'] }))).toThrow(
      /^echo: .*payload: '2\.0'$/,
    );
  });

  test.each([
    ['aws_iam', { type: 'aws_iam' }, 'aws_iam'],
    ['one of the service', { name: 'users' }, 'jwt'],
    ['one of the service, by its name', 'users', 'jwt'],
  ])('know their authorizer: %s', (_case, authorizer, kind) => {
    const declared = service(
      { authorizers: { users: { type: 'jwt' } } },
      { echo: [{ method: 'GET', path: '/', authorizer }] },
    );
    expect(parseHttpApi(declared).routes[0]?.authorizer).toBe(kind);
  });
});

describe('the response', () => {
  test('is what the function returned', async () => {
    const response = await returned({
      statusCode: 201,
      headers: { 'X-A': 1, 'content-type': 'text/html' },
      cookies: ['a=1', 'b=2'],
      body: 'é',
    });
    expect(response.status).toBe(201);
    expect(response.header('x-a')).toBe('1');
    expect(response.header('content-type')).toBe('text/html');
    expect(response.headers.filter(([name]) => name === 'set-cookie')).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    expect(response.body).toBe('é');
  });

  test('decodes base64', async () => {
    const response = await returned({ statusCode: 200, isBase64Encoded: true, body: 'w6k=' });
    expect(response.body).toBe('é');
  });

  test.each([
    ['/value', '{"a":1}'],
    ['/text', 'plain'],
    ['/nothing', 'null'],
  ])('of %s is inferred', async (path, body) => {
    const response = await ask('GET', path);
    expect(response.status).toBe(200);
    expect(response.header('content-type')).toBe('application/json');
    expect(response.body).toBe(body);
  });

  test.each([
    ['a status that is none', { statusCode: 'abc' }],
    ['a status out of range', { statusCode: 99 }],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
    ['base64 that is none', { statusCode: 200, body: '***', isBase64Encoded: true }],
    ['a header that breaks the line', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
    ['a header name that is none', { statusCode: 200, headers: { 'a b': 'c' } }],
  ])('with %s is an internal error', async (_case, value) => {
    const response = await returned(value);
    expect(response.status).toBe(500);
    expect(response.json()).toEqual({ message: 'Internal Server Error' });
  });

  test.each(['/fail', '/exit'])('of a function that fails at %s tells nothing', async (path) => {
    const response = await ask('GET', path);
    expect(response.status).toBe(500);
    expect(response.body).toBe('{"message":"Internal Server Error"}');
  });

  test('is 503 when the function, with its start, takes longer than its integration waits', async () => {
    const load =
      '(() => { const end = Date.now() + 1500; while (Date.now() < end); return async () => 1; })()';
    const slow = fixtureFunctions({ slow: load }, { timeoutMs: 100 });
    const api = await serve(service(undefined, { slow: ['GET /'] }), slow.functions);
    const response = await rawRequest(api.port, httpText('GET', '/'));
    expect(response.status).toBe(503);
    expect(response.json()).toEqual({ message: 'Service Unavailable' });
    await api.close();
    await slow.remove();
  });
});

describe('limits', () => {
  test.each([
    ['of 10 MB and more', MAX_REQUEST_BYTES + 1],
    ['that does not fit into an invocation', 6 * 1024 * 1024],
  ])('a body %s is answered 413', async (_case, bytes) => {
    const response = await ask('POST', '/echo', { 'content-type': 'text/plain' }, Buffer.alloc(bytes, 'a'));
    expect(response.status).toBe(413);
    expect(response.json()).toEqual({ message: 'Request Entity Too Large' });
  });

  test('a body of more than 64 MB is answered 413 before it ends', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const answered = once(socket, 'data');
    const headers = {
      'transfer-encoding': 'chunked',
      'content-type': 'text/plain',
      connection: 'keep-alive',
    };
    socket.write(httpText('POST', '/echo', headers));
    const chunk = Buffer.from(`100000\r\n${'a'.repeat(0x100000)}\r\n`);
    for (let sent = 0; sent < 65; sent++) socket.write(chunk);
    const [answer] = await answered;
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
  });

  test('request line and header values of more than 10,240 bytes are answered 431', async () => {
    expect((await ask('GET', '/echo', { 'x-a': 'a'.repeat(10_240) })).status).toBe(431);
    expect((await ask('GET', `/echo?${'a'.repeat(10_240)}`)).status).toBe(431);
    expect((await ask('GET', '/echo', { 'x-a': 'a'.repeat(10_000) })).status).toBe(200);
    expect((await ask('GET', '/echo', { 'x-a': 'a'.repeat(100_000) })).status).toBe(431);
  });
});

describe('malformed requests', () => {
  test.each([
    ['a broken escape', httpText('GET', '/%')],
    ['an escape that is no UTF-8', httpText('GET', '/%ff')],
    ['no path', httpText('GET', '*')],
    ['no HTTP', Buffer.from('hello\r\n\r\n')],
    ['no Host', Buffer.from('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')],
  ])('with %s are answered 400', async (_case, request) => {
    expect((await rawRequest(server.port, request)).status).toBe(400);
  });

  test('a target that is a whole URL is its path', async () => {
    expect((await ask('GET', 'http://localhost/value')).body).toBe('{"a":1}');
  });
});

describe('access', () => {
  test.each([
    'a:b:c',
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '169.254.0.1',
    '[::2]',
    '',
  ])('the Host "%s" is refused', async (host) => {
    const response = await ask('GET', '/value', { host });
    expect(response.status).toBe(403);
    expect(response.json().message).toContain('--host');
  });

  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '[::1]', '[::1]:3000'])(
    'the Host "%s" is served',
    async (host) => {
      expect((await ask('GET', '/value', { host })).status).toBe(200);
    },
  );

  test.each([
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'file://',
    'http://localhost:1@evil.example',
  ])('the Origin %s is refused', async (origin) => {
    const response = await ask('POST', '/echo', { ...json, origin }, '{}');
    expect(response.status).toBe(403);
    expect(response.header('access-control-allow-origin')).toBeUndefined();
  });

  test('a page of this machine is answered, and allowed nothing that is not declared', async () => {
    const response = await ask('GET', '/value', { origin: 'http://localhost:5173' });
    expect(response.status).toBe(200);
    expect(response.header('access-control-allow-origin')).toBeUndefined();
  });
});

describe('CORS as declared', () => {
  const askCors = (method: string, target: string, headers: Record<string, string>, body = '') =>
    rawRequest(cors.port, httpText(method, target, headers, body));
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };

  test('answers a preflight request without the function', async () => {
    const response = await askCors('OPTIONS', '/echo', { origin: 'https://app.example', ...preflight });
    expect(response.status).toBe(204);
    expect(response.header('access-control-allow-origin')).toBe('https://app.example');
    expect(response.header('access-control-allow-credentials')).toBe('true');
    expect(response.header('access-control-allow-methods')).toBe('OPTIONS,POST');
    expect(response.header('access-control-allow-headers')).toBe('content-type');
    expect(response.header('access-control-max-age')).toBe('60');
  });

  test('replaces what the function says', async () => {
    const origin = 'https://app.example';
    const value = {
      statusCode: 200,
      headers: { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Foo': 'x' },
    };
    const response = await askCors('POST', '/answer', { ...json, origin }, JSON.stringify(value));
    expect(response.headers.filter(([name]) => name.startsWith('access-control-'))).toEqual([
      ['access-control-allow-origin', origin],
      ['access-control-allow-credentials', 'true'],
    ]);
  });

  test('refuses other origins', async () => {
    const response = await askCors('OPTIONS', '/echo', { origin: 'https://evil.example', ...preflight });
    expect(response.status).toBe(403);
    expect(response.header('access-control-allow-origin')).toBeUndefined();
  });

  test('with `cors: true` allows every origin, without credentials', () => {
    expect(parseHttpApi(service({ cors: true }, { echo: ['POST /echo'] })).cors).toMatchObject({
      allowOrigins: ['*'],
      allowMethods: ['OPTIONS', 'POST'],
      allowCredentials: false,
    });
  });
});
