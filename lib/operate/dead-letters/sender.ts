import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import { openProducer } from '../../kafka/producer/open-producer.ts';
import type { Log } from '../../log.ts';
import type { SendRecord } from './replay.ts';

/** For one record, retries included. */
const SEND_TIMEOUT_MS = 15_000;

/** A producer that sends one record at a time; it connects with the first one. */
export function createSender(
  configuration: KafkaConfiguration,
  log: Log,
): { readonly send: SendRecord; readonly disconnect: () => Promise<void> } {
  const producer = openProducer(configuration, log);
  return {
    send: async (topic, record) => {
      const [delivery] = await producer.send([{ ...record, topic }], Date.now() + SEND_TIMEOUT_MS);
      if (delivery === undefined)
        throw new Error(`The producer reported no delivery of a record to ${topic}`);
      return delivery;
    },
    disconnect: () => producer.disconnect(),
  };
}
