import fc from 'fast-check';
import type { Content } from '../../../../lib/content.ts';
import type { RecordHeader } from '../../../../lib/kafka/record.ts';
import {
  fromKafkaRecord,
  fromStructured,
  type ReceivedRecord,
  toKafkaRecord,
} from '../../../../lib/schema/kafka-binding.ts';
import { validateEvent } from '../../../../lib/schema/validation.ts';
import { anyCharacter } from '../../../support/any-character.ts';
import { catalogueEvent } from '../../../support/arbitraries.ts';
import { validData } from '../../../support/valid-data.ts';

type Headers = readonly (readonly [name: string, value: string | Uint8Array])[];

/** A record as it is read: a string or bytes as they are, anything else as JSON. */
function received(headers: Headers, value: unknown): ReceivedRecord {
  return {
    topic: 'my-topic',
    partition: 2,
    offset: 7,
    headers: headers.map(([name, content]) => [name, contentOf(Buffer.from(content))]),
    value: value === null ? null : contentOf(value),
  };
}

function contentOf(value: unknown): Content {
  const bytes = Buffer.isBuffer(value)
    ? value
    : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { text: bytes.toString(), bytes };
}

// CloudEvents 1.0.2, "Kafka Protocol Binding", section 3.2.5.
const exampleHeaders: Headers = [
  ['ce_specversion', '1.0'],
  ['ce_type', 'com.example.someevent'],
  ['ce_source', '/mycontext/subcontext'],
  ['ce_id', '1234-1234-1234'],
  ['ce_time', '2018-04-05T03:56:24Z'],
];
const exampleAttributes = {
  specversion: '1.0',
  type: 'com.example.someevent',
  source: '/mycontext/subcontext',
  id: '1234-1234-1234',
  time: '2018-04-05T03:56:24Z',
};

// CloudEvents 1.0.2, "JSON Event Format", section 3.2.
const jsonExample = {
  specversion: '1.0',
  type: 'com.example.someevent',
  source: '/mycontext',
  time: '2018-04-05T17:31:00Z',
  comexampleextension1: 'value',
  comexampleothervalue: 5,
};

