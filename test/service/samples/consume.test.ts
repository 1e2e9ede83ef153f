import { processEvent } from '../../../handlers/consume.ts';
import { consumedEvent } from '../../../lib/testing/consumed-event.ts';
import { validData } from '../../support/valid-data.ts';

describe('the work of consume', () => {
  afterEach(() => jest.restoreAllMocks());

  test('logs the event without its sensitive data', async () => {
    const { event, context, lines } = consumedEvent('order.placed', validData['order.placed'], {
      partition: 2,
      offset: 7,
      key: 'order-1',
    });
    await processEvent(event, context);

    expect(lines).toMatchObject([
      {
        level: 'info',
        message: 'event consumed',
        topic: 'events',
        partition: 2,
        offset: 7,
        key: 'order-1',
        event: {
          id: 'event-1',
          type: 'order.placed',
          data: { ...validData['order.placed'], customerEmail: '[redacted]' },
        },
      },
    ]);
  });

  test('logs no data at all with LOG_EVENT_DATA=none', async () => {
    jest.replaceProperty(process, 'env', { ...process.env, LOG_EVENT_DATA: 'none' });
    const { event, context, lines } = consumedEvent('message.posted', validData['message.posted']);
    await jest.isolateModulesAsync(async () => {
      const consume = await import('../../../handlers/consume.ts');
      await consume.processEvent(event, context);
    });

    expect(lines).toMatchObject([{ event: { id: 'event-1' } }]);
    expect(lines[0]?.event).not.toHaveProperty('data');
  });
});
