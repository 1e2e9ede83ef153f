import { Kafka, logLevel } from 'kafkajs';
import type { Broker } from '../../lib/local/broker/broker.ts';
import { eventually } from '../../lib/testing/eventually.ts';

export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** Everything in a topic, each partition in order, read by a plain client. */
export async function readTopic(broker: Pick<Broker, 'address'>, topic: string): Promise<StoredRecord[]> {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();

  const records: StoredRecord[] = [];
  const next = new Map(ends.map(({ partition, low }) => [partition, Number(low)]));
  const consumer = kafka.consumer({ groupId: `reader-${crypto.randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const { key, value, headers = {} } = message;
      records.push({ partition, offset: Number(message.offset), key, value, headers });
      next.set(partition, Number(message.offset) + 1);
    },
  });
  try {
    await eventually(`${topic} is read`, () =>
      ends.every(({ partition, high }) => (next.get(partition) ?? 0) >= Number(high)),
    );
  } finally {
    await consumer.disconnect();
  }
  return records;
}

/** Where each record of a topic is, and its value as text. */
export async function readTexts(broker: Pick<Broker, 'address'>, topic: string) {
  const records = await readTopic(broker, topic);
  return records.map(({ partition, offset, value }) => ({ partition, offset, value: String(value) }));
}
