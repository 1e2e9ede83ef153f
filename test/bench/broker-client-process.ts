import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { onMeasure } from './fresh-process.ts';

const RECORDS = 20_000;
const BATCH = 500;
const VALUE_BYTES = 200;
const PARTITIONS = 3;
/** At the end of the topic; it holds up the end of a consumer. */
const MAX_WAIT_MS = 100;

// What kafkajs can send to a broker, batch after batch, and then read from it. Arguments: the broker's address. It is silent:
// what fails at last is thrown.
const kafka = new Kafka({ brokers: process.argv.slice(2), logLevel: logLevel.NOTHING });
const messages = Array.from({ length: BATCH }, (_, id) => ({
  key: String(id),
  value: Buffer.alloc(VALUE_BYTES, 'x'),
}));

onMeasure(async () => {
  const topic = randomUUID();
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  const figures = { produce: await produce(topic), fetch: await fetch(topic) };
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  return figures;
});

/** Records per second. */
async function produce(topic: string): Promise<number> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages });
  const begin = performance.now();
  for (let sent = BATCH; sent < RECORDS; sent += BATCH) await producer.send({ topic, acks: -1, messages });
  const ms = performance.now() - begin;
  await producer.disconnect();
  return ((RECORDS - BATCH) * 1_000) / ms;
}

/** Records per second, from the assignment of the partitions. */
async function fetch(topic: string): Promise<number> {
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: MAX_WAIT_MS });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let begin = Number.NaN;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    begin = performance.now();
  });
  let left = RECORDS;
  const ms = await new Promise<number>((resolve, reject) => {
    const eachBatch = async ({ batch }: { readonly batch: { readonly messages: readonly unknown[] } }) => {
      left -= batch.messages.length;
      if (left === 0) resolve(performance.now() - begin);
    };
    consumer.run({ eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return (RECORDS * 1_000) / ms;
}
