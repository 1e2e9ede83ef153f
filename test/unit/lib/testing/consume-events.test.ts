import { consumeEvents } from '../../../../lib/testing/consume-events.ts';
import { poisonRecords } from '../../../../lib/testing/msk-event.ts';
import { producerDouble } from '../../../../lib/testing/producer-double.ts';

const processEvent = (): void => {};

test.each([
  ['not JSON', 'malformed'],
  ['not UTF-8', 'malformed'],
  ['unknown type', 'unknown_event_type'],
  ['tombstone', 'malformed'],
] as const)('the poison record "%s" is rejected as %s', async (name, reason) => {
  const { processed, failed, deadLetters } = await consumeEvents([poisonRecords[name]], { processEvent });
  expect({ processed, failed, deadLetters }).toMatchObject({
    processed: [],
    failed: [],
    deadLetters: [{ reason }],
  });
});

test('a dead letter that is refused leaves its record to be delivered again', async () => {
  const producer = producerDouble();
  producer.outcome = 'refused';
  const consumed = await consumeEvents([poisonRecords.tombstone, { type: 'message.posted' }], {
    processEvent,
    producer,
  });
  expect(consumed).toMatchObject({
    processed: [],
    deadLetters: [],
    failed: [{ offset: 0 }, { offset: 1 }],
  });
  expect(consumed.lines).toMatchObject([
    { level: 'error', message: 'record failed', requestId: 'request-1' },
  ]);
});

test('events have ids of their own, and data may be an example', async () => {
  const { processed } = await consumeEvents(
    [{ type: 'order.placed' }, { type: 'order.placed', partition: 1 }],
    { processEvent },
  );
  expect(processed.map(({ attributes }) => attributes.id).sort()).toEqual(['event-1', 'event-2']);
});
