/** Kafka's own rule for topic names: `org.apache.kafka.common.internals.Topic`. */
const legal = /^[a-zA-Z0-9._-]{1,249}$/;

/** Kafka's rule in words, for messages. */
export const TOPIC_NAME_RULE = 'a topic name has 1 to 249 of a-z A-Z 0-9 . _ - and is neither "." nor ".."';

/** Whether Kafka accepts this as the name of a topic. */
export function isTopicName(name: string): boolean {
  return legal.test(name) && name !== '.' && name !== '..';
}
