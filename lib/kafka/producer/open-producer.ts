import type { Log } from '../../log.ts';
import { connectionOptions } from '../client/connection.ts';
import type { KafkaConfiguration } from '../configuration.ts';
import { createProducer, type Producer } from './producer.ts';

/**
 * Creates a producer for the configured cluster; its first `send` connects.
 *
 * @param configuration - from `kafkaConfiguration`
 */
export function openProducer(configuration: KafkaConfiguration, log: Log): Producer {
  return createProducer(() => connectionOptions(configuration), log);
}