describe('binary content mode', () => {
  test('reads the attributes of the example of the specification', () => {
    expect(
      fromKafkaRecord(received([...exampleHeaders, ['content-type', 'application/json']], { a: 1 })),
    ).toEqual({
      ok: true,
      value: { attributes: { ...exampleAttributes, datacontenttype: 'application/json' }, data: { a: 1 } },
    });
  });

  test('refuses the Avro data of the example of the specification', () => {
    expect(
      fromKafkaRecord(received([...exampleHeaders, ['content-type', 'application/avro']], 'avro')),
    ).toEqual({
      ok: false,
      code: 'unsupported_content_type',
      issues: [{ pointer: '', message: 'Content type application/avro is not JSON.' }],
    });
  });

  test('takes data without a content type for JSON', () => {
    expect(fromKafkaRecord(received(exampleHeaders, { a: 1 }))).toEqual({
      ok: true,
      value: { attributes: exampleAttributes, data: { a: 1 } },
    });
  });

  test('finds the content type whatever its case', () => {
    expect(fromKafkaRecord(received([...exampleHeaders, ['Content-Type', 'text/plain']], '1')).ok).toBe(
      false,
    );
  });

  test.each<[string, Headers, string, string]>([
    ['a missing attribute', exampleHeaders.slice(1), '/specversion', 'Is missing.'],
    ['an empty id', [...exampleHeaders, ['ce_id', '']], '/id', 'Must be a non-empty string.'],
    [
      'an attribute that is not UTF-8',
      [...exampleHeaders, ['ce_subject', Buffer.from([0x7a, 0xff])]],
      '/subject',
      'Must be UTF-8 text.',
    ],
    [
      'an attribute named data',
      [...exampleHeaders, ['ce_data', 'x']],
      '/data',
      'An attribute name must consist of a-z and 0-9, and must not be "data".',
    ],
    [
      'a content type in place of ce_datacontenttype',
      [...exampleHeaders, ['ce_datacontenttype', 'application/xml']],
      '/datacontenttype',
      'Must be a JSON media type, for example application/json.',
    ],
  ])('refuses %s', (_name, headers, pointer, message) => {
    expect(fromKafkaRecord(received(headers, {}))).toEqual({
      ok: false,
      code: 'invalid_cloudevent',
      issues: [{ pointer, message }],
    });
  });

  test('takes the last of a repeated header, as Kafka clients do', () => {
    const result = fromKafkaRecord(received([...exampleHeaders, ['ce_id', 'second']], {}));
    expect(result).toMatchObject({ ok: true, value: { attributes: { id: 'second' } } });
  });

  test('passes over headers that are not its own', () => {
    const headers: Headers = [
      ...exampleHeaders,
      ['traceparent', '00-1-1-01'],
      ['', ''],
      ['binary', Buffer.from([0xff, 0x00])],
      ['__proto__', 'x'],
      ['CE_ID', 'x'],
    ];
    expect(fromKafkaRecord(received(headers, {}))).toEqual({
      ok: true,
      value: { attributes: exampleAttributes, data: {} },
    });
  });

  test('refuses an attribute named __proto__, as HTTP does', () => {
    const headers: Headers = [['ce___proto__', 'x'], ...exampleHeaders];
    const message = 'An attribute name must consist of a-z and 0-9, and must not be "data".';
    expect(fromKafkaRecord(received(headers, {}))).toEqual({
      ok: false,
      code: 'invalid_cloudevent',
      issues: [{ pointer: '/__proto__', message }],
    });
  });

  test('refuses data that would be changed, and says where', () => {
    expect(
      fromKafkaRecord(received(exampleHeaders, '{"a":[12345678901234567890],"b":1,"b":2}')),
    ).toMatchObject({
      ok: false,
      code: 'malformed',
      issues: [{ pointer: '/data/a/0' }, { pointer: '/data/b' }],
    });
  });

  test.each<[string, unknown, string]>([
    ['a tombstone', null, 'Has no value: a tombstone is not an event.'],
    ['an empty value', '', 'Must not be empty.'],
    ['a value that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'Must be UTF-8 text.'],
  ])('refuses %s', (_name, value, message) => {
    expect(fromKafkaRecord(received(exampleHeaders, value))).toEqual({
      ok: false,
      code: 'malformed',
      issues: [{ pointer: '', message }],
    });
  });
});

describe('a bare record', () => {
  const bareAttributes = {
    specversion: '1.0',
    type: 'message.posted',
    source: 'kafka:prod.events',
    id: 'prod.events/2/7',
  };

  test.each<[string, Headers]>([
    ['without headers', []],
    ['with a JSON content type', [['content-type', 'application/json']]],
    ['with headers of another kind', [['traceparent', '00-1-1-01']]],
  ])('is an event of the type that takes those of its topic, named after its place: %s', (_name, headers) => {
    const data = validData['message.posted'];
    const record = { ...received(headers, data), topic: 'prod.events' };
    const result = fromKafkaRecord(record, 'events');
    expect(result).toMatchObject({ ok: true, value: { attributes: bareAttributes, data } });
    expect(result.ok && validateEvent(result.value).ok).toBe(true);
  });

  test('that is not valid says what it was taken for', () => {
    const record = { ...received([], { id: 'x' }), topic: 'prod.events' };
    const read = fromKafkaRecord(record, 'events');
    expect(read.ok && validateEvent(read.value)).toMatchObject({
      code: 'schema_violation',
      issues: [
        {
          pointer: '',
          message:
            'Has no ce_ headers, and so is taken for message.posted, the type of the bare records of topic prod.events.',
        },
        { pointer: '/data/message', message: 'Is missing.' },
        { pointer: '/data/timestamp', message: 'Is missing.' },
        { pointer: '/data/id', message: 'Must be integer.' },
      ],
    });
  });

  test('is refused where no event type takes bare records, with what to do', () => {
    expect(fromKafkaRecord(received([], validData['message.posted']))).toEqual({
      ok: false,
      code: 'invalid_cloudevent',
      issues: [
        {
          pointer: '',
          message:
            'Has no CloudEvents attributes, and no event type takes bare records of topic my-topic: ' +
            'send the headers ce_specversion, ce_id, ce_source and ce_type.',
        },
      ],
    });
  });

  test('is refused when it says it is not JSON', () => {
    expect(fromKafkaRecord(received([['content-type', 'text/plain']], '1')).ok).toBe(false);
  });
});

describe('structured content mode', () => {
  test('refuses an event of more members than can be looked at', () => {
    const extensions = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`a${index}`, 1]));
    const event = { specversion: '1.0', id: '1', source: '/a', type: 'message.posted', ...extensions };
    expect(fromStructured(event)).toMatchObject({ code: 'invalid_cloudevent', issues: [{ pointer: '' }] });
  });

  const example = { ...exampleAttributes, datacontenttype: 'application/json', data: { a: 1 } };

  // "Kafka Protocol Binding", sections 3.3.1 and 3.3.4, with JSON for the XML that it only hints at.
  test.each([
    'application/cloudevents+json; charset=UTF-8',
    'application/cloudevents+json',
    'Application/CloudEvents+JSON',
  ])('reads the example of the specification: %s', (contentType) => {
    const { data, ...attributes } = example;
    expect(fromKafkaRecord(received([['content-type', contentType]], example))).toEqual({
      ok: true,
      value: { attributes, data },
    });
  });

  test('does not mind that the attributes are headers too', () => {
    const headers: Headers = [...exampleHeaders, ['content-type', 'application/cloudevents+json']];
    expect(fromKafkaRecord(received(headers, { ...example, id: 'in the value' }))).toMatchObject({
      ok: true,
      value: { attributes: { id: 'in the value' } },
    });
  });

  test.each(['application/cloudevents+avro', 'application/cloudevents-batch+json'])(
    'refuses a format that it does not know: %s',
    (contentType) => {
      expect(fromKafkaRecord(received([['content-type', contentType]], example))).toEqual({
        ok: false,
        code: 'unsupported_content_type',
        issues: [
          { pointer: '', message: `Content type ${contentType} is not application/cloudevents+json.` },
        ],
      });
    },
  );

  test.each<[string, object, object]>([
    ['a JSON object', { datacontenttype: 'application/json' }, { datacontenttype: 'application/json' }],
    ['an attribute that is null', { subject: null }, {}],
  ])('reads the example of the JSON format: %s', (_name, sent, read) => {
    const attributes = { ...jsonExample, id: 'C234-1234-1234' };
    const data = { appinfoA: 'abc', appinfoB: 123, appinfoC: true };
    expect(fromStructured({ ...attributes, ...sent, data })).toEqual({
      ok: true,
      value: { attributes: { ...attributes, ...read }, data },
    });
  });

  test('leaves a literal JSON string, an example of the JSON format, as it is', () => {
    const attributes = { ...jsonExample, id: 'D234-1234-1234' };
    expect(fromStructured({ ...attributes, subject: null, data: "I'm just a string" })).toEqual({
      ok: true,
      value: { attributes, data: "I'm just a string" },
    });
    expect(fromStructured({ ...attributes, data: '{"a":1}' })).toMatchObject({ value: { data: '{"a":1}' } });
  });

  test.each([
    ['XML', { id: 'B234-1234-1234', datacontenttype: 'application/xml', data: '<much wow="xml"/>' }],
    [
      'Thrift',
      { id: 'A234-1234-1234', datacontenttype: 'application/vnd.apache.thrift.binary', data_base64: 'AA==' },
    ],
  ])('refuses the example of the JSON format whose data is %s', (_name, members) => {
    expect(fromStructured({ ...jsonExample, ...members })).toEqual({
      ok: false,
      code: 'invalid_cloudevent',
      issues: [
        { pointer: '/datacontenttype', message: 'Must be a JSON media type, for example application/json.' },
      ],
    });
  });

  const valid = { ...jsonExample, id: 'A234-1234-1234' };

  test('reads JSON from data_base64', () => {
    const data_base64 = Buffer.from('{"wow":"zoë"}').toString('base64');
    expect(fromStructured({ ...valid, data_base64 })).toEqual({
      ok: true,
      value: { attributes: valid, data: { wow: 'zoë' } },
    });
  });

  test('refuses what would be changed, in attributes, in data and in data_base64', () => {
    const refused = (value: string) => {
      const result = fromKafkaRecord(received([['content-type', 'application/cloudevents+json']], value));
      return result.ok ? [] : result.issues.map(({ pointer }) => pointer);
    };
    expect(refused('{"ext":1e999,"data":{"a":1e999}}')).toEqual(['/ext', '/data/a']);
    const data_base64 = Buffer.from('{"a":1e999}').toString('base64');
    expect(refused(JSON.stringify({ ...valid, data_base64 }))).toEqual(['/data/a']);
  });

  test('tells null data from no data', () => {
    expect(fromStructured({ ...valid, data: null })).toEqual({
      ok: true,
      value: { attributes: valid, data: null },
    });
    expect(fromStructured(valid)).toEqual({ ok: true, value: { attributes: valid, data: undefined } });
  });

  test.each<[string, unknown, string, string, string]>([
    ['an array', [valid], 'malformed', '', 'Must be a JSON object in the CloudEvents JSON format.'],
    ['null', null, 'malformed', '', 'Must be a JSON object in the CloudEvents JSON format.'],
    [
      'data twice',
      { ...valid, data: 1, data_base64: 'MQ==' },
      'invalid_cloudevent',
      '/data_base64',
      'Must not stand beside data.',
    ],
    [
      'broken base64',
      { ...valid, data_base64: 'MQ=!' },
      'invalid_cloudevent',
      '/data_base64',
      'Must be base64.',
    ],
    [
      'base64 that is no text',
      { ...valid, data_base64: 5 },
      'invalid_cloudevent',
      '/data_base64',
      'Must be base64.',
    ],
    ['base64 that is not UTF-8', { ...valid, data_base64: '/w==' }, 'malformed', '', 'Must be UTF-8 text.'],
    ['a required attribute that is null', { ...valid, id: null }, 'invalid_cloudevent', '/id', 'Is missing.'],
    [
      'an extension that is an object',
      { ...valid, ext: {} },
      'invalid_cloudevent',
      '/ext',
      'An extension attribute must be a string, a boolean or a 32-bit integer.',
    ],
  ])('refuses %s', (_name, event, code, pointer, message) => {
    expect(fromStructured(event)).toEqual({ ok: false, code, issues: [{ pointer, message }] });
  });

  test('refuses an attribute named __proto__ and takes nothing from it', () => {
    const event = JSON.parse(
      `{"__proto__":{"id":"x","polluted":true},"type":"a","source":"/","specversion":"1.0"}`,
    );
    expect(fromStructured(event)).toMatchObject({
      ok: false,
      issues: [{ pointer: '/id', message: 'Is missing.' }, { pointer: '/__proto__' }],
    });
    expect('polluted' in {}).toBe(false);
  });
});

