import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { openProducer } from '../../lib/kafka/producer/open-producer.ts';
import type { KafkaRecord } from '../../lib/kafka/record.ts';
import { createLog } from '../../lib/log.ts';
import { sendTo } from '../support/send-to.ts';

/** In one request; each partition gets one record batch. */
const AT_ONCE = 500;
const TIMEOUT_MS = 20_000;

/** Sends records to a topic. */
export async function fillTopic(
  address: string,
  topic: string,
  records: readonly KafkaRecord[],
): Promise<void> {
  const producer = openProducer(kafkaConfiguration({ KAFKA_BROKERS: address }), createLog());
  for (let at = 0; at < records.length; at += AT_ONCE) {
    const deliveries = await sendTo(
      producer,
      topic,
      records.slice(at, at + AT_ONCE),
      Date.now() + TIMEOUT_MS,
    );
    if (deliveries.some(({ status }) => status === 'failed')) throw new Error(`${topic} could not be filled`);
  }
  await producer.disconnect();
}
