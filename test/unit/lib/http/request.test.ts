import type { HttpRequest } from '../../../../lib/http/request.ts';
import { httpRequest } from '../../../../lib/http/request.ts';
import { httpEvent, restEvent } from '../../../support/http-event.ts';

const gateways = [
  ['HTTP API', httpEvent],
  ['REST API', restEvent],
] as const;

describe.each(gateways)('httpRequest of an %s', (_name, eventOf) => {
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
    expect(() => httpRequest({ ...eventOf(), body: 'e30=!', isBase64Encoded: true })).toThrow(
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
    expect(() => httpRequest(event)).toThrow('The event is not an API Gateway request.');
  });

  test('passes over headers that are not text', () => {
    const { headers } = httpRequest({
      headers: { 'content-type': ['application/json'], 'ce-id': 5 },
      body: 5,
    });
    expect(headers.size).toBe(0);
  });
});
