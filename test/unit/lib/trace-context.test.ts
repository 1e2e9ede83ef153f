import fc from 'fast-check';
import { createPublishHandler } from '../../../lib/http/publish-handler.ts';
import type { KafkaRecord, RecordHeader } from '../../../lib/kafka/record.ts';
import { httpEvent } from '../../../lib/testing/http-event.ts';
import { lambdaContext } from '../../../lib/testing/lambda-context.ts';
import { recordingLog } from '../../../lib/testing/recording-log.ts';
import { recordTrace, traceHeaders } from '../../../lib/trace-context.ts';
import { validData } from '../../support/valid-data.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** Headers as a consumer reads them. */
const asRead = (headers: readonly RecordHeader[]) =>
  headers.map(([name, value]) => [name, { text: value.toString() }] as const);

const headersOf = (request: Record<string, string>) =>
  traceHeaders(new Map(Object.entries(request)), 'request-1').map(([name, value]) => [name, String(value)]);

test('the trace of a request is handed on', () => {
  expect(headersOf({ traceparent, tracestate: 'vendor=1', 'x-correlation-id': 'order-7' })).toEqual([
    ['correlation-id', 'order-7'],
    ['traceparent', traceparent],
    ['tracestate', 'vendor=1'],
  ]);
});

test.each([
  ['without a trace', {}],
  ['with zeros for a trace', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
  ['with zeros for a span', { traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01` }],
  ['with the version that is none', { traceparent: traceparent.replace('00-', 'ff-') }],
  ['with more fields than version 00 has', { traceparent: `${traceparent}-more` }],
  ['with capital letters', { traceparent: traceparent.toUpperCase() }],
  ['with a state of no trace', { tracestate: 'vendor=1' }],
  ['with a correlation id of several lines', { 'x-correlation-id': 'a\nb' }],
  ['with an endless correlation id', { 'x-correlation-id': 'a'.repeat(129) }],
])('a request %s is correlated by its request id alone', (_, request) => {
  expect(headersOf(request)).toEqual([['correlation-id', 'request-1']]);
});

test('a trace of a later version may have more fields', () => {
  const later = `${traceparent.replace('00-', '01-')}-more`;
  expect(headersOf({ traceparent: later })).toContainEqual(['traceparent', later]);
});

test('a record of somebody else has no trace', () => {
  expect(recordTrace(asRead([['traceparent', Buffer.from([0xff])]]))).toEqual({});
  expect(recordTrace([])).toEqual({});
});

test('whatever a request carries, its records can be read, and tell of the same trace', () => {
  const header = fc.option(fc.string(), { nil: undefined });
  fc.assert(
    fc.property(header, header, header, (...values) => {
      const names = ['traceparent', 'tracestate', 'x-correlation-id'];
      const request = new Map(
        names.flatMap((name, index): [string, string][] => {
          const value = values[index];
          return value === undefined ? [] : [[name, value]];
        }),
      );
      expect(recordTrace(asRead(traceHeaders(request, 'request-1'))).correlationId).toBeTruthy();
    }),
  );
});

test('publish writes the trace beside the event, and logs failures with it', async () => {
  const records: KafkaRecord[] = [];
  const log = recordingLog();
  const failing = createPublishHandler(
    () => ({
      topicName: (logical) => logical,
      producer: {
        send: async (sent) => {
          records.push(...sent);
          throw new Error('down');
        },
        disconnect: async () => {},
      },
    }),
    log,
  );
  const body = { type: 'message.posted', data: validData['message.posted'] };
  await failing(
    httpEvent({ body, headers: { 'content-type': 'application/json', traceparent } }),
    lambdaContext({ requestId: 'request-9' }),
  );
  const headers: readonly RecordHeader[] = records[0]?.headers ?? [];
  expect(recordTrace(asRead(headers))).toEqual({ correlationId: 'request-9', traceparent });
  expect(headers.map(([name]) => name)).toContain('ce_id');
  expect(log.lines).toMatchObject([{ level: 'error', correlationId: 'request-9', traceparent }]);
});
