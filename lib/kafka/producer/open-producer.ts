import type { Log } from '../../log.ts';
import { connectionOptions } from '../client/connection.ts';
import type { KafkaConfiguration } from '../configuration.ts';
import { createProducer, type Producer } from './producer.ts';

/**
 * Creates a producer for the configured cluster; its first `send` connects.
 *
 * @param configuration - from `kafkaConfiguration`
 * @param allowedTopics - the only topics it writes
 */
export function openProducer(
  configuration: KafkaConfiguration,
  allowedTopics: readonly string[],
  log: Log,
): Producer {
  return createProducer({ connection: () => connectionOptions(configuration), allowedTopics, log });
}
