import { isJsonObject } from '../json.ts';
import { deadLetterTopicOf } from '../kafka/topic-names.ts';
import { MAX_FAILURE_BYTES, type WantedTopic } from '../kafka/wanted-topic.ts';
import { destinationTopic } from '../mapping/declaration.ts';
import { RECORD_AGE_SECONDS } from '../mapping/properties.ts';
import { type Properties, UNLIMITED } from '../mapping/property.ts';
import { kafkaEventsOf, type ServiceFunction, type ServiceFunctions } from './service-functions.ts';
import type { Value } from './template.ts';

/** The settings of a topic, `custom.topics.<name>` in serverless.yml. */
interface TopicSettings {
  readonly partitions?: number;
  /** Topic settings of Kafka, for example `retention.ms`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Settings by topic name, without the prefix. */
export type DeclaredTopics = Readonly<Record<string, TopicSettings>>;

export interface TopicSource {
  readonly functions: ServiceFunctions;
  /** `provider.environment`. */
  readonly environment: Readonly<Record<string, unknown>>;
  readonly declared: DeclaredTopics;
  /** Topics of the catalogue, without the prefix. */
  readonly catalogue: readonly string[];
  /** Partitions of a topic that declares no number. */
  readonly partitions: number;
  readonly prefix: string;
  /** Of the stack's own cluster, whose topics are wanted; absent: all clusters are one, as in the local run. */
  readonly clusterArn?: Value;
}

/** Failed records are kept for thirty days, longer than events, so that there is time to look at them. */
const FAILURE_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
const failureConfig = {
  'max.message.bytes': String(MAX_FAILURE_BYTES),
  'retention.ms': String(FAILURE_RETENTION_MS),
};
/** Six days of seven. */
const AGE_OF_RETENTION = 6 / 7;
/** Amazon MSK Developer Guide, "Configuration properties for MSK Serverless clusters": seven days. */
export const SERVERLESS_RETENTION_MS = 7 * 24 * 60 * 60 * 1000;
/** Amazon MSK Developer Guide, "Quota for serverless clusters"; Kafka itself has no limit. */
export const MAX_PARTITIONS = 1_000;

/**
 * Reads `custom.topics` of serverless.yml.
 *
 * @param problems - receives one sentence for each mistake
 */
export function declaredTopics(declared: unknown, problems: string[]): DeclaredTopics {
  if (declared === undefined || declared === null) return {};
  if (!isJsonObject(declared)) {
    problems.push('custom.topics: give settings by topic name');
    return {};
  }
  const topics: Record<string, TopicSettings> = {};
  for (const [name, settings] of Object.entries(declared)) {
    topics[name] = topicSettings(settings, (reason) => problems.push(`custom.topics.${name}: ${reason}`));
  }
  return topics;
}

function topicSettings(settings: unknown, refuse: (reason: string) => void): TopicSettings {
  const { partitions, config, ...unknown } = isJsonObject(settings) ? settings : {};
  for (const key of Object.keys(unknown)) refuse(`${key} is not known; give partitions or config`);
  const count = Number(partitions ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > MAX_PARTITIONS) {
    refuse(`partitions is "${partitions}"; give a number from 1 to ${MAX_PARTITIONS}`);
  }
  if (config !== undefined && !isJsonObject(config))
    refuse('config must hold topic settings of Kafka by name');
  const retention = isJsonObject(config) ? config['retention.ms'] : undefined;
  if (retention !== undefined && !(Number.isInteger(Number(retention)) && Number(retention) >= UNLIMITED))
    refuse(`retention.ms is "${retention}"; give milliseconds, or -1 for ever`);
  return {
    ...(partitions !== undefined && { partitions: count }),
    ...(isJsonObject(config) && {
      config: Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)])),
    }),
  };
}

/** The topics that a function publishes to, without the prefix. */
export function publishedTopics({ publishes }: ServiceFunction, catalogue: readonly string[]): string[] {
  return publishes === 'all' ? [...catalogue] : Array.isArray(publishes) ? publishes.map(String) : [];
}

/** The topic for the records of a topic that a function rejects. */
export function deadLetterTopic(
  topic: string,
  definition: ServiceFunction,
  { environment, prefix }: Pick<TopicSource, 'environment' | 'prefix'>,
): string {
  const named = definition.environment?.KAFKA_DEAD_LETTER_TOPIC ?? environment.KAFKA_DEAD_LETTER_TOPIC;
  return typeof named === 'string' && named !== ''
    ? named
    : deadLetterTopicOf(topic, { KAFKA_TOPIC_PREFIX: prefix });
}

