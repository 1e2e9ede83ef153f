import fc from 'fast-check';
import { ServiceError } from '../../../../lib/errors.ts';
import { type HttpRequest, httpRequest } from '../../../../lib/http/request.ts';
import {
  httpEvent,
  latticeEvent,
  latticeEvent2,
  loadBalancerEvent,
  multiValueEvent,
  restEvent,
} from '../../../../lib/testing/http-event.ts';
import { anyCharacter } from '../../../support/any-character.ts';

const gateways = [
  ['HTTP API', httpEvent],
  ['REST API', restEvent],
  ['load balancer', loadBalancerEvent],
  ['load balancer with multi-value headers', multiValueEvent],
  ['VPC Lattice service, version 1', latticeEvent],
  ['VPC Lattice service, version 2', latticeEvent2],
] as const;

describe.each(gateways)('httpRequest of an event of a %s', (_name, eventOf) => {
  test('finds headers whatever their case', () => {
    const request = httpRequest(
      eventOf({ headers: { 'CONTENT-TYPE': 'Application/JSON; Charset=UTF-8', 'Ce-Id': 'A' } }),
    );
    expect(request.mediaType).toBe('application/json');
    expect(request.contentType).toBe('Application/JSON; Charset=UTF-8');
    expect(request.headers.get('ce-id')).toBe('A');
  });

  test.each([
    ['text', false],
    ['base64', true],
  ])('reads a body passed as %s', (_encoding, base64) => {
    const { body, bodyBytes } = httpRequest(eventOf({ body: '{"name":"zoë"}', base64 }));
    expect(body).toBe('{"name":"zoë"}');
    expect(Buffer.from(bodyBytes)).toEqual(Buffer.from('{"name":"zoë"}'));
  });

  test('keeps bytes that are not text', () => {
    expect(Buffer.from(httpRequest(eventOf({ body: Buffer.from([0xff, 0x00]) })).bodyBytes)).toEqual(
      Buffer.from([0xff, 0x00]),
    );
  });

  test('takes a missing body and missing headers for empty ones', () => {
    const { headers, ...request } = httpRequest(eventOf({ headers: {} }));
    expect(headers.size).toBe(0);
    expect(request).toEqual<Omit<HttpRequest, 'headers'>>({
      mediaType: '',
      contentType: '',
      body: '',
      bodyBytes: Buffer.alloc(0),
    });
  });

  test('refuses base64 that is not', () => {
    const event = eventOf({ body: 'x', base64: true });
    expect(() => httpRequest({ ...event, body: 'e30=!' })).toThrow(
      'The body is marked as base64 and is not valid base64.',
    );
  });
});

describe('httpRequest', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['text', 'hi'],
    ['an array', []],
    ['an object without a request', { records: {} }],
  ])('refuses what is no request: %s', (_name, event) => {
    expect(() => httpRequest(event)).toThrow('The event is not an HTTP request.');
  });

  test('passes over headers that are not text', () => {
    const { headers } = httpRequest({
      headers: { 'content-type': [5, null], 'ce-id': 5, 'ce-type': {} },
    });
    expect(headers.size).toBe(0);
  });

  test.each([
    ['under one name', { 'X-Forwarded-For': ['10.0.0.1', '10.0.0.2'] }],
    ['under names in another case', { 'X-Forwarded-For': '10.0.0.1', 'x-forwarded-for': '10.0.0.2' }],
  ])('joins the values of a repeated header %s', (_, headers) => {
    expect(httpRequest({ headers }).headers.get('x-forwarded-for')).toBe('10.0.0.1,10.0.0.2');
  });

  test('takes a header that is repeated as it is for one', () => {
    const headers = { 'content-type': ['application/json', 'application/json'] };
    expect(httpRequest({ multiValueHeaders: headers }).mediaType).toBe('application/json');
  });

  test.each([[5], [{ type: 'message.posted' }], [true]])('refuses a body that is no text: %j', (body) => {
    expect(() => httpRequest({ headers: {}, body })).toThrow(
      'The body of the HTTP request must be text in the event.',
    );
  });

  test('reads whatever event there is, or says that it is malformed', () => {
    const member = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue())),
    );
    const event = fc.record(
      {
        headers: member,
        multiValueHeaders: member,
        requestContext: fc.jsonValue(),
        raw_path: fc.jsonValue(),
        body: fc.oneof(fc.string({ unit: anyCharacter }), fc.jsonValue()),
        isBase64Encoded: fc.oneof(fc.boolean(), fc.jsonValue()),
        is_base64_encoded: fc.oneof(fc.boolean(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(event, fc.jsonValue()), (any) => {
        try {
          const { headers, body, bodyBytes } = httpRequest(any);
          for (const [name, value] of headers) {
            expect(name).toBe(name.toLowerCase());
            expect(typeof value).toBe('string');
          }
          expect(Buffer.from(bodyBytes).toString()).toBe(Buffer.from(body).toString());
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          expect(error.code).toBe('malformed');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
