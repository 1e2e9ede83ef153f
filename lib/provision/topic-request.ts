import { isJsonObject } from '../json.ts';
import type { WantedTopic } from '../kafka/wanted-topic.ts';

/** The payload of the function inside the VPC. */
export interface TopicRequest {
  readonly operation: 'ensure' | 'delete';
  /** `host:port` each, comma-separated. */
  readonly brokers: string;
  readonly topics: readonly WantedTopic[];
}

/**
 * Reads what the function inside the VPC received.
 *
 * @throws Error that names what is wrong
 */
export function topicRequest(event: unknown): TopicRequest {
  const { operation, brokers, topics } = isJsonObject(event) ? event : {};
  if (operation !== 'ensure' && operation !== 'delete') {
    throw new Error(`operation is "${operation}"; give ensure or delete`);
  }
  if (typeof brokers !== 'string' || brokers === '') throw new Error('brokers is missing; give host:port');
  return { operation, brokers, topics: wantedTopics(topics) };
}

/**
 * Reads a list of topics. Their numbers are texts when they come from CloudFormation.
 *
 * @throws Error that names the topic and the property
 */
export function wantedTopics(topics: unknown): WantedTopic[] {
  if (!Array.isArray(topics) || topics.length === 0) throw new Error('There is no list of topics.');
  return topics.map((topic: unknown, index) => {
    const { name, partitions, maxMessageBytes, config } = isJsonObject(topic) ? topic : {};
    if (typeof name !== 'string' || name === '') throw new Error(`Topic ${index} has no name.`);
    const positive = (property: string, value: unknown): number => {
      const number = Number(value);
      if (Number.isInteger(number) && number > 0) return number;
      throw new Error(`Topic ${name}: ${property} is "${value}"; give a number from 1 on.`);
    };
    return {
      name,
      partitions: positive('partitions', partitions),
      config: {
        ...topicConfig(name, config),
        ...(maxMessageBytes !== undefined && {
          'max.message.bytes': String(positive('maxMessageBytes', maxMessageBytes)),
        }),
      },
    };
  });
}

/** Topic configs by name; numbers and booleans are texts for Kafka. */
function topicConfig(topic: string, config: unknown): Record<string, string> {
  if (config === undefined) return {};
  if (!isJsonObject(config)) throw new Error(`Topic ${topic}: config is no map of topic configs.`);
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return [name, String(value)];
      }
      throw new Error(`Topic ${topic}: config ${name} is neither a text nor a number.`);
    }),
  );
}
