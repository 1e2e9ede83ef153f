import { errorMessage, ServiceError, toServiceError } from '../errors.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { KafkaRecord } from '../kafka/record.ts';

/** Where rejected records go. */
export interface DeadLetterQueue {
  /**
   * Where rejected records of a topic go.
   *
   * @throws ServiceError `configuration_error` when that is the topic itself
   */
  readonly topicFor: (topic: string) => string;
  /**
   * Writes a dead letter and waits until all in-sync replicas have it.
   *
   * @param topic - from `topicFor`; must exist
   * @param deadline - ms since epoch
   * @throws ServiceError when the broker did not acknowledge it; the message names the topic
   */
  readonly write: (topic: string, record: KafkaRecord, deadline: number) => Promise<void>;
}

/**
 * Creates the dead letter queue of a consumer.
 *
 * @param open - opens the producer; called with the first dead letter, and again after it has failed
 * @param topicOf - the dead letter topic of a topic
 */
export function createDeadLetterQueue(
  open: () => Promise<Producer>,
  topicOf: (topic: string) => string,
): DeadLetterQueue {
  let producer: Promise<Producer> | undefined;

  const send = async (topic: string, record: KafkaRecord, deadline: number): Promise<void> => {
    producer ??= open().catch((error: unknown) => {
      producer = undefined;
      throw error;
    });
    const [delivery] = await (await producer).send([{ topic, ...record }], deadline);
    if (delivery?.status === 'failed') throw delivery.error;
  };

  return {
    topicFor: (topic) => {
      const deadLetterTopic = topicOf(topic);
      // The function would consume and reject its own dead letters, and fill the topic without end.
      if (deadLetterTopic === topic) {
        throw new ServiceError(
          'configuration_error',
          `KAFKA_DEAD_LETTER_TOPIC is ${topic}, the topic that is consumed: name another one`,
        );
      }
      return deadLetterTopic;
    },
    write: async (topic, record, deadline) => {
      try {
        await send(topic, record, deadline);
      } catch (cause) {
        const { code } = toServiceError(cause);
        const message = `The dead letter topic ${topic} did not take the record: ${errorMessage(cause)}`;
        throw new ServiceError(code, message, { cause });
      }
    },
  };
}