/** The deployed name of a topic that serverless.yml names, with or without the prefix. Empty stands for none. */
export function prefixed(topic: string, prefix: string): string {
  return topic === '' || topic.startsWith(prefix) ? topic : prefix + topic;
}

/**
 * What the names of topics begin with that a stack may delete from a cluster that it shares: names of stacks are unique,
 * so no other stack has created them.
 *
 * @param prefix - `<service>-<stage>`
 */
export function ownPrefix(prefix: string): string {
  return `${prefix}.`;
}

/**
 * The record age limit of a mapping, in seconds: under the retention of the topic, so that a record that is given up is
 * handed over and counted before the topic deletes it; -1, without limit, for a topic that keeps records longer than the
 * longest limit of AWS, is compacted, or has an unknown retention: there a limit would give up old records unread.
 *
 * @param topic - without the prefix
 * @param defaultRetentionMs - of a topic that declares none; undefined: not known
 */
export function recordAgeLimit(
  topic: string,
  source: Pick<TopicSource, 'declared'>,
  defaultRetentionMs: number | undefined,
): number {
  const retention = retentionSeconds(topic, source, defaultRetentionMs);
  if (retention === undefined) return UNLIMITED;
  const seconds = Math.floor(retention * AGE_OF_RETENTION);
  return seconds > RECORD_AGE_SECONDS.maximum ? UNLIMITED : Math.max(seconds, RECORD_AGE_SECONDS.minimum);
}

/**
 * How long a topic keeps records, in seconds; undefined: for ever, compacted, or not known.
 *
 * @param topic - without the prefix
 * @param defaultRetentionMs - of a topic that declares none; undefined: not known
 */
export function retentionSeconds(
  topic: string,
  { declared }: Pick<TopicSource, 'declared'>,
  defaultRetentionMs: number | undefined,
): number | undefined {
  const { 'retention.ms': retention, 'cleanup.policy': policy = 'delete' } = declared[topic]?.config ?? {};
  const retentionMs = retention === undefined ? defaultRetentionMs : Number(retention);
  if (!policy.includes('delete') || retentionMs === undefined || retentionMs < 0) return undefined;
  return retentionMs / 1_000;
}

/** Partitions of a topic, which is named without the prefix. */
export function partitionCount(
  topic: string,
  { declared, partitions }: Pick<TopicSource, 'declared' | 'partitions'>,
) {
  return declared[topic]?.partitions ?? partitions;
}

/**
 * Every topic that the functions of the service publish to, read, or send failed records to, for the deployment and for the
 * local run.
 *
 * @returns topics by their deployed names
 */
export function serviceTopics(source: TopicSource): WantedTopic[] {
  const { functions, declared, catalogue, prefix } = source;
  const topics = new Map<string, WantedTopic>();
  const add = (name: string, partitions: number, config: Readonly<Record<string, string>> = {}) => {
    const logical = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const own = declared[logical];
    topics.set(name, {
      name,
      partitions: own?.partitions ?? topics.get(name)?.partitions ?? partitions,
      config: { ...topics.get(name)?.config, ...config, ...own?.config },
    });
  };

  for (const definition of Object.values(functions)) {
    for (const topic of publishedTopics(definition, catalogue)) add(prefix + topic, source.partitions);
    for (const event of kafkaEventsOf(definition)) {
      if (isHere(event, source)) add(String(event.topic), source.partitions);
      for (const name of failing(event, definition, source)) add(name, 1, failureConfig);
    }
  }
  for (const name of Object.keys(declared))
    if (!topics.has(prefix + name)) add(prefix + name, source.partitions);
  return [...topics.values()];
}

/** The topics for records that failed. A function writes what it rejects to one cluster, wherever it comes from. */
function failing(event: Properties, definition: ServiceFunction, source: TopicSource): string[] {
  const letters = deadLetterTopic(String(event.topic), definition, source);
  const failures = destinationTopic(String(event.onFailure ?? event.onFailureDestination ?? ''));
  return isHere(event, source) && failures !== undefined ? [letters, failures] : [letters];
}

function isHere({ arn }: Properties, { clusterArn }: TopicSource): boolean {
  return clusterArn === undefined || arn === clusterArn;
}