describe('toKafkaRecord', () => {
  const event = (extra: object = {}) => {
    const attributes = {
      specversion: '1.0',
      id: 'event-1',
      source: '/events',
      type: 'order.shipped',
      ...extra,
    };
    const checked = validateEvent({
      attributes: { ...attributes, specversion: '1.0' },
      data: validData['order.shipped'],
    });
    if (!checked.ok) throw new Error('not valid');
    return checked.value;
  };
  const textsOf = (headers: readonly RecordHeader[]) =>
    headers.map(([name, value]) => [name, value.toString()]);

  test('writes attributes as ce_ headers, data as the value, the order as the key', () => {
    const record = toKafkaRecord(
      event({ subject: 'zoë', datacontenttype: 'application/json; charset=utf-8' }),
    );
    expect(record.key?.toString()).toBe('order-1');
    expect(JSON.parse(String(record.value))).toEqual(validData['order.shipped']);
    expect(textsOf(record.headers)).toEqual([
      ['content-type', 'application/json; charset=utf-8'],
      ['ce_specversion', '1.0'],
      ['ce_id', 'event-1'],
      ['ce_source', '/events'],
      ['ce_type', 'order.shipped'],
      ['ce_subject', 'zoë'],
    ]);
  });

  test('names the content type that the JSON format leaves to be understood', () => {
    expect(textsOf(toKafkaRecord(event()).headers)).toContainEqual(['content-type', 'application/json']);
  });

  test('writes booleans and integers in their canonical form', () => {
    const { headers } = toKafkaRecord(event({ sampled: true, rate: -5, unset: undefined }));
    expect(textsOf(headers).slice(-2)).toEqual([
      ['ce_sampled', 'true'],
      ['ce_rate', '-5'],
    ]);
  });

  test('is undone by fromKafkaRecord', () => {
    fc.assert(
      fc.property(catalogueEvent(), (original) => {
        const { headers, value } = toKafkaRecord(original);
        const read = fromKafkaRecord(received(headers, value));
        expect(read.ok && validateEvent(read.value)).toEqual({ ok: true, value: original });
      }),
    );
  });
});

test('fromKafkaRecord never throws, whatever the headers and the value', () => {
  const name = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.constantFrom('content-type', 'ce_id', 'ce_type', 'ce_source', 'ce_specversion', 'ce___proto__'),
    fc.string().map((rest) => `ce_${rest}`),
  );
  const content = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .constantFrom('1.0', 'application/json', 'application/cloudevents+json')
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, content)), fc.option(content), (headers, value) => {
      const result = fromKafkaRecord(received(headers, value));
      return result.ok || result.issues.length > 0;
    }),
  );
});
