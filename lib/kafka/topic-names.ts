import { ServiceError } from '../errors.ts';
import type { Environment } from './configuration.ts';
import { isTopicName, TOPIC_NAME_RULE } from './topic-name-rule.ts';

/**
 * The name that a topic of the catalogue has on the cluster: `KAFKA_TOPIC_PREFIX`, then its logical name.
 *
 * @param logical - as event types name it
 * @param environment - usually `process.env`
 * @throws ServiceError `configuration_error` when the two make no topic name
 */
export function topicName(logical: string, environment: Environment): string {
  const name = prefixIn(environment) + logical;
  if (isTopicName(name)) return name;
  const message = `KAFKA_TOPIC_PREFIX makes the topic name "${name}"; ${TOPIC_NAME_RULE}`;
  throw new ServiceError('configuration_error', message);
}

/** The logical name of a topic on the cluster; the name itself where it does not begin with `KAFKA_TOPIC_PREFIX`. */
export function logicalTopic(name: string, environment: Environment): string {
  const prefix = prefixIn(environment);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/**
 * The topic for records that no consumer can process.
 *
 * @param topic - as it is named on its cluster
 * @param environment - `KAFKA_TOPIC_PREFIX` comes first, too, for a topic of somebody else: stages that read it share no dead letters
 */
export function deadLetterTopicOf(topic: string, environment: Environment = {}): string {
  const prefix = prefixIn(environment);
  return `${topic.startsWith(prefix) ? '' : prefix}${topic}.dlq`;
}

/** Where the event source mapping sends batches that failed for good: its on-failure destination. */
export function failureTopicOf(topic: string): string {
  return `${topic}.failed`;
}

function prefixIn({ KAFKA_TOPIC_PREFIX }: Environment): string {
  return KAFKA_TOPIC_PREFIX?.trim() ?? '';
}
