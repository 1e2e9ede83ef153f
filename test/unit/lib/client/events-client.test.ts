import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import {
  createEventsClient,
  type EventDelivery,
  type EventsClient,
  PublishError,
} from '../../../../lib/client/events-client.ts';

const placed = { orderId: '7', carrier: 'post' };
const problem = (status: number, code: string, retriable: boolean, extension: object = {}) =>
  new Response(JSON.stringify({ status, code, retriable, detail: `It is ${code}.`, ...extension }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '0' },
  });
const delivered = (id: string) => ({ id, topic: 'events', partition: 0, offset: 4, timestamp: 5 });
const accepted = (...deliveries: readonly object[]) =>
  new Response(JSON.stringify({ deliveries }), { status: 202 });

/** A client of a service that answers one thing after the other, and what it was sent. */
function clientOf(...answers: readonly (Response | Error)[]) {
  const requests: { headers: Record<string, string>; events: readonly Record<string, unknown>[] }[] = [];
  const client = createEventsClient({
    url: 'https://api.example.com/',
    pauseMs: 1,
    attempts: answers.length,
    authorize: () => ({ authorization: `Bearer ${requests.length}` }),
    fetch: async (_url, init) => {
      requests.push({ headers: Object(init?.headers), events: JSON.parse(String(init?.body)) });
      const answer = answers[requests.length - 1];
      if (answer instanceof Response) return answer;
      throw answer ?? new Error('asked too often');
    },
  });
  return { client, requests };
}

const outcome = (publishing: Promise<EventDelivery>) =>
  publishing.catch((error: unknown) => (error instanceof PublishError ? error.failed : error));

describe('publish', () => {
  test('answers with the delivery', async () => {
    const { client, requests } = clientOf(accepted(delivered('a')));
    expect(await client.publish('order.shipped', placed, { id: 'a' })).toEqual({
      status: 'delivered',
      ...delivered('a'),
    });
    expect(requests).toEqual([
      {
        headers: {
          'content-type': 'application/cloudevents-batch+json',
          authorization: 'Bearer 0',
        },
        events: [
          {
            specversion: '1.0',
            source: '/events',
            type: 'order.shipped',
            id: 'a',
            time: expect.any(String),
            data: placed,
          },
        ],
      },
    ]);
  });

  test.each<[string, Response | Error]>([
    ['a retriable problem', problem(503, 'broker_unreachable', true)],
    ['an unconfirmed delivery', problem(503, 'delivery_unconfirmed', true)],
    ['a lost connection', new TypeError('fetch failed')],
    ['a time-out of API Gateway', new Response('{"message":"Service Unavailable"}', { status: 503 })],
    ['an answer that is not JSON', new Response('<html>', { status: 502 })],
    ['throttling', new Response('{"message":"Too Many Requests"}', { status: 429 })],
    ['a report that is not about the event', accepted(delivered('b'))],
  ])('sends the same event again after %s', async (_what, failure) => {
    const { client, requests } = clientOf(failure, accepted(delivered('a')));
    expect(await client.publish('order.shipped', placed, { id: 'a' })).toMatchObject({ offset: 4 });
    expect(requests).toHaveLength(2);
    expect(requests[1]?.events).toEqual(requests[0]?.events);
    expect(requests[1]?.headers.authorization).toBe('Bearer 1');
  });

  test.each<[string, Response, object]>([
    [
      'a problem that is not retriable',
      problem(422, 'schema_violation', false, {
        errors: [{ index: 0, pointer: '/data', message: 'Is missing.' }],
      }),
      { code: 'schema_violation', errors: [{ index: 0, pointer: '/data', message: 'Is missing.' }] },
    ],
    [
      'a wrong signature',
      new Response('{"message":"Forbidden"}', { status: 403 }),
      { code: 'request_refused' },
    ],
  ])('does not repeat %s', async (_what, answer, expected) => {
    const { client, requests } = clientOf(answer, accepted(delivered('a')));
    expect(await outcome(client.publish('order.shipped', placed, { id: 'a' }))).toMatchObject({
      status: 'failed',
      id: 'a',
      retriable: false,
      ...expected,
    });
    expect(requests).toHaveLength(1);
  });

  test('gives up in the end, and says that the event may have been accepted', async () => {
    const { client } = clientOf(new TypeError('fetch failed'), problem(503, 'broker_unreachable', true));
    expect(await outcome(client.publish('order.shipped', placed))).toMatchObject({
      code: 'delivery_unconfirmed',
      retriable: true,
    });
  });

  test('reports credentials that cannot be had, and sends nothing', async () => {
    const client = createEventsClient({
      url: 'https://api.example.com',
      authorize: () => Promise.reject(new Error('The session has expired.')),
      fetch: () => Promise.reject(new Error('must not be called')),
    });
    await expect(client.publish('order.shipped', placed)).rejects.toThrow(
      'request_refused: The request cannot be signed: The session has expired.',
    );
  });

  test('sends the data as it was given, whatever happens to it later', async () => {
    const { client, requests } = clientOf(new TypeError('fetch failed'), accepted(delivered('a')));
    const data = { ...placed };
    const publishing = client.publish('order.shipped', data, { id: 'a' });
    data.carrier = 'raven';
    await publishing;
    expect(requests.map(({ events }) => events[0]?.data)).toEqual([placed, placed]);
  });
});

