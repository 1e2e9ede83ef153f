import fc from 'fast-check';
import { isTopicName } from '../../../../lib/kafka/topic-name-rule.ts';
import {
  deadLetterTopicOf,
  failureTopicOf,
  logicalTopic,
  topicName,
} from '../../../../lib/kafka/topic-names.ts';

test.each([
  ['events', {}, 'events'],
  ['events', { KAFKA_TOPIC_PREFIX: '' }, 'events'],
  ['events', { KAFKA_TOPIC_PREFIX: 'staging.' }, 'staging.events'],
])('topic %s with %j is %s', (logical, environment, name) => {
  expect(topicName(logical, environment)).toBe(name);
  expect(logicalTopic(name, environment)).toBe(logical);
});

test('a topic without the prefix is its own logical name', () => {
  expect(logicalTopic('orders', { KAFKA_TOPIC_PREFIX: 'staging.' })).toBe('orders');
});

test.each(['my ', 'a/', 'a'.repeat(250)])('a prefix that makes no topic name is refused: %s', (prefix) => {
  expect(() => topicName('events', { KAFKA_TOPIC_PREFIX: `${prefix}x` })).toThrow('KAFKA_TOPIC_PREFIX');
});

test('the logical name comes back from the name, whatever the prefix', () => {
  const text = fc.stringMatching(/^[a-zA-Z0-9._-]{1,100}$/);
  fc.assert(
    fc.property(text, text, (prefix, logical) => {
      const environment = { KAFKA_TOPIC_PREFIX: prefix };
      fc.pre(isTopicName(prefix + logical));
      expect(logicalTopic(topicName(logical, environment), environment)).toBe(logical);
    }),
  );
});

test.each([
  ['a topic of the stage', 'dev.events', 'dev.events.dlq'],
  ['a topic of somebody else, which stages share', 'theirs', 'dev.theirs.dlq'],
])('the dead letter topic of %s belongs to the stage', (_, topic, deadLetterTopic) => {
  expect(deadLetterTopicOf(topic, { KAFKA_TOPIC_PREFIX: 'dev.' })).toBe(deadLetterTopic);
});

test('topics for what failed are named after the topic', () => {
  expect([deadLetterTopicOf('events'), failureTopicOf('events')]).toEqual(['events.dlq', 'events.failed']);
});
