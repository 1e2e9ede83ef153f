import { type IndexedIssue, ServiceError } from '../../../../lib/errors.ts';
import { eventsInRequest, MAX_EVENTS } from '../../../../lib/http/events-in-request.ts';
import { httpRequest } from '../../../../lib/http/request.ts';
import { type HttpInput, httpEvent } from '../../../../lib/testing/http-event.ts';
import { validData } from '../../../support/valid-data.ts';

const data = validData['message.posted'];
const simple = { type: 'message.posted', data };
const complete = { specversion: '1.0', id: 'A', source: '/test', time: '2018-04-05T17:31:00Z', ...simple };

const eventsIn = (input: HttpInput) => eventsInRequest(httpRequest(httpEvent(input)));
const attributesIn = (input: HttpInput) => eventsIn(input).map(({ attributes }) => attributes);

/** The error that a request is answered with. */
function errorFor(input: HttpInput): {
  code: string;
  status: number;
  detail: string;
  issues: readonly IndexedIssue[];
} {
  try {
    eventsIn(input);
  } catch (error) {
    if (error instanceof ServiceError) {
      const { code, status, message: detail, issues } = error;
      return { code, status, detail, issues };
    }
    throw error;
  }
  throw new Error('The request was accepted.');
}

const as = (contentType: string, body?: unknown, headers = {}): HttpInput => ({
  headers: { 'content-type': contentType, ...headers },
  body,
});

const uuid = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const dataschema = 'urn:event-schema:message.posted:1';

