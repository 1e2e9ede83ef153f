import { equal, rejects } from 'node:assert/strict';
import { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';

const RECORDS = 20;

/** A producer, a consumer group and an admin client of kafkajs. Arguments: bootstrap server, topic, group. */
async function main([server = '', topic = '', groupId = '']: readonly string[]): Promise<void> {
  const kafka = new Kafka({ brokers: [server], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'retention.ms', value: '3600000' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }] });
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  const segmentMs = { name: 'segment.ms', value: '60000' };
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [segmentMs] }] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: true,
    resources: [{ ...resource, configNames: ['retention.ms', 'segment.ms'] }],
  });
  const values = resources[0]?.configEntries.map(
    ({ configName, configValue }) => `${configName}=${configValue}`,
  );
  equal(values?.join(' '), 'retention.ms=604800000 segment.ms=60000');
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const messages = Array.from({ length: RECORDS }, (_, number) => ({ key: String(number), value: 'event' }));
  await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  await producer.disconnect();
  const unacknowledged = kafka.producer();
  await unacknowledged.connect();
  await unacknowledged.send({ topic, messages: [{ value: 'unacknowledged' }], acks: 0 });
  await unacknowledged.disconnect();

  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    let read = 0;
    consumer
      .run({
        eachMessage: async () => {
          if (++read === RECORDS + 1) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();

  equal((await admin.describeGroups([groupId])).groups[0]?.state, 'Empty');
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  equal(
    committed?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0),
    RECORDS + 1,
  );
  const transactional = kafka.producer({ transactionalId: 't', idempotent: true, maxInFlightRequests: 1 });
  await transactional.connect();
  await rejects(transactional.transaction(), /The version of API is not supported/);
  await transactional.disconnect();
  await admin.deleteGroups([groupId]);
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}

void main(process.argv.slice(2));
