import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { ServiceError } from '../../../../lib/errors.ts';
import { createPublishHandler, publishHandler } from '../../../../lib/http/publish-handler.ts';
import type { Delivery, Producer } from '../../../../lib/kafka/producer/producer.ts';
import type { KafkaRecord } from '../../../../lib/kafka/record.ts';
import {
  type HttpInput,
  httpEvent,
  latticeEvent,
  latticeEvent2,
  loadBalancerEvent,
  multiValueEvent,
  restEvent,
} from '../../../../lib/testing/http-event.ts';
import { lambdaContext } from '../../../../lib/testing/lambda-context.ts';
import { recordingLog } from '../../../../lib/testing/recording-log.ts';
import { anyCharacter } from '../../../support/any-character.ts';
import { validData } from '../../../support/valid-data.ts';

/** AWS Lambda, "Quotas": payload of a synchronous invocation, request and response alike. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

const simple = { type: 'message.posted', data: validData['message.posted'] };

/** The answer of a producer that delivers everything to partition 0. */
const deliverAll = (records: readonly KafkaRecord[]): Delivery[] =>
  records.map((_, index) => ({
    status: 'delivered',
    partition: 0,
    offset: BigInt(index),
    timestamp: 1_760_000_000_000,
  }));

interface Sent {
  readonly topic: string;
  readonly records: readonly KafkaRecord[];
  readonly deadline: number;
}

const topicName = (logical: string) => logical;

/** A publish function whose producer answers as chosen, and what it was asked to send. */
function publishing(answer: (records: readonly KafkaRecord[]) => Delivery[] = deliverAll) {
  const sent: Sent[] = [];
  const log = recordingLog();
  const producer: Producer = {
    send: async (topicRecords, deadline) => {
      const topic = topicRecords[0]?.topic ?? '';
      const records = topicRecords.map(({ topic: _, ...record }) => record);
      sent.push({ topic, records, deadline });
      return answer(records);
    },
    disconnect: async () => {},
  };
  const handler = createPublishHandler(() => ({ producer, topicName }), log);
  const publish = async (event: unknown, context = lambdaContext()) => {
    const { body, ...response } = await handler(event, context);
    return { ...response, body: JSON.parse(body) };
  };
  return { publish, sent, lines: log.lines, handler };
}

