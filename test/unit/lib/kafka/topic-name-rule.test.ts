import { isTopicName } from '../../../../lib/kafka/topic-name-rule.ts';

describe('a topic name', () => {
  test.each(['events', 'a', 'Orders.v1_b-2', '...', 'a'.repeat(249)])('may be "%s"', (name) => {
    expect(isTopicName(name)).toBe(true);
  });

  test.each([
    ['empty', ''],
    ['the folder "."', '.'],
    ['the folder ".."', '..'],
    ['longer than 249 characters', 'a'.repeat(250)],
    ['with a blank', 'my events'],
    ['with a slash', 'a/b'],
    ['with an umlaut', 'ärger'],
    ['with a newline at its end', 'events\n'],
  ])('is never %s', (_, name) => {
    expect(isTopicName(name)).toBe(false);
  });
});
