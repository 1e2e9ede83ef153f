import {
  type EventContext,
  type ProcessEvent,
  processByType,
  type WorkByType,
} from '../../../../lib/consume/process-event.ts';
import { consumedEvent } from '../../../../lib/testing/consumed-event.ts';

const placed = consumedEvent('order.placed', {
  orderId: 'order-1',
  lines: [{ sku: 'cup', quantity: 2 }],
  totalCents: 1990,
  currency: 'EUR',
});
const shipped = consumedEvent('order.shipped', { orderId: 'order-1', carrier: 'post' });

describe('processByType', () => {
  test('does the work of the type, with the data of the type', async () => {
    const done: string[] = [];
    const processEvent = processByType({
      'order.placed': (event) => void done.push(event.data.currency),
      'order.shipped': async (event, { record }) => void done.push(`${event.data.carrier} ${record.topic}`),
    });
    await processEvent(placed.event, placed.context);
    await processEvent(shipped.event, shipped.context);

    expect(done).toEqual(['EUR', 'post events']);
  });

  test('passes over an event of a type that it does not name', async () => {
    const passed: string[] = [];
    const context: EventContext = { ...shipped.context, passOver: () => passed.push('passed over') };
    await processByType({ 'order.placed': () => {} })(shipped.event, context);
    await processByType({})(shipped.event, context);

    expect(passed).toEqual(['passed over', 'passed over']);
  });

  test('hands on the failure of the work', async () => {
    const processEvent = processByType({
      'order.placed': () => {
        throw new Error('thrown');
      },
      'order.shipped': () => Promise.reject(new Error('rejected')),
    });

    expect(() => processEvent(placed.event, placed.context)).toThrow('thrown');
    await expect(processEvent(shipped.event, shipped.context)).rejects.toThrow('rejected');
  });

  test('does not compile with a type that the catalogue does not have, or with data of another type', async () => {
    const unknown: WorkByType = {
      // @ts-expect-error no such event type
      'order.plcaed': () => {},
    };
    const wrong: WorkByType = {
      // @ts-expect-error an order that was placed has no carrier
      'order.placed': (event) => event.data.carrier,
    };
    const whole: ProcessEvent = (event) => {
      if (event.type === 'order.shipped') expect(event.data.carrier).toBe('post');
      // @ts-expect-error not every event has a carrier
      else event.data.carrier;
    };
    await whole(shipped.event, shipped.context);
    expect([unknown, wrong]).toHaveLength(2);
  });
});