describe('publish', () => {
  test.each([
    ['HTTP API', httpEvent],
    ['REST API', restEvent],
    ['load balancer', loadBalancerEvent],
    ['load balancer with multi-value headers', multiValueEvent],
    ['VPC Lattice, version 1', latticeEvent],
    ['VPC Lattice, version 2', latticeEvent2],
  ])('sends the events of a request and reports their delivery: %s', async (_name, eventOf) => {
    const { publish, sent } = publishing();
    const { statusCode, headers, body } = await publish(eventOf({ body: [{ ...simple, id: 'A' }] }));
    expect(statusCode).toBe(202);
    expect(headers).toEqual({ 'content-type': 'application/json' });
    expect(body).toEqual({
      deliveries: [
        {
          id: 'A',
          source: '/events',
          type: 'message.posted',
          topic: 'events',
          partition: 0,
          offset: 0,
          timestamp: 1_760_000_000_000,
        },
      ],
    });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ topic: 'events' });
    const [record] = sent[0]?.records ?? [];
    expect(record?.key?.toString()).toBe('1');
    expect(JSON.parse(String(record?.value))).toEqual(simple.data);
  });

  test('answers the event that invoke local is shown with', async () => {
    const { publish } = publishing();
    const event = JSON.parse(await readFile('test/events/http-publish.json', 'utf8'));
    expect((await publish(event)).statusCode).toBe(202);
    const invalid = JSON.parse(await readFile('test/events/http-publish-invalid.json', 'utf8'));
    expect((await publish(invalid)).statusCode).toBe(422);
  });

  test('sends and reports in request order', async () => {
    const { publish, sent } = publishing();
    const ids = Array.from({ length: 500 }, (_, index) => `event-${index}`);
    const { body } = await publish(httpEvent({ body: ids.map((id) => ({ ...simple, id })) }));
    expect(body.deliveries.map(({ id }: { id: string }) => id)).toEqual(ids);
    const idHeaders = sent[0]?.records.map(({ headers }) =>
      String(headers.find(([name]) => name === 'ce_id')?.[1]),
    );
    expect(idHeaders).toEqual(ids);
  });

  test('sends to the topics of the event types, as they are named on the cluster', async () => {
    const topics: string[] = [];
    const producer: Producer = {
      send: async (records) => {
        topics.push(...records.map(({ topic }) => topic));
        return deliverAll(records);
      },
      disconnect: async () => {},
    };
    const handler = createPublishHandler(() => ({ producer, topicName: (logical) => `test.${logical}` }));
    const { body } = await handler(httpEvent({ body: simple }), lambdaContext());
    expect(topics).toEqual(['test.events']);
    expect(JSON.parse(body).deliveries).toMatchObject([{ topic: 'test.events' }]);
  });

  test('opens its producer at the first valid request, once', async () => {
    const opened: string[] = [];
    const producer: Producer = {
      send: async (records) => deliverAll(records),
      disconnect: async () => {},
    };
    const handler = createPublishHandler(() => {
      opened.push('opened');
      return { producer, topicName };
    }, recordingLog());
    await handler(httpEvent({ body: 'not JSON' }), lambdaContext());
    expect(opened).toEqual([]);
    await handler(httpEvent({ body: simple }), lambdaContext());
    await handler(httpEvent({ body: simple }), lambdaContext());
    expect(opened).toEqual(['opened']);
  });

  test('asks again for its configuration after it was wrong', async () => {
    const producer: Producer = {
      send: async (records) => deliverAll(records),
      disconnect: async () => {},
    };
    let isConfigured = false;
    const log = recordingLog();
    const handler = createPublishHandler(() => {
      if (!isConfigured) throw new ServiceError('configuration_error', 'Set KAFKA_BROKERS.');
      return { producer, topicName };
    }, log);
    const refused = await handler(httpEvent({ body: simple }), lambdaContext());
    expect(refused.statusCode).toBe(500);
    expect(refused.body).not.toContain('KAFKA_BROKERS');
    expect(log.lines).toMatchObject([{ level: 'error', error: { message: 'Set KAFKA_BROKERS.' } }]);
    isConfigured = true;
    expect((await handler(httpEvent({ body: simple }), lambdaContext())).statusCode).toBe(202);
  });

  test.each([
    ['leaves a second of the function for the answer', 10_000, 9_000],
    ['keeps under what API Gateway waits for', 900_000, 20_000],
  ])('gives the producer a deadline that %s', async (_name, remainingMs, budgetMs) => {
    const { publish, sent } = publishing();
    const before = Date.now();
    await publish(httpEvent({ body: simple }), lambdaContext({ remainingMs }));
    const deadline = sent[0]?.deadline ?? 0;
    expect(deadline).toBeGreaterThanOrEqual(before + budgetMs);
    expect(deadline).toBeLessThanOrEqual(Date.now() + budgetMs);
  });
});

test('the wired publisher says in its log, not to the client, which settings it lacks', async () => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const { statusCode, body } = await publishHandler({})(httpEvent({ body: simple }), lambdaContext());
  const logged = write.mock.calls.join();
  write.mockRestore();
  expect(statusCode).toBe(500);
  expect(JSON.parse(body)).toMatchObject({ code: 'configuration_error', requestId: 'request-1' });
  expect(body).not.toContain('KAFKA_BROKERS');
  expect(logged).toContain('KAFKA_BROKERS');
});

