import type { Context } from 'aws-lambda';
import { kafkaConfiguration } from '../kafka/configuration.ts';
import {
  type DeletedTopic,
  type EnsuredTopic,
  ensureTopics,
  removeTopics,
  type TopicOutcomes,
} from '../kafka/topics.ts';
import { createLog, type Log } from '../log.ts';
import { topicRequest } from './topic-request.ts';

/** Time of the function reserved for the last attempt to connect and for the answer. */
const MARGIN_MS = 20_000;

type TopicsHandler = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<TopicOutcomes<EnsuredTopic | DeletedTopic>>;

/**
 * Creates the function that creates, grows or deletes topics. `provision` invokes it with a `TopicRequest`. This function
 * reaches the brokers, and Amazon MSK Serverless manages topics through the Kafka protocol only.
 */
export function createTopicsHandler(log: Log = createLog()): TopicsHandler {
  return async (event, context) => {
    const { operation, brokers, topics } = topicRequest(event);
    const configuration = kafkaConfiguration({ ...process.env, KAFKA_BROKERS: brokers });
    const deadline = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    const work = operation === 'delete' ? removeTopics : ensureTopics;
    const outcomes = await work(configuration, topics, { deadline, log });
    log.info('topics provisioned', { operation, outcomes });
    return outcomes;
  };
}
