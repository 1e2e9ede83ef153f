import { MAX_FRAME_BYTES } from '../../../kafka/frames/frame-reader.ts';
import { MAX_BATCH_BYTES } from '../../../kafka/record.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import { MAX_SESSION_TIMEOUT_MS, MIN_SESSION_TIMEOUT_MS } from '../groups/group-coordinator.ts';
import { ConfigType, describedConfigs, type TopicConfigs, withoutEffect } from '../log/topic-configs.ts';

/** DescribeConfigsResponse.ConfigSource */
const ConfigSource = { DYNAMIC_TOPIC_CONFIG: 1, STATIC_BROKER_CONFIG: 4, DEFAULT_CONFIG: 5 } as const;

interface Synonym {
  readonly name: string;
  readonly value: string;
  readonly source: number;
}

/** A config as DescribeConfigs returns it. */
export interface DescribedConfig extends Synonym {
  readonly type: number;
  readonly readOnly: boolean;
  readonly documentation: string;
  /** The possible sources of the value, the strongest first. */
  readonly synonyms: Synonym[];
}

/** The configuration of a topic: its own values, and the defaults of the broker and of Kafka. */
export function describeTopicConfigs(cluster: EmbeddedCluster, configs: TopicConfigs): DescribedConfig[] {
  const broker = new Map(brokerConfigs(cluster).map((config) => [config.name, config]));
  return [...describedConfigs()].map(([name, { type, synonym, documentation, ...definition }]) => {
    const synonyms: Synonym[] = [];
    const given = configs[name];
    if (given !== undefined) synonyms.push({ name, value: given, source: ConfigSource.DYNAMIC_TOPIC_CONFIG });
    if (synonym !== undefined) {
      const set = broker.get(synonym)?.value;
      if (set !== undefined && set !== definition.default)
        synonyms.push({ name: synonym, value: set, source: ConfigSource.STATIC_BROKER_CONFIG });
      synonyms.push({ name: synonym, value: definition.default, source: ConfigSource.DEFAULT_CONFIG });
    }
    const { value, source } = synonyms[0] ?? {
      value: definition.default,
      source: ConfigSource.DEFAULT_CONFIG,
    };
    return { name, value, source, type: ConfigType[type], readOnly: false, documentation, synonyms };
  });
}

/** The configuration of the broker, named as in Kafka's "Broker Configs". It cannot be changed while it runs. */
export function describeBrokerConfigs(cluster: EmbeddedCluster): DescribedConfig[] {
  return brokerConfigs(cluster).map(({ name, value, type, documentation }) => ({
    name,
    value,
    source: ConfigSource.STATIC_BROKER_CONFIG,
    type: ConfigType[type],
    readOnly: true,
    documentation,
    synonyms: [{ name, value, source: ConfigSource.STATIC_BROKER_CONFIG }],
  }));
}

/** Logs which configs of a topic have no effect on this broker. */
export function warnWithoutEffect(cluster: EmbeddedCluster, topic: string, names: readonly string[]): void {
  const ignored = withoutEffect(names);
  if (ignored.length === 0) return;
  cluster.log.warn(
    `topic ${topic}: ${ignored.join(', ')} stored, but without effect on the embedded broker`,
    { topic, ignored },
  );
}

interface BrokerConfig {
  readonly name: string;
  readonly value: string;
  readonly type: keyof typeof ConfigType;
  readonly documentation: string;
}

function brokerConfigs(cluster: EmbeddedCluster): BrokerConfig[] {
  return [
    {
      name: 'auto.create.topics.enable',
      value: 'false',
      type: 'BOOLEAN',
      documentation: 'Whether a topic is created when a client first names it.',
    },
    {
      name: 'default.replication.factor',
      value: '1',
      type: 'INT',
      documentation: 'The replicas of a topic that is created without a number of them.',
    },
    {
      name: 'group.initial.rebalance.delay.ms',
      value: '0',
      type: 'INT',
      documentation: 'How long an empty group waits for more members.',
    },
    {
      name: 'group.max.session.timeout.ms',
      value: String(MAX_SESSION_TIMEOUT_MS),
      type: 'INT',
      documentation: 'The longest session timeout of a group member.',
    },
    {
      name: 'group.min.session.timeout.ms',
      value: String(MIN_SESSION_TIMEOUT_MS),
      type: 'INT',
      documentation: 'The shortest session timeout of a group member.',
    },
    {
      name: 'log.retention.bytes',
      value: String(cluster.retentionBytes),
      type: 'LONG',
      documentation: 'retention.bytes of a topic that does not say.',
    },
    {
      name: 'message.max.bytes',
      value: String(MAX_BATCH_BYTES),
      type: 'INT',
      documentation: 'max.message.bytes of a topic that does not say.',
    },
    {
      name: 'num.partitions',
      value: String(cluster.defaultPartitions),
      type: 'INT',
      documentation: 'The partitions of a topic that is created without a number of them.',
    },
    {
      name: 'socket.request.max.bytes',
      value: String(MAX_FRAME_BYTES),
      type: 'INT',
      documentation: 'The largest request that is accepted.',
    },
  ];
}
