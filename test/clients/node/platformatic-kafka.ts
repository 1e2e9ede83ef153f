import { equal, notEqual } from 'node:assert/strict';
import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  IncrementalAlterConfigOperationTypes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';

const RECORDS = 20;

/** A producer, a consumer group and an admin client of @platformatic/kafka. Arguments: bootstrap server, topic, group. */
async function main([server = '', topic = '', groupId = '']: readonly string[]): Promise<void> {
  const client = { clientId: 'client', bootstrapBrokers: [server] };
  const admin = new Admin(client);
  const configs = [{ name: 'retention.ms', value: '3600000' }];
  const [created] = await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1, configs });
  notEqual(created?.id, '00000000-0000-0000-0000-000000000000');
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic };
  const append = {
    name: 'cleanup.policy',
    value: 'compact',
    configOperation: IncrementalAlterConfigOperationTypes.APPEND,
  };
  await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [append] }] });
  const [described] = await admin.describeConfigs({
    resources: [{ ...resource, configurationKeys: ['cleanup.policy', 'retention.ms'] }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  equal(described?.configs.map(({ value }) => value).join(' '), 'delete,compact 3600000');
  await admin.createPartitions({ topics: [{ name: topic, count: 4, assignments: null }] });
  equal((await admin.listTopics()).includes(topic), true);

  const producer = new Producer({ ...client, serializers: stringSerializers, idempotent: true });
  const messages = Array.from({ length: RECORDS }, (_, number) => ({
    topic,
    key: String(number),
    value: `event ${number}`,
  }));
  await producer.send({ messages, acks: -1 });
  await producer.close();
  const unacknowledged = new Producer({ ...client, serializers: stringSerializers });
  await unacknowledged.send({ messages: [{ topic, key: 'x', value: 'y' }], acks: 0 });
  await unacknowledged.close();

  const consumer = new Consumer({ ...client, groupId, deserializers: stringDeserializers });
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.EARLIEST,
    autocommit: false,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
  });
  let read = 0;
  for await (const message of stream) {
    await message.commit();
    if (++read === RECORDS + 1) break;
  }
  await consumer.close(true);

  equal((await admin.listGroups()).get(groupId)?.groupType?.toLowerCase(), 'classic');
  equal((await admin.describeGroups({ groups: [groupId] })).get(groupId)?.state.toUpperCase(), 'EMPTY');
  const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
  const committed = group?.topics.flatMap(({ partitions }) => partitions) ?? [];
  equal(
    committed.reduce((sum, { committedOffset }) => sum + committedOffset, 0n),
    BigInt(RECORDS + 1),
  );
  await admin.deleteGroups({ groups: [groupId] });
  await admin.deleteTopics({ topics: [topic] });
  await admin.close();
}

void main(process.argv.slice(2));
