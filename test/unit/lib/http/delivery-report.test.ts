import { ServiceError, type ServiceErrorCode } from '../../../../lib/errors.ts';
import { deliveryReport } from '../../../../lib/http/delivery-report.ts';
import type { Delivery } from '../../../../lib/kafka/producer/producer.ts';
import { type CatalogueEvent, validateEvent } from '../../../../lib/schema/validation.ts';
import { validData } from '../../../support/valid-data.ts';

function event(id: string): CatalogueEvent {
  const checked = validateEvent({
    attributes: { specversion: '1.0', id, source: '/test', type: 'message.posted' },
    data: validData['message.posted'],
  });
  if (!checked.ok) throw new Error('not valid');
  return checked.value;
}

const delivered = (partition: number, offset: bigint): Delivery => ({
  status: 'delivered',
  partition,
  offset,
  timestamp: 1_760_000_000_000,
});
const failed = (code: ServiceErrorCode): Delivery => ({
  status: 'failed',
  error: new ServiceError(code, 'inside'),
});

function report(...deliveries: Delivery[]) {
  const outgoing = deliveries.map((_, index) => ({ event: event(`event-${index}`), topic: 'events' }));
  const { statusCode, body } = deliveryReport(outgoing, deliveries, 'r-1');
  return { statusCode, body: JSON.parse(body) };
}

const place = { source: '/test', type: 'message.posted', topic: 'events' };

describe('deliveryReport', () => {
  test('is 202 when the broker acknowledged all, in request order', () => {
    const timestamp = 1_760_000_000_000;
    expect(report(delivered(2, 7n), delivered(0, 9n), delivered(2, 8n))).toEqual({
      statusCode: 202,
      body: {
        deliveries: [
          { id: 'event-0', ...place, partition: 2, offset: 7, timestamp },
          { id: 'event-1', ...place, partition: 0, offset: 9, timestamp },
          { id: 'event-2', ...place, partition: 2, offset: 8, timestamp },
        ],
      },
    });
  });

  test('names the topic of each event', () => {
    const outgoing = ['events', 'payments'].map((topic) => ({ event: event('event-0'), topic }));
    const { body } = deliveryReport(outgoing, [delivered(0, 1n), delivered(0, 1n)], 'r-1');
    expect(JSON.parse(body).deliveries).toMatchObject([{ topic: 'events' }, { topic: 'payments' }]);
  });

  test('is 207 when it acknowledged some, each with its own status', () => {
    const timestamp = 1_760_000_000_000;
    expect(report(failed('delivery_unconfirmed'), delivered(0, 9n), failed('record_too_large'))).toEqual({
      statusCode: 207,
      body: {
        deliveries: [
          { id: 'event-0', ...place, status: 'failed', code: 'delivery_unconfirmed', retriable: true },
          { id: 'event-1', ...place, partition: 0, offset: 9, timestamp, status: 'delivered' },
          { id: 'event-2', ...place, status: 'failed', code: 'record_too_large', retriable: false },
        ],
      },
    });
  });

  test.each<[ServiceErrorCode[], ServiceErrorCode, number]>([
    [['broker_unreachable'], 'broker_unreachable', 503],
    [['record_too_large'], 'record_too_large', 413],
    [['broker_unreachable', 'delivery_unconfirmed'], 'delivery_unconfirmed', 503],
    [['configuration_error', 'delivery_unconfirmed'], 'delivery_unconfirmed', 503],
    [['delivery_refused', 'configuration_error'], 'configuration_error', 500],
    [['delivery_refused', 'internal_error'], 'internal_error', 500],
    [['broker_unreachable', 'record_too_large'], 'record_too_large', 413],
    [['delivery_refused', 'broker_unreachable'], 'delivery_refused', 503],
  ])('is one problem when all failed, and the gravest speaks: %j', (codes, code, statusCode) => {
    expect(report(...codes.map(failed))).toMatchObject({ statusCode, body: { code, requestId: 'r-1' } });
  });

  test('names the events also when all failed, because a retry needs the ids that were given here', () => {
    expect(report(failed('delivery_unconfirmed'), failed('delivery_refused')).body.deliveries).toEqual([
      { id: 'event-0', ...place, status: 'failed', code: 'delivery_unconfirmed', retriable: true },
      { id: 'event-1', ...place, status: 'failed', code: 'delivery_refused', retriable: true },
    ]);
  });
});
