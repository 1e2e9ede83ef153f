import { bareEventTypeOf, topicOf, topics } from '../../../../lib/schema/topics.ts';

describe('topics', () => {
  test('are those that the event types name, each once', () => {
    expect(topics).toEqual(['events']);
  });

  test('are "events" for an event type that names none', () => {
    expect(topicOf('order.shipped')).toBe('events');
  });

  test.each([
    ['events', 'message.posted'],
    ['another', undefined],
    ['__proto__', undefined],
  ])('know the type of a bare record: %s', (topic, type) => {
    expect(bareEventTypeOf(topic)).toBe(type);
  });
});
