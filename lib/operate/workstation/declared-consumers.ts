import { topics } from '../../schema/topics.ts';
import type { ConsumedTopic } from '../consumers.ts';

/**
 * The topics that functions of serverless.yml read, as a deployment of its default stage completes it.
 *
 * @param topicPrefix - of the names on the cluster
 * @throws UserError when serverless.yml cannot be read
 */
export async function declaredConsumers(topicPrefix = ''): Promise<ConsumedTopic[]> {
  // Loaded when they are needed only, because they load the framework.
  const {
    completedService,
  }: typeof import('../../contract/completed-service.ts') = require('../../contract/completed-service.ts');
  const {
    serviceConfiguration,
  }: typeof import('../../contract/service-configuration.ts') = require('../../contract/service-configuration.ts');
  const { operatedConsumer }: typeof import('../../stack/consumers.ts') = require('../../stack/consumers.ts');
  const parameters = { topicPrefix: topicPrefix.trim() || 'none' };
  const { consumers, foreignTopics } = completedService(await serviceConfiguration(), topics, parameters);
  return [...consumers.map(operatedConsumer), ...foreignTopics];
}
