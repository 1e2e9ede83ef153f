import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { Environment } from '../kafka/configuration.ts';
import { deadLetterTopicOf, failureTopicOf, topicName } from '../kafka/topic-names.ts';
import { topics } from '../schema/topics.ts';

/** A topic that an event source mapping of the deployed service reads, and where its failed records go. */
export interface ConsumedTopic {
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Absent in on-demand mode. */
  readonly failureTopic?: string;
}

/** An event source mapping of the deployed service, described by its consumer group and topics on the cluster. */
export interface OperatedConsumer extends ConsumedTopic {
  readonly group: string;
}

/** Where a command learns which topics the functions of the service read. */
export interface ConsumerSource {
  readonly environment: Environment;
  /** Reads it from serverless.yml; absent where the environment says it, as in a function. */
  readonly declaredConsumers?: () => Promise<readonly ConsumedTopic[]>;
}

/**
 * Reads `KAFKA_CONSUMERS`, which the stack gives to the function `operate`: JSON, by the names above.
 *
 * @returns undefined where it is not set, as on a developer's machine
 * @throws ServiceError `configuration_error` when it is not valid
 */
export function operatedConsumers({ KAFKA_CONSUMERS }: Environment): OperatedConsumer[] | undefined {
  if (!KAFKA_CONSUMERS) return undefined;
  return listIn(KAFKA_CONSUMERS, consumerIn, 'KAFKA_CONSUMERS must be a JSON array of consumers');
}

/**
 * Reads `KAFKA_FOREIGN_TOPICS`, which the stack gives to the function `operate`: the topics of other clusters that the
 * service consumes. Their failure topics are on those clusters; their dead letter topics are on the cluster of the service.
 *
 * @returns none where it is not set
 * @throws ServiceError `configuration_error` when it is not valid
 */
export function foreignTopics({ KAFKA_FOREIGN_TOPICS }: Environment): ConsumedTopic[] {
  if (!KAFKA_FOREIGN_TOPICS) return [];
  return listIn(KAFKA_FOREIGN_TOPICS, topicIn, 'KAFKA_FOREIGN_TOPICS must be a JSON array of topics');
}

/**
 * The topics that functions of the service read from its own cluster, with where their failed records go. The deployed
 * service says it in its environment, and serverless.yml on a developer's machine; without both, all topics of the
 * catalogue count as read.
 */
export async function consumedTopics({
  environment,
  declaredConsumers,
}: ConsumerSource): Promise<readonly ConsumedTopic[]> {
  const deployed = operatedConsumers(environment);
  if (deployed !== undefined) return deployed;
  if (declaredConsumers !== undefined) return await declaredConsumers();
  return topics
    .map((logical) => topicName(logical, environment))
    .map((topic) => ({
      topic,
      deadLetterTopic: deadLetterTopicOf(topic),
      failureTopic: failureTopicOf(topic),
    }));
}

function listIn<Item>(json: string, itemIn: (value: unknown) => Item | undefined, rule: string): Item[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {}
  const items = Array.isArray(value) ? value.flatMap((one) => itemIn(one) ?? []) : [];
  if (Array.isArray(value) && items.length === value.length) return items;
  throw new ServiceError('configuration_error', rule);
}

function consumerIn(value: unknown): OperatedConsumer | undefined {
  const topic = topicIn(value);
  const { group } = isJsonObject(value) ? value : {};
  return topic === undefined || typeof group !== 'string' ? undefined : { group, ...topic };
}

function topicIn(value: unknown): ConsumedTopic | undefined {
  const { topic, deadLetterTopic, failureTopic } = isJsonObject(value) ? value : {};
  if (typeof topic !== 'string' || typeof deadLetterTopic !== 'string') return undefined;
  return { topic, deadLetterTopic, ...(typeof failureTopic === 'string' && { failureTopic }) };
}
