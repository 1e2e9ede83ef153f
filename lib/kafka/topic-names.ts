import { ServiceError } from '../errors.ts';

/** Kafka's own rule for topic names: `org.apache.kafka.common.internals.Topic`. */
const topicNameFormat = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether Kafka takes a text for the name of a topic. */
export function isTopicName(name: string): boolean {
  return topicNameFormat.test(name);
}

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
  throw new ServiceError(
    'configuration_error',
    `KAFKA_TOPIC_PREFIX makes the topic name "${name}"; a topic name has 1 to 249 of a-z A-Z 0-9 . _ -`,
  );
}

/** The logical name of a topic on the cluster; the name itself where it does not begin with `KAFKA_TOPIC_PREFIX`. */
export function logicalTopic(name: string, environment: Environment): string {
  const prefix = prefixIn(environment);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Where records of a topic go that no consumer can process. */
export function deadLetterTopicOf(topic: string): string {
  return `${topic}.dlq`;
}

/** Where the event source mapping sends what it could not have processed: its on-failure destination. */
export function failureTopicOf(topic: string): string {
  return `${topic}.failed`;
}

function prefixIn({ KAFKA_TOPIC_PREFIX }: Environment): string {
  return KAFKA_TOPIC_PREFIX?.trim() ?? '';
}
