import { isJsonObject } from '../schema/json.ts';

/** A topic that must exist, with at least so many partitions. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
}

/** What the function inside the VPC is asked to do. */
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
  return { operation, brokers, topics: wantedTopics(topics, 'name', 'partitions') };
}

/**
 * Reads a list of topics.
 *
 * @param topics - objects with a name and a number of partitions, which CloudFormation hands on as a text
 * @param nameProperty - what the name is called
 * @param partitionsProperty - what the number is called
 * @throws Error that names the topic and the property
 */
export function wantedTopics(
  topics: unknown,
  nameProperty: string,
  partitionsProperty: string,
): WantedTopic[] {
  if (!Array.isArray(topics) || topics.length === 0) throw new Error('There is no list of topics.');
  return topics.map((topic: unknown, index) => {
    const { [nameProperty]: name, [partitionsProperty]: partitions } = isJsonObject(topic) ? topic : {};
    if (typeof name !== 'string' || name === '') throw new Error(`Topic ${index} has no ${nameProperty}.`);
    const count = Number(partitions);
    if (!Number.isInteger(count) || count < 1) {
      throw new Error(`Topic ${name}: ${partitionsProperty} is "${partitions}"; give a number from 1 on.`);
    }
    return { name, partitions: count };
  });
}
