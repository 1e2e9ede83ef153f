import assert from 'node:assert/strict';
import { NonRetriableError } from '../../lib/consume/non-retriable-error.ts';
import { processByType } from '../../lib/consume/process-event.ts';
import { consumeEvents } from '../../lib/testing/consume-events.ts';
import { consumedEvent } from '../../lib/testing/consumed-event.ts';
import { withBroker } from '../../lib/testing/embedded-broker.ts';
import { withLoop } from '../../lib/testing/loop.ts';
import { poisonRecords } from '../../lib/testing/msk-event.ts';
import { publisherDouble } from '../../lib/testing/publisher-double.ts';

const processEvent = processByType({
  'order.shipped': (event, { log }) => {
    if (event.data.carrier === 'none') throw new NonRetriableError('There is no such carrier.');
    if (event.data.carrier === 'closed') throw new Error('The carrier is closed.');
    log.info('shipped', { orderId: event.data.orderId });
  },
});
const shipped = (orderId: string, carrier = 'post') =>
  ({ type: 'order.shipped', data: { orderId, carrier } }) as const;

/** Tests of one's own work by their titles, for a runner of any kind. */
export const tests: Readonly<Record<string, () => Promise<void>>> = {
  'a single call': async () => {
    const { event, context, lines } = consumedEvent('order.shipped', shipped('1').data);
    await processEvent(event, context);
    assert.deepEqual(
      lines.map(({ message, orderId }) => [message, orderId]),
      [['shipped', '1']],
    );
  },
  'a batch: processed, failed, rejected and passed over': async () => {
    const batch = [
      shipped('1'),
      shipped('2', 'none'),
      poisonRecords['not JSON'],
      { type: 'message.posted' },
      { ...shipped('3', 'closed'), partition: 1 },
      { ...shipped('4'), partition: 1 },
    ] as const;
    const { processed, failed, deadLetters, lines } = await consumeEvents(batch, { processEvent });
    assert.deepEqual(
      processed.map(({ data }) => data),
      [shipped('1').data],
    );
    assert.deepEqual(failed, [
      { topic: 'events', partition: 1, offset: 0 },
      { topic: 'events', partition: 1, offset: 1 },
    ]);
    assert.deepEqual(
      deadLetters.map(({ topic, reason }) => [topic, reason]),
      [
        ['events.dlq', 'non_retriable_error'],
        ['events.dlq', 'malformed'],
      ],
    );
    assert.ok(lines.some(({ message }) => message === 'events passed over'));
  },
  'the publisher reports what becomes of the events': async () => {
    const { post, producer } = publisherDouble();
    assert.equal((await post(shipped('1'))).status, 202);
    producer.outcome = 'timeout';
    const { status, body } = await post(shipped('2'));
    assert.deepEqual([status, body.code], [503, 'delivery_unconfirmed']);
    assert.equal(producer.records.length, 1);
  },
  'a broker for one test': async () => {
    await withBroker(async (broker) => {
      broker.createTopic('orders', 1);
      assert.match(broker.address, /^127\.0\.0\.1:\d+$/);
    });
  },
  'a whole loop, with a function that fails, a batch that comes twice and a broker that resets connections':
    async () => {
      await withLoop({ processEvent }, async ({ post, consumed, deadLetters, faults, lines }) => {
        faults.functionFails(1);
        assert.equal((await post([shipped('1'), shipped('2', 'none')])).status, 202);
        assert.equal((await consumed(1)).length, 1);
        const [letter] = await deadLetters(1);
        assert.equal(letter?.message, 'There is no such carrier.');
        faults.duplicates(1);
        faults.broker.reset();
        assert.equal((await post(shipped('3'))).status, 202);
        const events = await consumed(3);
        assert.deepEqual(
          events.map(({ data }) => data),
          [shipped('1').data, shipped('3').data, shipped('3').data],
        );
        const [line] = lines.filter(({ message }) => message === 'shipped');
        assert.deepEqual([line?.topic, line?.orderId, typeof line?.correlationId], ['events', '1', 'string']);
      });
    },
};
