import { match } from 'node:assert/strict';
import { kafkaJars } from '../kafka/kafka-distribution.ts';
import { java, type ProgramOptions } from './program.ts';
import type { Target } from './target.ts';

const TOOLS = 'org.apache.kafka.tools';

/** What a team does with Kafka's own command-line tools. */
export async function runKafkaTools(version: string, { address, topic, group }: Target): Promise<void> {
  const jars = kafkaJars(version, 'kafka-tools');
  const tool = (name: string, args: readonly string[], options: ProgramOptions = {}) =>
    java(jars, [`${TOOLS}.${name}`, '--bootstrap-server', address, ...args], options);
  const ofTopic = ['--entity-type', 'topics', '--entity-name', topic];

  const configs = ['retention.ms=3600000', 'index.interval.bytes=4096', 'preallocate=false', 'flush.ms=1000'];
  const given = configs.flatMap((config) => ['--config', config]);
  await tool('TopicCommand', ['--create', '--topic', topic, '--partitions', '2', ...given]);
  await tool('TopicCommand', ['--alter', '--topic', topic, '--partitions', '3']);
  const described = await tool('TopicCommand', ['--describe', '--topic', topic]);
  match(described, /PartitionCount: 3\s.*retention\.ms=3600000/);
  match(described, /TopicId: (?!A{22})/);
  await tool('ConfigCommand', ['--alter', ...ofTopic, '--add-config', 'cleanup.policy=[compact,delete]']);
  await tool('ConfigCommand', ['--alter', ...ofTopic, '--delete-config', 'flush.ms']);
  match(await tool('ConfigCommand', ['--describe', ...ofTopic]), /cleanup\.policy=compact,delete/);
  match(await tool('ConfigCommand', ['--describe', '--all', ...ofTopic]), /flush\.ms=9223372036854775807/);

  const input = '1:a\n2:b\n3:c\n';
  const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];
  await tool('ConsoleProducer', ['--topic', topic, ...keyed], { input });
  const read = ['--from-beginning', '--max-messages', '3', '--timeout-ms', '20000', '--group', group];
  match(await tool('consumer.ConsoleConsumer', ['--topic', topic, ...read]), /^[abc]\n[abc]\n[abc]\n/);

  match(await tool('GetOffsetShell', ['--topic', topic]), new RegExp(`${topic}:\\d:\\d`));
  const groups = 'consumer.group.ConsumerGroupCommand';
  match(await tool(groups, ['--list', '--state']), new RegExp(`${group}\\s+Empty`));
  match(
    await tool(groups, ['--describe', '--group', group]),
    new RegExp(`${topic}\\s+\\d\\s+\\d\\s+\\d\\s+0`),
  );
  const reset = ['--reset-offsets', '--to-earliest', '--execute', '--group', group, '--topic', topic];
  await tool(groups, reset);
  match(await tool(groups, ['--describe', '--group', group]), new RegExp(`${topic}\\s+\\d\\s+0\\s+`));
  await tool(groups, ['--delete', '--group', group]);
  match(await tool('LogDirsCommand', ['--describe', '--topic-list', topic]), new RegExp(`"${topic}-2"`));
  match(await tool('BrokerApiVersionsCommand', []), /IncrementalAlterConfigs\(44\): 0 to 1/);
  await tool('TopicCommand', ['--delete', '--topic', topic]);
}
