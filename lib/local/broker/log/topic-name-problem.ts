import { isTopicName } from '../../../kafka/topic-name-rule.ts';

const MAX_LENGTH = 249;

/**
 * Says with Kafka's words why this cannot be the name of a topic.
 *
 * @returns undefined when it can
 * @see {@link https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java Apache Kafka, Topic}
 */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > MAX_LENGTH) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`;
  }
  return isTopicName(name)
    ? undefined
    : `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}
