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

async function configsOf(address: string, name: string): Promise<Record<string, string>> {
  const { resources } = await administer(address, (admin) =>
    admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] }),
  );
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
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
  expect(await configsOf(address, 'configured')).toMatchObject(config);
});

describe('a topic that exists', () => {
  const before = { 'retention.ms': '3600000', 'max.message.bytes': '2000000', 'segment.ms': '60000' };

  test.each<[string, Record<string, string>, string, Record<string, string>]>([
    ['gets more retention', { 'retention.ms': '7200000' }, 'configured', { 'retention.ms': '7200000' }],
    ['gets retention without end', { 'retention.ms': '-1' }, 'configured', { 'retention.ms': '-1' }],
    ['keeps its longer retention', { 'retention.ms': '60000' }, 'unchanged', {}],
    ['keeps its larger records', { 'max.message.bytes': '1000' }, 'unchanged', {}],
    [
      'gets another cleanup policy',
      { 'cleanup.policy': 'compact' },
      'configured',
      { 'cleanup.policy': 'compact' },
    ],
    ['keeps what is not named', {}, 'unchanged', {}],
  ])('%s', async (_, config, outcome, changed) => {
    const { address, ensure } = await cluster();
    await ensure({ name: 'kept', partitions: 1, config: before });
    expect(await ensure({ name: 'kept', partitions: 1, config })).toEqual({ kept: outcome });
    expect(await configsOf(address, 'kept')).toMatchObject({ ...before, ...changed });
    expect(await ensure({ name: 'kept', partitions: 1, config })).toEqual({ kept: 'unchanged' });
  });

  test('that keeps records for ever is not limited to thirty days', async () => {
    const { address, ensure } = await cluster();
    await ensure({ name: 'letters', partitions: 1, config: { 'retention.ms': '-1' } });
    await ensure({ name: 'letters', partitions: 1, config: { 'retention.ms': '2592000000' } });
    expect(await configsOf(address, 'letters')).toMatchObject({ 'retention.ms': '-1' });
  });

  test('and does not take a config is named with it, and not tried until the deadline', async () => {
    const { ensure } = await cluster();
    await ensure({ name: 'odd', partitions: 1 });
    const begun = Date.now();
    await expect(ensure({ name: 'odd', partitions: 1, config: { 'retention.ms': 'long' } })).rejects.toThrow(
      /odd: the cluster rejects retention\.ms=long \(INVALID_CONFIG/,
    );
    expect(Date.now() - begun).toBeLessThan(5_000);
  });
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
