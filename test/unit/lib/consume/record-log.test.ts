import type { DecodedRecord } from '../../../../lib/consume/decode-record.ts';
import { deduplicated } from '../../../../lib/consume/deduplication.ts';
import { type ProcessEvent, processByType } from '../../../../lib/consume/process-event.ts';
import { RecordLog } from '../../../../lib/consume/record-log.ts';
import { createLog, type LogLevel } from '../../../../lib/log.ts';
import { consumeEvents } from '../../../../lib/testing/consume-events.ts';
import { consumedEvent } from '../../../../lib/testing/consumed-event.ts';
import type { RecordInput } from '../../../../lib/testing/msk-event.ts';
import { validData } from '../../../support/valid-data.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const data = validData['order.placed'];
const place = { topic: 'orders', partition: 2, offset: 7 };

/** An event in a record, and what its log writes, as text. */
function logged(input: Omit<RecordInput, 'value'> = {}, level: LogLevel = 'debug') {
  const { event, context } = consumedEvent('order.placed', data, { ...place, key: 'order-1', ...input });
  const text: string[] = [];
  const batchLog = createLog({ write: (line) => text.push(line), level, fields: { requestId: 'request-1' } });
  return { log: new RecordLog(batchLog, context.record, event), text };
}

const headers: [string, string][] = [
  ['ce_specversion', '1.0'],
  ['ce_id', 'event-1'],
  ['ce_source', '/test'],
  ['ce_type', 'order.placed'],
  ['correlation-id', 'request-9'],
  ['traceparent', traceparent],
];

test('each line says which record it is about: after the request id, before the fields of the call', () => {
  jest.useFakeTimers({ now: 1_760_000_000_000 });
  const { log, text } = logged({ headers });
  log.info('order billed', { orderId: 'order-1' });
  log.warn('paid late');
  jest.useRealTimers();

  const record =
    '"requestId":"request-1","topic":"orders","partition":2,"offset":7,"key":"order-1",' +
    `"correlationId":"request-9","traceparent":"${traceparent}"`;
  const timestamp = '"timestamp":"2025-10-09T08:53:20.000Z"';
  expect(text).toEqual([
    `{"level":"info",${timestamp},"message":"order billed",${record},"orderId":"order-1"}\n`,
    `{"level":"warn",${timestamp},"message":"paid late",${record}}\n`,
  ]);
});

test.each(['debug', 'info', 'warn', 'error'] as const)('a line of level %s says it', (level) => {
  const { log, text } = logged();
  log[level]('order billed');
  expect(text.map((line) => JSON.parse(line))).toMatchObject([{ level, ...place, key: 'order-1' }]);
});

test('its methods can be taken out of it', () => {
  const { log, text } = logged();
  const { debug, info, warn, error } = log;
  for (const write of [debug, info, warn, error]) write('order billed', { orderId: 'order-1' });
  const lines = text.map((line) => JSON.parse(line));
  expect(lines.map(({ level }) => level)).toEqual(['debug', 'info', 'warn', 'error']);
  for (const line of lines) expect(line).toMatchObject({ ...place, orderId: 'order-1' });
});

test('a field of the call replaces that of the record, and stands once', () => {
  const { log, text } = logged();
  log.info('order billed', { offset: 'elsewhere', key: 'order-2' });
  expect(text[0]).toMatch(/"topic":"orders","partition":2,"offset":"elsewhere","key":"order-2"}\n$/);
});

test('a line below the level of the log is not written', () => {
  const { log, text } = logged({}, 'warn');
  log.info('order billed');
  expect(text).toEqual([]);
});

test('a failure among the fields is described, beside the record', () => {
  const { log, text } = logged();
  log.error('not billed', { error: new Error('The bank is away.') });
  expect(JSON.parse(text[0] ?? '')).toMatchObject({ ...place, error: { message: 'The bank is away.' } });
});

test.each<[title: string, key: string | Buffer | null, expected: Record<string, unknown>]>([
  ['is left as it is when it holds nothing sensitive', 'order-1', { key: 'order-1' }],
  ['is redacted when it tells sensitive data', data.customerEmail, { key: '[redacted]' }],
  ['is base64 when it is not UTF-8', Buffer.from([0x61, 0xff]), { keyBase64: 'Yf8=' }],
  ['is null when there is none', null, { key: null }],
])('the key %s', (_, key, expected) => {
  const { log, text } = logged({ key });
  log.info('order billed');
  const { level, timestamp, message, requestId, topic, partition, offset, ...rest } = JSON.parse(
    text[0] ?? '',
  );
  expect(rest).toEqual(expected);
});

test('the record is not looked at until something is logged', () => {
  const { event, context } = consumedEvent('order.placed', data, place);
  let looks = 0;
  const record: DecodedRecord = {
    ...context.record,
    get topic() {
      looks++;
      return 'orders';
    },
  };
  const log = new RecordLog(context.log, record, event);
  expect(looks).toBe(0);
  log.info('order billed');
  log.info('order shipped');
  expect(looks).toBe(1);
});

const work: ProcessEvent = (_event, { log }) => log.info('done');
const once = { claim: async () => ({ complete: async () => {}, abandon: async () => {} }) };

test.each<[title: string, processEvent: ProcessEvent]>([
  ['of one function', work],
  ['by type', processByType({ 'order.placed': work })],
  ['that is done once', deduplicated(once, work)],
])('a consumer with work %s logs which record each line is about', async (_, processEvent) => {
  const events = [
    { type: 'order.placed', data, attributes: { id: 'a' } },
    { type: 'order.placed', data, attributes: { id: 'b' }, partition: 1 },
    { type: 'order.placed', data, attributes: { id: 'c' } },
  ] as const;
  const { lines } = await consumeEvents(events, { processEvent });
  const places = lines.map(({ message, requestId, topic, partition, offset, key }) =>
    JSON.stringify([message, requestId, topic, partition, offset, key]),
  );
  expect(places.sort()).toEqual([
    `["done","request-1","events",0,0,"${data.orderId}"]`,
    `["done","request-1","events",0,1,"${data.orderId}"]`,
    `["done","request-1","events",1,0,"${data.orderId}"]`,
  ]);
});

test('the line about an event that is skipped says its record too, once', async () => {
  const before = { claim: async () => undefined };
  const { lines } = await consumeEvents([{ type: 'order.placed', data }], {
    processEvent: deduplicated(before, work),
  });
  expect(lines).toEqual([
    {
      level: 'info',
      timestamp: expect.any(String),
      message: 'event skipped',
      requestId: 'request-1',
      topic: 'events',
      partition: 0,
      offset: 0,
      key: data.orderId,
      source: '/test',
      id: 'event-1',
      type: 'order.placed',
      reason: 'processed before',
    },
  ]);
});

test('a test of a single call of the work sees the record in its lines', async () => {
  const { event, context, lines } = consumedEvent('order.placed', data, place);
  await work(event, context);
  expect(lines).toMatchObject([{ message: 'done', ...place }]);
});
