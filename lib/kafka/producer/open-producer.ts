import type { Log } from '../../log.ts';
import { connectionOptions } from '../client/connection.ts';
import { type Environment, type KafkaConfiguration, kafkaConfiguration } from '../configuration.ts';
import { createProducer, type Producer } from './producer.ts';

/**
 * Creates a producer for the configured cluster; its first `send` connects.
 *
 * @param configuration - from `kafkaConfiguration`
 */
export function openProducer(configuration: KafkaConfiguration, log: Log): Producer {
  return createProducer(() => connectionOptions(configuration), log);
}

/**
 * Creates a producer as the environment of a function says.
 *
 * @param environment - `KAFKA_*`, see `kafkaConfiguration`
 * @throws ServiceError `configuration_error` that names every variable that is missing or wrong
 */
export function openProducerFrom(environment: Environment, log: Log): Producer {
  return openProducer(kafkaConfiguration(environment), log);
}