test('of a batch only what is retriable is sent again, and the outcomes keep their order', async () => {
  const failed = (id: string, code: string, retriable: boolean) => ({
    ...{ id, topic: 'events', status: 'failed', code, retriable },
  });
  const { client, requests } = clientOf(
    accepted(failed('a', 'delivery_refused', true), delivered('b'), failed('c', 'record_too_large', false)),
    accepted(delivered('a')),
  );
  const events = ['a', 'b', 'c'].map((id) => ({ type: 'order.shipped', data: placed, id }) as const);
  const outcomes = await client.publishAll(events);
  expect(outcomes.map(({ id, status }) => [id, status])).toEqual([
    ['a', 'delivered'],
    ['b', 'delivered'],
    ['c', 'failed'],
  ]);
  expect(requests[1]?.events.map(({ id }) => id)).toEqual(['a']);
});

test('what is wrong does not compile', () => {
  const misuse = (client: EventsClient) => [
    // @ts-expect-error: the type is not in the catalogue
    client.publish('order.eaten', placed),
    // @ts-expect-error: a field is missing
    client.publish('order.shipped', { orderId: '7' }),
    // @ts-expect-error: a field has the wrong type
    client.publish('order.shipped', { orderId: 7, carrier: 'post' }),
    // @ts-expect-error: the data is that of another type
    client.publishAll([{ type: 'message.posted', data: placed }]),
  ];
  expect(misuse).toEqual(expect.any(Function));
});

test('both files run in a browser, which has nothing of Node.js', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './lib/client/events-client.ts'; export * from './lib/client/iam-authorization.ts';`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'client',
    write: false,
  });
  const sent: string[] = [];
  const web = {
    ...{ AbortSignal, crypto, setTimeout, structuredClone, TextDecoder, TextEncoder, URL, Uint8Array },
    fetch: async (_url: string, init: { headers: Record<string, string>; body: string }) => {
      sent.push(init.headers.authorization ?? '');
      return accepted(delivered(JSON.parse(init.body)[0].id));
    },
  };
  const published: unknown = await runInNewContext(
    `${outputFiles[0]?.text}
     client.createEventsClient({
       url: 'https://api.example.com',
       authorize: client.iamAuthorization({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }),
     }).publish('order.shipped', { orderId: '7', carrier: 'post' })`,
    web,
  );
  expect(published).toMatchObject({ status: 'delivered', offset: 4 });
  expect(sent).toEqual([expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=a\/.*execute-api/)]);
});
