import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { openProducer } from '../../lib/kafka/producer/open-producer.ts';
import { createLog } from '../../lib/log.ts';
import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { cpuTimeOf } from './cpu-time.ts';
import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';

const EVENTS_PER_TOPIC = 10;
const SEND_TIMEOUT_MS = 20_000;
const WARM_UP_MS = 1_000;
const MEASURED_MS = 300;

// The producer sends as many events to each topic, all of them at once. Arguments: the broker's address, and the topics.
async function start(address = '', ...topics: readonly string[]): Promise<void> {
  const producer = openProducer(kafkaConfiguration({ KAFKA_BROKERS: address }), createLog());
  const records = topics.flatMap((topic) =>
    Array.from({ length: EVENTS_PER_TOPIC }, (_, id) => ({ ...toKafkaRecord(event(id)), topic })),
  );
  const send = async () => {
    const deliveries = await producer.send(records, Date.now() + SEND_TIMEOUT_MS);
    if (deliveries.some(({ status }) => status === 'failed')) throw new Error('an event was not delivered');
  };
  await cpuTimeOf(send, WARM_UP_MS);
  onMeasure(async () => ({ record: (await cpuTimeOf(send, MEASURED_MS)) / records.length }));
}

void start(...process.argv.slice(2));
