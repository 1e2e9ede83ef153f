import type { Delivery, Producer } from '../../lib/kafka/producer/producer.ts';
import type { KafkaRecord } from '../../lib/kafka/record.ts';

/** Sends records that are all for one topic. */
export function sendTo(
  producer: Producer,
  topic: string,
  records: readonly KafkaRecord[],
  deadline: number,
): Promise<Delivery[]> {
  return producer.send(
    records.map((record) => ({ ...record, topic })),
    deadline,
  );
}
