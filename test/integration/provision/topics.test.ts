import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { ensureTopics, removeTopics } from '../../../lib/kafka/topics.ts';
import type { WantedTopic } from '../../../lib/kafka/wanted-topic.ts';
import { recordingLog } from '../../../lib/testing/recording-log.ts';
import { startTestBroker } from '../../support/broker.ts';
import { administer } from '../../support/kafka-administration.ts';

const options = () => ({ deadline: Date.now() + 10_000, log: recordingLog(), pauseMs: 20 });

async function cluster() {
  const { address } = await startTestBroker();
  const configuration = kafkaConfiguration({ KAFKA_BROKERS: address });
  return {
    address,
    ensure: (...topics: WantedTopic[]) => ensureTopics(configuration, topics, options()),
    configuration,
  };
}

test('says of every topic what was done, and never takes partitions away', async () => {
  const { address, ensure } = await cluster();
  await ensure(
    { name: 'narrow', partitions: 1 },
    { name: 'same', partitions: 2 },
    { name: 'wide', partitions: 6 },
  );
  expect(
    await ensure(
      { name: 'new', partitions: 3 },
      { name: 'narrow', partitions: 6 },
      { name: 'same', partitions: 2 },
      { name: 'wide', partitions: 3 },
    ),
  ).toEqual({ new: 'created', narrow: 'grown', same: 'unchanged', wide: 'more-partitions' });
  const { topics } = await administer(address, (admin) =>
    admin.fetchTopicMetadata({ topics: ['new', 'narrow', 'same', 'wide'] }),
  );
  expect(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual({
    new: 3,
    narrow: 6,
    same: 2,
    wide: 6,
  });
});

test('gives a topic the configs that are wanted', async () => {
  const { address, ensure } = await cluster();
  const config = { 'retention.ms': '3600000', 'max.message.bytes': '2000000', 'cleanup.policy': 'compact' };
  await ensure({ name: 'configured', partitions: 1, config });
  const { resources } = await administer(address, (admin) =>
    admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: 'configured' }] }),
  );
  const described = Object.fromEntries(
    (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
  );
  expect(described).toMatchObject(config);
});

test.each([
  ['a name that Kafka does not take', { name: 'not a topic name', partitions: 1 }],
  ['a config that Kafka does not know', { name: 'odd', partitions: 1, config: { 'retention.years': '7' } }],
])('%s is final: it is not tried until the deadline', async (_, topic) => {
  const { ensure } = await cluster();
  const begun = Date.now();
  await expect(ensure(topic)).rejects.toThrow(topic.name);
  expect(Date.now() - begun).toBeLessThan(5_000);
});

test('deletes what there is', async () => {
  const { ensure, configuration } = await cluster();
  const doomed = { name: 'doomed', partitions: 1 };
  await ensure(doomed);
  expect(await removeTopics(configuration, [doomed, { name: 'never', partitions: 1 }], options())).toEqual({
    doomed: 'deleted',
    never: 'absent',
  });
});
