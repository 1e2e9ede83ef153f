import type { Cluster } from '../cluster.ts';
import { MAX_SESSION_TIMEOUT_MS, MIN_SESSION_TIMEOUT_MS } from '../groups/group-coordinator.ts';
import type { Topic, TopicConfigs } from '../log/topic-store.ts';
import { MAX_FRAME_BYTES } from '../wire/frame-reader.ts';
import { MAX_BATCH_BYTES } from '../wire/limits.ts';

/** ConfigType of DescribeConfigs. */
export const ConfigType = { BOOLEAN: 1, STRING: 2, INT: 3, LONG: 5, LIST: 7 } as const;

export interface Config {
  readonly name: string;
  readonly value: string;
  readonly type: number;
}

/** The topic configuration that this broker acts on: a whole number of bytes, over zero. */
const EFFECTIVE = new Set(['max.message.bytes', 'retention.bytes']);

/** What every topic has, unless it was created with something else. */
function defaultTopicConfigs(cluster: Cluster): Config[] {
  return [
    { name: 'cleanup.policy', value: 'delete', type: ConfigType.LIST },
    { name: 'compression.type', value: 'producer', type: ConfigType.STRING },
    { name: 'delete.retention.ms', value: '86400000', type: ConfigType.LONG },
    { name: 'max.message.bytes', value: String(MAX_BATCH_BYTES), type: ConfigType.INT },
    { name: 'message.timestamp.type', value: 'CreateTime', type: ConfigType.STRING },
    { name: 'min.insync.replicas', value: '1', type: ConfigType.INT },
    { name: 'retention.bytes', value: String(cluster.retentionBytes), type: ConfigType.LONG },
    { name: 'retention.ms', value: '-1', type: ConfigType.LONG },
    { name: 'segment.bytes', value: '1073741824', type: ConfigType.INT },
    { name: 'segment.ms', value: '604800000', type: ConfigType.LONG },
    { name: 'unclean.leader.election.enable', value: 'false', type: ConfigType.BOOLEAN },
  ];
}

/** The configuration of a topic: what it was created with, and the defaults. */
export function topicConfigs(cluster: Cluster, topic: Topic): (Config & { readonly isDefault: boolean })[] {
  return defaultTopicConfigs(cluster).map((config) => {
    const value = topic.configs[config.name];
    return { ...config, value: value ?? config.value, isDefault: value === undefined };
  });
}

/** The configuration of the broker, named as in Kafka's "Broker Configs". */
export function brokerConfigs(cluster: Cluster): Config[] {
  return [
    { name: 'auto.create.topics.enable', value: 'false', type: ConfigType.BOOLEAN },
    { name: 'default.replication.factor', value: '1', type: ConfigType.INT },
    { name: 'group.initial.rebalance.delay.ms', value: '0', type: ConfigType.INT },
    { name: 'group.max.session.timeout.ms', value: String(MAX_SESSION_TIMEOUT_MS), type: ConfigType.INT },
    { name: 'group.min.session.timeout.ms', value: String(MIN_SESSION_TIMEOUT_MS), type: ConfigType.INT },
    { name: 'log.retention.bytes', value: String(cluster.retentionBytes), type: ConfigType.LONG },
    { name: 'message.max.bytes', value: String(MAX_BATCH_BYTES), type: ConfigType.INT },
    { name: 'num.partitions', value: String(cluster.defaultPartitions), type: ConfigType.INT },
    { name: 'socket.request.max.bytes', value: String(MAX_FRAME_BYTES), type: ConfigType.INT },
  ];
}

/**
 * Checks the configuration of a topic that is to be created.
 *
 * @returns what is wrong with it, or undefined
 */
export function configError(cluster: Cluster, configs: TopicConfigs): string | undefined {
  const known = new Set(defaultTopicConfigs(cluster).map((config) => config.name));
  for (const [name, value] of Object.entries(configs)) {
    if (!known.has(name)) return `unknown topic configuration ${name}`;
    if (EFFECTIVE.has(name) && !/^[1-9]\d{0,14}$/.test(value)) {
      return `${name} must be a number of bytes over zero, not "${value}"`;
    }
  }
  return undefined;
}

/** The names among these that are accepted and described, but change nothing on this broker. */
export function withoutEffect(configs: TopicConfigs): string[] {
  return Object.keys(configs).filter((name) => !EFFECTIVE.has(name));
}
