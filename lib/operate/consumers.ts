import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { Environment } from '../kafka/configuration.ts';

/** An event source mapping of the deployed service, described by its consumer group and topics on the cluster. */
export interface OperatedConsumer {
  readonly group: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Absent in on-demand mode. */
  readonly failureTopic?: string;
}

/**
 * Reads `KAFKA_CONSUMERS`, which the stack gives to the function `operate`: JSON, by the names above.
 *
 * @returns undefined where it is not set, as on a developer's machine
 * @throws ServiceError `configuration_error` when it is not valid
 */
export function operatedConsumers({ KAFKA_CONSUMERS }: Environment): OperatedConsumer[] | undefined {
  if (!KAFKA_CONSUMERS) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(KAFKA_CONSUMERS);
  } catch {}
  const consumers = Array.isArray(value) ? value.flatMap((one) => consumerIn(one) ?? []) : [];
  if (Array.isArray(value) && consumers.length === value.length) return consumers;
  throw new ServiceError('configuration_error', 'KAFKA_CONSUMERS must be a JSON array of consumers');
}

function consumerIn(value: unknown): OperatedConsumer | undefined {
  if (!isJsonObject(value)) return undefined;
  const { group, topic, deadLetterTopic, failureTopic } = value;
  if (typeof group !== 'string' || typeof topic !== 'string' || typeof deadLetterTopic !== 'string')
    return undefined;
  return { group, topic, deadLetterTopic, ...(typeof failureTopic === 'string' && { failureTopic }) };
}
