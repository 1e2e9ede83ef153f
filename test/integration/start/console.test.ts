import { eventually } from '../../../lib/testing/eventually.ts';
import { freePorts, type OfflineProcess, startOffline } from '../../support/offline-process.ts';
import { consumed, post, postedEvent } from '../../support/posted-event.ts';
import { httpText, rawRequest } from '../../support/raw-http.ts';

let offline: OfflineProcess;
beforeAll(async () => {
  offline = startOffline(await freePorts(), { flags: ['--ephemeral'] });
  await offline.started();
});
afterAll(() => offline.stop('SIGINT'));

const url = (path: string): string => `http://localhost:${offline.ports.mappingPort}${path}`;
const page = async (): Promise<string> => (await fetch(url('/'))).text();
const tokenIn = (html: string): string => /console-token" content="(\w+)"/.exec(html)?.[1] ?? '';
const act = async (action: string, body: object, token?: string) => {
  const response = await fetch(url(`/console/${action}`), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-console-token': token ?? tokenIn(await page()),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: Object(await response.json()) };
};
const read = async (path: string) => Object(await (await fetch(url(`/console/${path}`))).json());

test('the banner names the console first', () => {
  expect(offline.output()).toMatch(/Console +http:\/\/localhost:\d+\nHTTP API/);
});

test('the page loads nothing of others, runs no inline script and cannot be framed', async () => {
  const response = await fetch(url('/'));
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  const html = await response.text();
  expect(html.match(/<script[^>]*>[^<]+/g)).toBeNull();
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
  expect(files).toHaveLength(3);
  for (const file of files) {
    const answer = await fetch(url(file));
    expect([file, answer.status, answer.headers.get('cross-origin-resource-policy')]).toEqual([
      file,
      200,
      'same-origin',
    ]);
  }
});

const ports = ['httpPort', 'lambdaPort', 'mappingPort'] as const;

test.each(
  ports.flatMap((port) => [
    [port, 'a name of others that resolves to this machine', { host: 'evil.example' }] as const,
    [port, 'a page of others', { origin: 'https://evil.example' }] as const,
    [port, 'a sandboxed frame', { origin: 'null' }] as const,
  ]),
)('the %s refuses %s', async (port, _case, headers) => {
  const { host = 'localhost', ...others } = { host: undefined, ...headers };
  const given = Object.entries({ ...others, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const request = `GET / HTTP/1.1\r\nhost: ${host}\r\n${given.join('')}\r\n`;
  expect((await rawRequest(offline.ports[port], request)).status).toBe(403);
});

test.each([
  ['no token', ''],
  ['a token of another run', 'f'.repeat(64)],
])('nothing is changed with %s', async (_case, token) => {
  const fault = { functionName: 'consume', kind: 'fail', times: 1 };
  expect(await act('function-fault', fault, token)).toEqual({
    status: 403,
    body: { message: 'The page is of an earlier run: reload it' },
  });
});

test('an event that is published by the page is told from the request to the commit', async () => {
  const answer = await act('publish', { body: JSON.stringify(postedEvent(7)) });
  const { topic, partition, offset } = JSON.parse(answer.body.body).deliveries[0];
  const detail = await eventually('a commit', async () => {
    const event = await read(`event?place=${encodeURIComponent(`${topic}/${partition}/${offset}`)}`);
    return (
      event.row.state === 'done' &&
      event.steps.some(({ title }: { title: string }) => title === 'Committed') &&
      event
    );
  });
  expect(detail.row).toMatchObject({ type: 'message.posted', key: '7', attempts: 1 });
  const titles = detail.steps.map(({ title }: { title: string }) => title.replace(/, batch.*/, ''));
  expect(new Set(titles)).toEqual(
    new Set([
      'Posted',
      'Appended',
      'Answered 202',
      'Polled by the mapping',
      'Attempt 1',
      'Processed',
      'Committed',
    ]),
  );
  expect(detail.lines).toEqual([
    expect.objectContaining({ functionName: 'consume', text: expect.stringContaining('event consumed') }),
  ]);
});

test('a function that fails on demand is called again until it is healed', async () => {
  expect((await act('function-fault', { functionName: 'consume', kind: 'fail', times: 2 })).status).toBe(200);
  const { body } = await post(offline.ports, postedEvent(8));
  const { topic, partition, offset } = Object(body).deliveries[0];
  const detail = await eventually('the third attempt', async () => {
    const event = await read(`event?place=${encodeURIComponent(`${topic}/${partition}/${offset}`)}`);
    return event.row.state === 'done' && event;
  });
  expect(detail.row.attempts).toBe(3);
  await consumed(offline, 2);
});

test('a poisoned record becomes a dead letter, which is edited and replayed', async () => {
  expect((await act('poison', { type: 'message.posted' })).status).toBe(200);
  const letter = await eventually('the dead letter', async () => {
    const { letters } = await read('dead-letters');
    return letters[0];
  });
  expect(letter).toMatchObject({ type: 'message.posted', reason: 'malformed', replayed: false });
  const value = JSON.stringify({ id: 9, message: 'edited', timestamp: 1 });
  const [topic] = letter.coordinates.split('/');
  expect((await act('replay', { topic, coordinates: [letter.coordinates], value })).status).toBe(200);
  await eventually('the edited event', () =>
    offline.lines('event consumed').some((line) => Object(line.event).data?.message === 'edited'),
  );
  await eventually('the letter as replayed', async () => (await read('dead-letters')).letters[0].replayed);
});

test('a stream begins with the events there are', async () => {
  const abort = new AbortController();
  const response = await fetch(url('/console/stream?search=type:message.posted'), { signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('"rows"')) break;
  }
  abort.abort();
  expect(text).toMatch(/^event: run\ndata: "\w+"\n\n/);
  expect(text).toContain('"type":"message.posted"');
});

test('on a cluster of others the console reads, and changes nothing unless it is asked to', async () => {
  const others = { KAFKA_BROKERS: `127.0.0.1:${offline.ports.kafkaPort}` };
  const reading = startOffline(await freePorts(), { environment: others });
  await reading.started();
  const html = await (await fetch(`http://localhost:${reading.ports.mappingPort}/`)).text();
  const at = (path: string) => `http://localhost:${reading.ports.mappingPort}/console/${path}`;
  const service = Object(await (await fetch(at('service'))).json());
  expect(service).toMatchObject({ embedded: false, readOnly: true });
  for (const action of [
    'publish',
    'poison',
    'replay',
    'skip',
    'reset',
    'function-fault',
    'broker-fault',
    'deliver-twice',
  ]) {
    const response = await fetch(at(action), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-console-token': tokenIn(html) },
      body: '{}',
    });
    expect([action, response.status]).toEqual([action, 403]);
  }
  const { body } = await post(reading.ports, postedEvent(41));
  const { topic, partition, offset } = Object(body).deliveries[0];
  await eventually('the event that its mapping has fetched', async () => {
    const event = Object(await (await fetch(at(`event?place=${topic}/${partition}/${offset}`))).json());
    return event.row?.state === 'done';
  });
  expect(await reading.stop('SIGINT')).toBe(0);
});

test('what it is asked for must exist', async () => {
  expect((await act('skip', { mapping: 'none', partition: 0 })).body).toEqual({
    message: 'There is no such mapping',
  });
  expect((await act('nothing', {})).status).toBe(404);
  expect((await fetch(url('/console/event?place=events/0/999'))).status).toBe(404);
  const headers = { 'x-console-token': tokenIn(await page()), 'content-type': 'application/json' };
  const request = httpText('POST', '/console/skip', headers, '[]');
  expect((await rawRequest(offline.ports.mappingPort, request)).status).toBe(400);
});
