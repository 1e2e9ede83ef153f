import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';
import { medianTime } from './median-time.ts';

const PARTITIONS = 3;

// A bare producer and a bare consumer: an event is sent when the one before has arrived. Arguments: the broker's address.
async function start(): Promise<void> {
  const kafka = new Kafka({ brokers: process.argv.slice(2), logLevel: logLevel.NOTHING });
  const topic = randomUUID();
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  let arrived = (): void => {};
  const consumer = kafka.consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      JSON.parse(message.value?.toString() ?? '');
      arrived();
    },
  });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  const messages = [{ key: '1', value: JSON.stringify(event(1).data) }];
  const sendOne = async () => {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await producer.send({ topic, acks: -1, messages });
    await arrival;
  };
  await medianTime(sendOne);
  onMeasure(async () => ({ p50: await medianTime(sendOne) }));
}

void start();
