import type { KafkaConfiguration } from '../kafka/configuration.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { KafkaRecord } from '../kafka/record.ts';
import type { Log } from '../log.ts';

/** Where rejected records go. */
export interface DeadLetterQueue {
  readonly topic: string;
  /**
   * Writes a dead letter and waits until all in-sync replicas have it.
   *
   * @param deadline - ms since epoch
   * @throws ServiceError when the broker did not acknowledge it
   */
  readonly write: (record: KafkaRecord, deadline: number) => Promise<void>;
}

/**
 * Creates the dead letter queue of a consumer. Kafka is loaded and connected with the first dead letter, so that healthy
 * batches pay nothing for it.
 *
 * @param configuration - of the cluster; read when the first dead letter is written
 * @param topic - must exist
 */
export function createDeadLetterQueue(
  configuration: () => KafkaConfiguration,
  topic: string,
  log: Log,
): DeadLetterQueue {
  let producer: Promise<Producer> | undefined;

  const open = async (): Promise<Producer> => {
    const { openProducer } = await import('../kafka/producer/open-producer.ts');
    return openProducer(configuration(), log);
  };

  return {
    topic,
    write: async (record, deadline) => {
      producer ??= open().catch((error: unknown) => {
        producer = undefined;
        throw error;
      });
      const [delivery] = await (await producer).send([{ ...record, topic }], deadline);
      if (delivery?.status === 'failed') throw delivery.error;
    },
  };
}