describe('publish sends nothing', () => {
  const withText = (bytes: number) => ({ ...simple, data: { ...simple.data, message: 'x'.repeat(bytes) } });

  test.each<[string, HttpInput, number, string]>([
    ['not JSON', { body: '{' }, 400, 'malformed'],
    ['empty', {}, 400, 'malformed'],
    ['bad attribute', { body: { ...simple, time: 'now' } }, 400, 'invalid_cloudevent'],
    ['an event over the record limit', { body: [simple, withText(1_048_588)] }, 413, 'record_too_large'],
    ['501 events', { body: Array.from({ length: 501 }, () => simple) }, 413, 'too_many_events'],
    [
      'other content type',
      { headers: { 'content-type': 'text/plain' }, body: 'hi' },
      415,
      'unsupported_content_type',
    ],
    ['unknown event type', { body: [simple, { type: 'order.eaten' }] }, 422, 'unknown_event_type'],
    ['data against its schema', { body: [simple, { ...simple, data: {} }] }, 422, 'schema_violation'],
  ])('of a request that is wrong: %s', async (_name, input, status, code) => {
    const { publish, sent, lines } = publishing();
    const { statusCode, headers, body } = await publish(
      httpEvent(input),
      lambdaContext({ requestId: 'r-9' }),
    );
    expect(statusCode).toBe(status);
    expect(headers).toEqual({ 'content-type': 'application/problem+json' });
    expect(body).toMatchObject({
      type: `urn:problem-type:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      retriable: false,
      requestId: 'r-9',
    });
    expect(sent).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('of a request whose ids would not fit into an answer, and takes the longest that do', async () => {
    const events = (bytes: number) =>
      Array.from({ length: 500 }, () => ({
        ...simple,
        id: '"'.repeat(bytes),
        source: `/${"'".repeat(bytes - 1)}`,
      }));
    const { publish, sent, handler } = publishing();
    const { statusCode, body } = await publish(httpEvent({ body: events(1_025).slice(0, 1) }));
    expect([statusCode, body.code]).toEqual([400, 'invalid_cloudevent']);
    expect(body.errors).toEqual([{ index: 0, pointer: '/id', message: 'Must be at most 1024 bytes long.' }]);
    expect(sent).toEqual([]);

    const answer = await handler(httpEvent({ body: events(1_024) }), lambdaContext());
    expect(answer.statusCode).toBe(202);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(MAX_PAYLOAD_BYTES);
  });

  test('of a request with events that are wrong in different ways, and names each of them', async () => {
    const { publish } = publishing();
    const { statusCode, body } = await publish(
      httpEvent({
        body: [simple, { ...simple, time: 'now' }, { type: 'order.eaten' }, { ...simple, data: {} }],
      }),
    );
    expect([statusCode, body.code]).toEqual([400, 'invalid_cloudevent']);
    expect(body.detail).toBe('3 of 4 events are not valid; nothing was sent. See errors.');
    expect([...new Set(body.errors.map(({ index }: { index: number }) => index))]).toEqual([1, 2, 3]);
  });

  test('of a request with bad base64', async () => {
    const { publish, sent } = publishing();
    const { statusCode, body } = await publish({ ...httpEvent(), body: '{"type"', isBase64Encoded: true });
    expect([statusCode, body.code]).toEqual([400, 'malformed']);
    expect(sent).toEqual([]);
  });

  test('of a request with an event that is too large, and names the event', async () => {
    const { publish } = publishing();
    const { body } = await publish(httpEvent({ body: [simple, { ...withText(1_048_588), id: 'big' }] }));
    expect(body.detail).toContain('Event 1 (id big)');
    expect(body.errors).toEqual([
      { index: 1, pointer: '/data', message: 'Must fit into 1048588 bytes with its attributes.' },
    ]);
  });

  test('but takes events that are large and fit', async () => {
    const { publish, sent } = publishing();
    const { statusCode } = await publish(
      httpEvent({ body: Array.from({ length: 4 }, () => withText(1_047_000)) }),
    );
    expect(statusCode).toBe(202);
    expect(sent[0]?.records).toHaveLength(4);
  });
});

describe('publish when the cluster fails', () => {
  const error = (code: 'broker_unreachable' | 'delivery_unconfirmed' | 'record_too_large') =>
    new ServiceError(code, 'b-1.internal:9098 says hunter2', { cause: new Error('socket closed') });

  test.each(['broker_unreachable', 'delivery_unconfirmed'] as const)(
    'answers 503, when to retry, and logs why: %s',
    async (code) => {
      const { publish, lines } = publishing((records) =>
        records.map(() => ({ status: 'failed', error: error(code) })),
      );
      const { statusCode, headers, body } = await publish(httpEvent({ body: [simple, simple] }));
      expect(statusCode).toBe(503);
      expect(headers).toEqual({ 'content-type': 'application/problem+json', 'retry-after': '1' });
      expect(body).toMatchObject({ code, retriable: true, status: 503 });
      expect(JSON.stringify(body)).not.toMatch(/internal:9098|hunter2|socket/);
      expect(lines[0]).toMatchObject({
        level: 'error',
        message: 'delivery failed',
        requestId: 'request-1',
        topic: 'events',
        code,
        error: { cause: { message: 'socket closed' } },
      });
    },
  );

  test('logs a failure that several events share once, with the first of them', async () => {
    const shared = error('broker_unreachable');
    const { publish, lines } = publishing((records) =>
      records.map(() => ({ status: 'failed', error: shared })),
    );
    const ids = Array.from({ length: 12 }, (_, index) => `event-${index}`);
    await publish(httpEvent({ body: ids.map((id) => ({ ...simple, id })) }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      count: 12,
      events: ids.slice(0, 10).map((id) => ({ id, source: '/events', type: 'message.posted' })),
    });
  });

  test('answers 207 when some events were delivered', async () => {
    const { publish, lines } = publishing((records) =>
      deliverAll(records).map((delivery, index) =>
        index === 1 ? { status: 'failed', error: error('delivery_unconfirmed') } : delivery,
      ),
    );
    const { statusCode, body } = await publish(
      httpEvent({ body: ['a', 'b', 'c'].map((id) => ({ ...simple, id })) }),
    );
    expect(statusCode).toBe(207);
    expect(body.deliveries).toMatchObject([
      { id: 'a', status: 'delivered', offset: 0 },
      { id: 'b', status: 'failed', code: 'delivery_unconfirmed', retriable: true },
      { id: 'c', status: 'delivered', offset: 2 },
    ]);
    expect(lines).toHaveLength(1);
  });

  test.each<[string, () => never]>([
    [
      'an error',
      () => {
        throw new TypeError('hunter2 is not a function');
      },
    ],
    [
      'text',
      () => {
        throw 'hunter2';
      },
    ],
  ])('answers a bug with a fixed text, and logs it: %s', async (_name, answer) => {
    const { publish, lines } = publishing(answer);
    const { statusCode, body } = await publish(httpEvent({ body: simple }));
    expect(statusCode).toBe(500);
    expect(body).toEqual({
      type: 'urn:problem-type:internal_error',
      title: 'The service failed',
      status: 500,
      detail: 'The service failed. The requestId names the log lines that say why.',
      code: 'internal_error',
      retriable: false,
      requestId: 'request-1',
    });
    expect(lines).toMatchObject([
      { message: 'publish failed', requestId: 'request-1', code: 'internal_error' },
    ]);
    expect(JSON.stringify(lines)).toContain('hunter2');
  });
});

describe('publish answers hostile requests with a 4xx', () => {
  const { handler } = publishing();

  const answerTo = async (event: unknown) => {
    const { statusCode, body } = await handler(event, lambdaContext());
    expect(body.length).toBeLessThan(MAX_PAYLOAD_BYTES);
    return statusCode;
  };

  const repeated = (count: number, text: string) => text.repeat(count);
  const with6MB = () => repeated(6_000_000, 'x');
  const event = (extra: object) => ({ body: { ...simple, ...extra } });
  const order = (extra: object) => ({
    body: { type: 'order.placed', data: { ...validData['order.placed'], ...extra } },
  });
  const text = (body: string) => ({ body });
  const headers = (extra: object) => ({
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-type': 'message.posted',
      ...extra,
    },
    body: simple.data,
  });
  const attributes = (count: number) => Array.from({ length: count }, (_, index) => `"A${index}":1`).join();
  const events = (members: string) => text(`[${Array.from({ length: 500 }, () => `{${members}}`)}]`);

  test.each<[string, () => HttpInput]>([
    ['open arrays', () => text(repeated(6_000_000, '['))],
    ['nested arrays', () => text(repeated(3_000_000, '[') + repeated(3_000_000, ']'))],
    ['nested objects', () => text(`${repeated(1_000_000, '{"a":')}1${repeated(1_000_000, '}')}`)],
    ['a million events', () => text(`[${repeated(1_000_000, '{},')}{}]`)],
    ['500 events with a long type', () => events(`"type":"${repeated(12_000, 'x')}"`)],
    ['500 events with many bad attributes', () => events(attributes(1_000))],
    ['an event with very many bad attributes', () => text(`{${attributes(400_000)}}`)],
    ['a long attribute name', () => event({ [with6MB()]: 'x' })],
    ['a long attribute name that a pointer escapes', () => event({ [repeated(3_000_000, '~/')]: 'x' })],
    ['a long event type', () => event({ type: with6MB() })],
    ['a long id', () => event({ id: with6MB() })],
    ['a long source', () => event({ source: with6MB() })],
    ['a long source, percent-encoded', () => event({ source: repeated(2_000_000, '%41') })],
    ['a long time', () => event({ time: `2026-01-31T09:30:00.${repeated(6_000_000, '1')}Z` })],
    ['a long data type', () => event({ datacontenttype: `application/${repeated(6_000_000, '+')}` })],
    ['a long address', () => order({ customerEmail: `a@${repeated(3_000_000, 'a.')}` })],
    ['a long message', () => event({ data: { ...simple.data, message: with6MB() } })],
    ['a million wrong lines', () => order({ lines: Array.from({ length: 1_000_000 }, () => 1) })],
    ['a long number', () => text(`{"type":"message.posted","data":{"id":${repeated(6_000_000, '9')}}}`)],
    [
      'an infinite id',
      () => text('{"type":"message.posted","data":{"id":1e999,"message":"","timestamp":1}}'),
    ],
    [
      'an infinite time',
      () => text('{"type":"message.posted","data":{"id":1,"message":"","timestamp":1e999}}'),
    ],
    ['an infinite extension', () => text('{"type":"message.posted","ext":1e999,"data":{}}')],
    ['__proto__ for an event', () => text('{"__proto__":{"type":"message.posted"}}')],
    ['__proto__ for data', () => text('{"type":"message.posted","data":{"__proto__":{"id":1}}}')],
    ['a lone surrogate for an id', () => text('{"type":"message.posted","id":"\\ud800"}')],
    ['a lone surrogate for a type', () => text('{"type":"\\udead"}')],
    ['base64', () => ({ body: Buffer.alloc(4_500_000, 'x') })],
    ['spaces', () => text(repeated(6_000_000, ' '))],
    ['data_base64', () => ({ body: { type: 'message.posted', data_base64: repeated(1_500_000, 'AAAA') } })],
    ['a long header', () => headers({ 'ce-id': with6MB() })],
    ['a long quoted header', () => headers({ 'ce-subject': `"${repeated(3_000_000, '\\"')}` })],
    ['a long header in no encoding', () => headers({ 'ce-subject': repeated(6_000_000, '%') })],
    ['a long header name', () => headers({ [`ce-${repeated(6_000_000, '~')}`]: 'x' })],
    ['a long content type', () => headers({ 'content-type': `application/${repeated(6_000_000, 'x')}` })],
  ])('made of %s', async (_name, input) => {
    const statusCode = await answerTo(httpEvent(input()));
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
  });

  const isAnswer = (statusCode: number) => statusCode === 202 || (statusCode >= 400 && statusCode < 500);

  const member = fc.oneof(
    fc.constantFrom('type', 'data', 'id', 'source', 'time', 'subject', 'specversion', 'data_base64'),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'datacontenttype', 'dataschema'),
    fc.string({ unit: anyCharacter }),
  );
  const value = fc.oneof(
    fc.jsonValue({ noUnicodeString: false }),
    fc.string({ unit: anyCharacter }),
    fc.constantFrom(
      '1.0',
      'message.posted',
      'order.placed',
      '/events',
      '2026-01-31T09:30:00Z',
      '\ud800',
      '',
      null,
    ),
    fc.constantFrom(...Object.values(validData)),
  );
  // fc.dictionary drops __proto__; JSON does not.
  const eventText = fc
    .array(fc.tuple(member, value), { maxLength: 10 })
    .map(
      (members) => `{${members.map((pair) => pair.map((part) => JSON.stringify(part)).join(':')).join()}}`,
    );
  const bodyText = fc.oneof(
    eventText,
    fc.array(eventText, { maxLength: 5 }).map((events) => `[${events.join()}]`),
    fc.json(),
    fc.string({ unit: anyCharacter }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const header = fc.tuple(
    fc.oneof(
      fc.constantFrom(
        'content-type',
        'Content-Type',
        'ce-specversion',
        'ce-type',
        'ce-id',
        'ce-source',
        'CE-Time',
      ),
      fc.constantFrom('ce-', 'ce-data', 'ce-data_base64', 'ce-__proto__', '__proto__'),
      fc.string().map((name) => `ce-${name}`),
    ),
    fc.oneof(
      fc.constantFrom(
        'application/json',
        'application/cloudevents+json',
        'application/cloudevents-batch+json',
      ),
      fc.constantFrom(
        '1.0',
        'message.posted',
        '%E2%82',
        '"\\"',
        'application/json;charset=\ud800',
        'text/json',
      ),
      fc.string({ unit: anyCharacter }),
    ),
  );
  const headersOf = (pairs: readonly (readonly [string, string])[]) => Object.fromEntries(pairs);
  const contentType = fc.constantFrom(
    'application/json',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  );

  test('whatever the body', async () => {
    await fc.assert(
      fc.asyncProperty(contentType, bodyText, fc.boolean(), async (type, body, base64) =>
        isAnswer(await answerTo(httpEvent({ headers: { 'content-type': type }, body, base64 }))),
      ),
      { numRuns: 500 },
    );
  });

  test('whatever the headers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(header), bodyText, async (pairs, body) =>
        isAnswer(await answerTo(httpEvent({ headers: headersOf(pairs), body }))),
      ),
      { numRuns: 500 },
    );
  });

  test('whatever the event of the function', async () => {
    const fields = { headers: fc.anything(), body: fc.anything(), isBase64Encoded: fc.anything() };
    const anyEvent = fc.oneof(fc.anything(), fc.record(fields, { requiredKeys: [] }));
    await fc.assert(
      fc.asyncProperty(anyEvent, async (event) => isAnswer(await answerTo(event))),
      { numRuns: 500 },
    );
  });
});
