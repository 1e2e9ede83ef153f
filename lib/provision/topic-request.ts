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
 * Reads the request to the function inside the VPC.
 *
 * @throws Error that names the problem
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
 * Reads a list of topics. CloudFormation sends numbers as strings.
 *
 * @throws Error that names the topic and the property
 */
export function wantedTopics(topics: unknown): WantedTopic[] {
  if (!Array.isArray(topics) || topics.length === 0) throw new Error('The list of topics is missing.');
  return topics.map((topic: unknown, index) => {
    const { name, partitions, maxMessageBytes, config } = isJsonObject(topic) ? topic : {};
    if (typeof name !== 'string' || name === '') throw new Error(`Topic ${index} has no name.`);
    const positive = (property: string, value: unknown): number => {
      const number = Number(value);
      if (Number.isInteger(number) && number > 0) return number;
      throw new Error(`Topic ${name}: ${property} is "${value}"; give a whole number of at least 1.`);
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

/** Topic configs by name; Kafka takes numbers and booleans as strings. */
function topicConfig(topic: string, config: unknown): Record<string, string> {
  if (config === undefined) return {};
  if (!isJsonObject(config)) throw new Error(`Topic ${topic}: config is not a map of topic configs.`);
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return [name, String(value)];
      }
      throw new Error(`Topic ${topic}: config ${name} must be a string, a number or a boolean.`);
    }),
  );
}
