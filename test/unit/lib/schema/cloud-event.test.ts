import fc from 'fast-check';
import { isJsonMediaType, parseAttributes } from '../../../../lib/schema/cloud-event.ts';
import { anyCharacter } from '../../../support/any-character.ts';
import { attributeText } from '../../../support/arbitraries.ts';

const required = {
  specversion: '1.0',
  id: 'A234-1234-1234',
  source: '/mycontext',
  type: 'com.example.someevent',
};

const issuesOf = (attributes: Record<string, unknown>) => {
  const result = parseAttributes({ ...required, ...attributes });
  return result.ok ? [] : result.issues;
};

describe('parseAttributes', () => {
  // CloudEvents 1.0.2, "Context attributes": the examples given there.
  test.each<[string, Record<string, unknown>]>([
    ['source: a URI with a DNS authority', { source: 'https://github.com/cloudevents' }],
    ['source: a mail address', { source: 'mailto:cncf-wg-serverless@lists.cncf.io' }],
    ['source: a URN', { source: 'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66' }],
    ['source: a path', { source: '/cloudevents/spec/pull/123' }],
    ['source: a path of a sensor', { source: '/sensors/tn-1234567/alerts' }],
    ['source: a phone number', { source: '1-555-123-4567' }],
    ['type: of a pull request', { type: 'com.github.pull_request.opened' }],
    ['type: with a version', { type: 'com.example.object.deleted.v2' }],
    ['subject: a file name', { subject: 'mynewfile.jpg' }],
    ['time', { time: '2018-04-05T17:31:00Z' }],
    ['extensions', { comexampleextension1: 'value', comexampleothervalue: 5 }],
  ])('accepts the example of the specification: %s', (_name, attributes) => {
    expect(parseAttributes({ ...required, ...attributes })).toEqual({
      ok: true,
      value: { ...required, ...attributes },
    });
  });

  test.each(Object.keys(required))('requires %s', (name) => {
    expect(issuesOf({ [name]: undefined })).toEqual([{ pointer: `/${name}`, message: 'Is missing.' }]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a space instead of T', { time: '2018-04-05 17:31:00Z' }],
    ['no zone', { time: '2018-04-05T17:31:00' }],
    ['no time', { time: '2018-04-05' }],
    ['a number', { time: 1_522_949_460 }],
    ['a 30th of February', { time: '2020-02-30T00:00:00Z' }],
    ['a 29th of February in a common year', { time: '2019-02-29T00:00:00Z' }],
    ['a 13th month', { time: '2020-13-01T00:00:00Z' }],
    ['a 32nd day', { time: '2020-01-32T00:00:00Z' }],
    ['a day 0', { time: '2020-01-00T00:00:00Z' }],
    ['a 24th hour', { time: '2020-01-01T24:00:00Z' }],
    ['a 60th minute', { time: '2020-01-01T00:60:00Z' }],
    ['a 61st second', { time: '2020-01-01T00:00:61Z' }],
    ['an impossible offset', { time: '2020-01-01T00:00:00+24:00' }],
    ['an offset without a colon', { time: '2020-01-01T00:00:00+0100' }],
    ['something after it', { time: '2020-01-01T00:00:00Z or so' }],
  ])('refuses as time: %s', (_name, attributes) => {
    expect(issuesOf(attributes)).toEqual([
      { pointer: '/time', message: 'Must be a timestamp (RFC 3339), for example 2026-01-31T09:30:00Z.' },
    ]);
  });

  // RFC 3339, section 5.8: its examples.
  test.each([
    '1985-04-12T23:20:50.52Z',
    '1996-12-19T16:39:57-08:00',
    '1990-12-31T23:59:60Z',
    '1990-12-31T15:59:60-08:00',
    '1937-01-01T12:00:27.87+00:20',
    '2020-02-29t00:00:00z',
    '2018-04-05T17:31:00.123456789Z',
  ])('accepts as time: %s', (time) => {
    expect(issuesOf({ time })).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string, string]>([
    ['another version', { specversion: '0.3' }, '/specversion', 'Must be "1.0".'],
    ['a version as a number', { specversion: 1 }, '/specversion', 'Must be "1.0".'],
    ['an empty id', { id: '' }, '/id', 'Must be a non-empty string.'],
    ['an id that is a number', { id: 5 }, '/id', 'Must be a non-empty string.'],
    ['an empty type', { type: '' }, '/type', 'Must be a non-empty string.'],
    ['an empty subject', { subject: '' }, '/subject', 'Must be a non-empty string.'],
    ['an empty source', { source: '' }, '/source', 'Must be a non-empty URI reference (RFC 3986).'],
    ['a source with a space', { source: '/a b' }, '/source', 'Must be a non-empty URI reference (RFC 3986).'],
    [
      'a source with a bare %',
      { source: '/100%' },
      '/source',
      'Must be a non-empty URI reference (RFC 3986).',
    ],
    ['a source beyond ASCII', { source: '/zoë' }, '/source', 'Must be a non-empty URI reference (RFC 3986).'],
    [
      'a relative dataschema',
      { dataschema: '/schema' },
      '/dataschema',
      'Must be an absolute URI (RFC 3986).',
    ],
    ['an empty dataschema', { dataschema: '' }, '/dataschema', 'Must be an absolute URI (RFC 3986).'],
    [
      'data that is not JSON',
      { datacontenttype: 'application/xml' },
      '/datacontenttype',
      'Must be a JSON media type, for example application/json.',
    ],
  ])('refuses %s', (_name, attributes, pointer, message) => {
    expect(issuesOf(attributes)).toEqual([{ pointer, message }]);
  });

  test.each([
    ['upper case', 'traceParent'],
    ['a hyphen', 'trace-parent'],
    ['an underscore', 'trace_parent'],
    ['nothing', ''],
    ['letters beyond ASCII', 'zoë'],
    ['the reserved name data', 'data'],
    ['__proto__', '__proto__'],
  ])('refuses an attribute name of %s', (_name, name) => {
    const attributes = Object.fromEntries([...Object.entries(required), [name, 'value']]);
    expect(parseAttributes(attributes)).toEqual({
      ok: false,
      code: 'invalid_cloudevent',
      issues: [
        {
          pointer: `/${name}`,
          message: 'An attribute name must consist of a-z and 0-9, and must not be "data".',
        },
      ],
    });
  });

  test.each(['constructor', 'tostring', 'hasownproperty', '0', '20charactersandlonger'])(
    'accepts the attribute name %s',
    (name) => {
      expect(issuesOf({ [name]: 'value' })).toEqual([]);
    },
  );

  test.each<[string, unknown]>([
    ['the smallest integer', -(2 ** 31)],
    ['the largest integer', 2 ** 31 - 1],
    ['zero', 0],
    ['true', true],
    ['false', false],
    ['empty text', ''],
    ['text beyond the basic plane', '😀'],
  ])('accepts as an extension: %s', (_name, value) => {
    expect(issuesOf({ extension: value })).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an integer below 32 bits', -(2 ** 31) - 1],
    ['an integer above 32 bits', 2 ** 31],
    ['a fraction', 1.5],
    ['infinity', Infinity],
    ['not a number', Number.NaN],
    ['an array', []],
    ['an object', {}],
    ['null', null],
  ])('refuses as an extension: %s', (_name, value) => {
    expect(issuesOf({ extension: value })).toEqual([
      {
        pointer: '/extension',
        message: 'An extension attribute must be a string, a boolean or a 32-bit integer.',
      },
    ]);
  });

  test.each([
    ['a line feed', 'a\nb'],
    ['NUL', 'a\u0000b'],
    ['DEL', 'a\u007fb'],
    ['a C1 control character', 'a\u009fb'],
    ['a noncharacter', 'a\ufdd0b'],
    ['the last noncharacter of the basic plane', 'a\uffffb'],
    ['a noncharacter of another plane', 'a\u{1fffe}b'],
    ['the last noncharacter of all', 'a\u{10ffff}b'],
    ['a lone high surrogate', 'a\ud800b'],
    ['a lone low surrogate', 'a\udeadb'],
  ])('refuses text with %s', (_name, text) => {
    for (const name of ['id', 'subject', 'extension']) {
      expect(issuesOf({ [name]: text })).toEqual([
        { pointer: `/${name}`, message: 'Must not hold control characters or broken Unicode.' },
      ]);
    }
  });

  test('names every wrong attribute', () => {
    expect(issuesOf({ id: '', time: 'now', 'a/b~c': 'value' }).map(({ pointer }) => pointer)).toEqual([
      '/id',
      '/time',
      '/a~1b~0c',
    ]);
  });

  test('stays short however much is wrong', () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`A${index}`, 'value']));
    expect(JSON.stringify(issuesOf(many)).length).toBeLessThan(5_000);
    expect(JSON.stringify(issuesOf({ ['~'.repeat(1_000_000)]: 'value' })).length).toBeLessThan(500);
  });

  test('reads attributes of ten million characters', () => {
    const long = 'a'.repeat(10_000_000);
    expect(issuesOf({ source: long, id: long, extension: long, dataschema: `urn:${long}` })).toEqual([]);
    expect(issuesOf({ source: '%41'.repeat(3_300_000) })).toEqual([]);
  });

  test('accepts any allowed text', () => {
    fc.assert(
      fc.property(
        attributeText(),
        (text) => issuesOf({ id: text, subject: text, extension: text }).length === 0,
      ),
    );
  });

  test('accepts any time that Date writes', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') }),
        (date) => issuesOf({ time: date.toISOString() }).length === 0,
      ),
    );
  });

  test('never throws, whatever the names and values', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: anyCharacter }), fc.anything()), (attributes) => {
        const result = parseAttributes(attributes);
        return result.ok || result.issues.length > 0;
      }),
    );
  });
});

describe('isJsonMediaType', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json ;charset=utf-8',
    'text/json',
    'application/vnd.example.v1+json',
    'model/gltf+json',
    'application/a+b+json',
  ])('takes %s for JSON', (mediaType) => expect(isJsonMediaType(mediaType)).toBe(true));

  test.each([
    '',
    'json',
    'application/',
    'application/jsonp',
    'application/json-seq',
    'application/xml',
    'a/b/json',
  ])('does not take "%s" for JSON', (mediaType) => expect(isJsonMediaType(mediaType)).toBe(false));
});