describe('application/json', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    'holds one event, of which id, source and time are filled in: %s',
    (contentType) => {
      expect(eventsIn(as(contentType, simple))).toEqual([
        {
          type: 'message.posted',
          attributes: {
            specversion: '1.0',
            type: 'message.posted',
            id: uuid,
            source: '/events',
            time: isoTime,
            dataschema,
          },
          data,
        },
      ]);
    },
  );

  test('keeps what the client names', () => {
    const named = {
      ...complete,
      subject: 'zoë',
      dataschema: 'https://example.com/schema',
      traceparent: '00-1',
    };
    const { data: _, ...attributes } = named;
    expect(attributesIn({ body: named })).toEqual([attributes]);
  });

  test('fills in what the client sets to null', () => {
    const [attributes] = attributesIn({
      body: { ...simple, id: null, source: null, time: null, subject: null },
    });
    expect(attributes).toMatchObject({ id: uuid, source: '/events', time: isoTime });
    expect(attributes).not.toHaveProperty('subject');
  });

  test('holds many events in an array, in order', () => {
    const body = ['a', 'b', 'c'].map((id) => ({ ...simple, id }));
    expect(attributesIn({ body }).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  test('gives each event an id of its own', () => {
    const ids = attributesIn({ body: [simple, simple, simple] }).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  test('may come as base64', () => {
    expect(eventsIn({ body: [complete], base64: true })).toHaveLength(1);
  });
});

describe('application/cloudevents+json', () => {
  test.each([
    'application/cloudevents+json',
    // "HTTP Protocol Binding", section 3.2.1.
    'application/cloudevents+json; charset=UTF-8',
    'Application/CloudEvents+JSON',
  ])('holds one event: %s', (contentType) => {
    const { data: _, ...attributes } = complete;
    expect(eventsIn(as(contentType, complete))).toEqual([
      { type: 'message.posted', attributes: { ...attributes, dataschema }, data },
    ]);
  });

  test('has id, source and time filled in as well', () => {
    const [attributes] = attributesIn(as('application/cloudevents+json', { specversion: '1.0', ...simple }));
    expect(attributes).toMatchObject({ id: uuid, source: '/events', time: isoTime });
  });

  test('takes data from data_base64', () => {
    const data_base64 = Buffer.from(JSON.stringify(data)).toString('base64');
    const { data: _, ...attributes } = complete;
    expect(eventsIn(as('application/cloudevents+json', { ...attributes, data_base64 }))).toMatchObject([
      { data },
    ]);
  });

  test.each<[string, object]>([
    ['missing', simple],
    ['null', { ...simple, specversion: null }],
  ])('requires specversion, because it says what the rest means: %s', (_name, body) => {
    expect(errorFor(as('application/cloudevents+json', body))).toMatchObject({
      status: 400,
      code: 'invalid_cloudevent',
      issues: [{ index: 0, pointer: '/specversion', message: 'Is missing.' }],
    });
  });

  test('is one event, not a batch', () => {
    expect(errorFor(as('application/cloudevents+json', [complete]))).toMatchObject({
      status: 400,
      code: 'malformed',
    });
  });
});

describe('what would be changed is refused, and its place is named', () => {
  const structured = 'application/cloudevents+json';
  const event = (members: string) => `{"specversion":"1.0","type":"message.posted",${members}}`;
  const lossy = event('"data":{"id":1,"message":"m","timestamp":1,"ref":12345678901234567890,"big":1e400}');
  const binary = { 'ce-specversion': '1.0', 'ce-type': 'message.posted' };

  test.each<[string, HttpInput, [number, string][]]>([
    [
      'one event',
      as('application/json', lossy),
      [
        [0, '/data/ref'],
        [0, '/data/big'],
      ],
    ],
    [
      'structured content mode',
      as(structured, lossy),
      [
        [0, '/data/ref'],
        [0, '/data/big'],
      ],
    ],
    ['an attribute', as(structured, event('"ext":1e999')), [[0, '/ext']]],
    ['a name twice', as(structured, event('"type":"order.placed"')), [[0, '/type']]],
    [
      'an array',
      as('application/json', `[${event('"data":{}')},${lossy}]`),
      [
        [1, '/data/ref'],
        [1, '/data/big'],
      ],
    ],
    [
      'a batch',
      as('application/cloudevents-batch+json', ` [1e999,[2e999]]`),
      [
        [0, ''],
        [1, '/0'],
      ],
    ],
    ['binary content mode', as('application/json', '[1,{"a":1e999}]', binary), [[0, '/data/1/a']]],
  ])('%s', (_name, request, places) => {
    const { code, issues } = errorFor(request);
    expect(code).toBe('malformed');
    expect(issues.map(({ index, pointer }) => [index, pointer])).toEqual(places);
  });
});

describe('application/cloudevents-batch+json', () => {
  const batch = 'application/cloudevents-batch+json';

  test.each([batch, `${batch}; charset=UTF-8`])('holds many events: %s', (contentType) => {
    const body = [complete, { ...complete, id: 'B' }];
    expect(attributesIn(as(contentType, body)).map(({ id }) => id)).toEqual(['A', 'B']);
  });

  test('is an array', () => {
    expect(errorFor(as(batch, complete))).toMatchObject({
      status: 400,
      code: 'malformed',
      detail: 'A batch must be a JSON array of events.',
    });
  });

  test('must hold an event', () => {
    expect(errorFor(as(batch, []))).toMatchObject({ status: 400, detail: 'The body holds no event.' });
  });
});

describe('binary content mode', () => {
  // "HTTP Protocol Binding", section 3.1.4, with an event type of the catalogue.
  const headers = {
    'ce-specversion': '1.0',
    'ce-type': 'message.posted',
    'ce-time': '2018-04-05T03:56:24Z',
    'ce-id': '1234-1234-1234',
    'ce-source': '/mycontext/subcontext',
  };
  const binary = (extra: object = {}, contentType = 'application/json; charset=utf-8') =>
    as(contentType, data, { ...headers, ...extra });

  test('reads the example of the specification', () => {
    expect(eventsIn(binary())).toEqual([
      {
        type: 'message.posted',
        attributes: {
          specversion: '1.0',
          type: 'message.posted',
          time: '2018-04-05T03:56:24Z',
          id: '1234-1234-1234',
          source: '/mycontext/subcontext',
          datacontenttype: 'application/json; charset=utf-8',
          dataschema,
        },
        data,
      },
    ]);
  });

  test('finds headers whatever their case', () => {
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(attributesIn(as('application/json', data, upper))).toMatchObject([{ id: '1234-1234-1234' }]);
  });

  test.each(['application/vnd.example+json', 'text/json'])(
    'takes data of another JSON type: %s',
    (contentType) => {
      expect(attributesIn(binary({}, contentType))).toMatchObject([{ datacontenttype: contentType }]);
    },
  );

  test.each([
    // "HTTP Protocol Binding", section 3.1.3.2: its example.
    ['percent-encoded', 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['percent-encoded in lower case', 'Euro%20%e2%82%ac', 'Euro €'],
    ['percent-encoded without need', '%41', 'A'],
    ['encoded once', '%2541', '%41'],
    ['in double quotes', '"Euro %E2%82%AC"', 'Euro €'],
    ['in double quotes, with backslashes', '"say \\"hi\\" \\\\o/"', 'say "hi" \\o/'],
    ['not encoded', 'a+b', 'a+b'],
  ])('decodes a header that is %s', (_name, sent, read) => {
    expect(attributesIn(binary({ 'ce-subject': sent }))).toMatchObject([{ subject: read }]);
  });

  test.each([
    // "HTTP Protocol Binding", section 3.1.3.2: an overlong space.
    ['an overlong encoding', '%C0%A0'],
    ['a lone surrogate', '%ED%A0%80'],
    ['half a character', '%E2%82'],
    ['no encoding at all', '100%'],
  ])('refuses a header that holds %s', (_name, value) => {
    expect(errorFor(binary({ 'ce-subject': value }))).toEqual({
      status: 400,
      code: 'invalid_cloudevent',
      detail: 'The header ce-subject cannot be decoded.',
      issues: [{ index: 0, pointer: '/subject', message: 'Must be percent-encoded UTF-8.' }],
    });
  });

  test.each([
    ['ce-specversion missing', { 'ce-specversion': undefined }, '/specversion'],
    ['an empty ce-id', { 'ce-id': '' }, '/id'],
    ['an encoded control character', { 'ce-subject': 'a%0Ab' }, '/subject'],
    ['ce-data', { 'ce-data': 'x' }, '/data'],
    ['ce-data_base64', { 'ce-data_base64': 'MQ==' }, '/data_base64'],
    ['ce-__proto__', JSON.parse('{"ce-__proto__":"x"}'), '/__proto__'],
    ['a name that is empty', { 'ce-': 'x' }, '/'],
  ])('refuses %s', (_name, extra, pointer) => {
    expect(errorFor(binary(extra))).toMatchObject({
      status: 400,
      code: 'invalid_cloudevent',
      issues: [{ index: 0, pointer }],
    });
  });

  test('takes the content type from Content-Type alone', () => {
    expect(attributesIn(binary({ 'ce-datacontenttype': 'text/json' }))).toMatchObject([
      { datacontenttype: 'application/json; charset=utf-8' },
    ]);
  });
});

describe('a request that cannot be read', () => {
  test.each<[string, HttpInput]>([
    ['no body', {}],
    ['an empty body', { body: '' }],
    ['white space', { body: ' \n' }],
    ['not JSON', { body: '{"type":' }],
    ['an empty array', { body: [] }],
    ['bytes that are not UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }],
    ['a BOM', { body: '\ufeff{}' }],
    ['null', { body: null }],
    ['a number', { body: 5 }],
    ['an array in an array', { body: [[complete]] }],
  ])('is malformed, 400: %s', (_name, input) => {
    expect(errorFor(input)).toMatchObject({ status: 400, code: 'malformed' });
  });

  test.each([
    '',
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, application/json',
    'application/cloudevents',
    'application/cloudevents+avro',
    'application/cloudevents-batch+avro',
    'application/problem+json',
    'text/json',
    '__proto__',
  ])('is of an unsupported content type, 415: "%s"', (contentType) => {
    expect(errorFor(as(contentType, complete))).toMatchObject({
      status: 415,
      code: 'unsupported_content_type',
    });
  });

  test('is of an unsupported content type when none is named', () => {
    expect(errorFor({ headers: {}, body: complete })).toMatchObject({ status: 415 });
  });
});

describe('a request with an event that is wrong', () => {
  test('is refused as a whole, with every wrong event and its index', () => {
    const body = [
      simple,
      { ...simple, data: {} },
      { type: 'order.eaten' },
      simple,
      { ...simple, data: null },
    ];
    expect(errorFor({ body })).toEqual({
      status: 422,
      code: 'schema_violation',
      detail: '3 of 5 events are not valid; nothing was sent. See errors.',
      issues: [
        { index: 1, pointer: '/data/id', message: 'Is missing.' },
        { index: 1, pointer: '/data/message', message: 'Is missing.' },
        { index: 1, pointer: '/data/timestamp', message: 'Is missing.' },
        {
          index: 2,
          pointer: '/type',
          message: expect.stringContaining('The catalogue has no event type "order.eaten"'),
        },
        { index: 4, pointer: '/data', message: 'Must be object.' },
      ],
    });
  });

  test('is a 400 when an attribute is wrong, with every wrong event and its index', () => {
    const body = [simple, { ...simple, id: '' }, 5, { ...simple, time: 'now', subject: '' }];
    expect(errorFor({ body })).toMatchObject({
      status: 400,
      code: 'invalid_cloudevent',
      detail: '3 of 4 events are not readable; nothing was sent. See errors.',
      issues: [
        { index: 1, pointer: '/id' },
        { index: 2, pointer: '' },
        { index: 3, pointer: '/time' },
        { index: 3, pointer: '/subject' },
      ],
    });
  });

  test('speaks of one event where there is one', () => {
    expect(errorFor({ body: { type: 'order.eaten' } }).detail).toBe(
      'The event is not valid; nothing was sent. See errors.',
    );
  });
});

describe('the number of events', () => {
  const events = (count: number) => Array.from({ length: count }, () => simple);

  test('may be 500', () => {
    expect(eventsIn({ body: events(MAX_EVENTS) })).toHaveLength(500);
  });

  test('must not be 501', () => {
    expect(errorFor({ body: events(MAX_EVENTS + 1) })).toEqual({
      status: 413,
      code: 'too_many_events',
      detail: 'The request holds 501 events; send at most 500 at a time.',
      issues: [],
    });
  });
});
