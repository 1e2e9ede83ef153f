import { errorCatalogue, ServiceError, type ServiceErrorCode } from '../../../../lib/errors.ts';
import { problemResponse, proxyResponse, responseTo } from '../../../../lib/http/response.ts';

const isErrorCode = (code: string): code is ServiceErrorCode => Object.hasOwn(errorCatalogue, code);
const codes = Object.keys(errorCatalogue).filter(isErrorCode);

test('proxyResponse is what API Gateway takes', () => {
  expect(proxyResponse(202, { deliveries: [] })).toEqual({
    statusCode: 202,
    headers: { 'content-type': 'application/json' },
    body: '{"deliveries":[]}',
    isBase64Encoded: false,
  });
});

test('a load balancer with multi-value headers is answered with those', () => {
  const response = problemResponse(new ServiceError('broker_unreachable', ''), 'r-1');
  expect(responseTo({ multiValueHeaders: {} }, response)).toEqual({
    ...response,
    multiValueHeaders: { 'content-type': ['application/problem+json'], 'retry-after': ['1'] },
  });
  expect(responseTo({ multiValueHeaders: {}, headers: {} }, response)).toBe(response);
  expect(responseTo({ headers: {} }, response)).toBe(response);
  expect(responseTo(null, response)).toBe(response);
});

describe('problemResponse', () => {
  // RFC 9457, section 3.1: the members of a problem details object.
  test.each(codes)('is a problem of RFC 9457: %s', (code) => {
    const { status, retriable, title } = errorCatalogue[code];
    const { statusCode, headers, body } = problemResponse(new ServiceError(code, 'what went wrong'), 'r-1');
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: `urn:problem-type:${code}`,
      title,
      status,
      detail: expect.stringMatching(/^.+$/),
      code,
      retriable,
      requestId: 'r-1',
    });
  });

  test.each(codes)('says when to retry exactly where that can help: %s', (code) => {
    const { headers } = problemResponse(new ServiceError(code, ''), 'r-1');
    expect('retry-after' in headers).toBe(errorCatalogue[code].retriable);
    expect(headers['retry-after'] ?? '1').toMatch(/^[1-9]\d*$/);
  });

  test.each(codes)('tells a client about its own mistakes only: %s', (code) => {
    const cause = new Error('password hunter2');
    const { body } = problemResponse(new ServiceError(code, 'b-1.internal:9098 hunter2', { cause }), 'r-1');
    expect(body.includes('b-1.internal')).toBe(errorCatalogue[code].status < 500);
    expect(body).not.toContain('password');
  });

  test('lists what is wrong in which event', () => {
    const issues = [{ index: 3, pointer: '/data/id', message: 'Is missing.' }];
    const { body } = problemResponse(new ServiceError('schema_violation', 'Not valid.', { issues }), 'r-1');
    expect(JSON.parse(body)).toMatchObject({ detail: 'Not valid.', errors: issues });
  });

  test('lists as many issues as an answer can hold, and counts the others', () => {
    const issues = Array.from({ length: 10_000 }, (_, index) => ({
      index,
      pointer: `/data/${'☃'.repeat(30)}`,
      message: 'Is missing.',
    }));
    const { body } = problemResponse(new ServiceError('schema_violation', 'Not valid.', { issues }), 'r-1');
    const { errors, moreErrors } = JSON.parse(body);
    expect(Buffer.byteLength(body)).toBeLessThan(300_000);
    expect(errors).toEqual(issues.slice(0, errors.length));
    expect(errors.length + moreErrors).toBe(10_000);
    expect(errors.length).toBeGreaterThan(1_000);
  });

  test.each<[ServiceErrorCode, string]>([
    ['delivery_unconfirmed', 'The event may have been accepted: retry with the same id.'],
    ['broker_unreachable', 'The Kafka cluster cannot be reached. Nothing was accepted: retry later.'],
    ['delivery_refused', 'The Kafka cluster did not accept the event. Nothing was accepted: retry later.'],
    ['internal_error', 'The service failed. The requestId names the log lines that say why.'],
    ['configuration_error', 'The service failed. The requestId names the log lines that say why.'],
  ])('says whether a retry is safe: %s', (code, detail) => {
    expect(JSON.parse(problemResponse(new ServiceError(code, 'inside'), 'r-1').body).detail).toBe(detail);
  });
});
