import { errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import { retry } from '../retry.ts';
import { type Admin, withAdmin } from './client/admin.ts';
import { type ConnectionOptions, connectionOptions } from './client/connection.ts';
import type { KafkaConfiguration } from './configuration.ts';
import type { ErrorName } from './error-codes.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { configureTopics } from './topic-configs.ts';
import type { WantedTopic } from './wanted-topic.ts';

/**
 * What was done to a topic. `configured`: its configs were changed, and no partition added. `more-partitions`: nothing,
 * because it has more than wanted and partitions are never removed.
 */
export type EnsuredTopic = 'created' | 'grown' | 'configured' | 'unchanged' | 'more-partitions';
export type DeletedTopic = 'deleted' | 'absent';
export type TopicOutcomes<Outcome> = Readonly<Record<string, Outcome>>;

export interface TopicOptions {
  /** Milliseconds since epoch: no attempt begins after it. */
  readonly deadline: number;
  readonly log: Log;
  /** Milliseconds between attempts. */
  readonly pauseMs?: number;
}

/**
 * A new cluster, its DNS names and the permissions of a new role take up to a minute to work: "Changes that I make are not
 * always immediately visible", IAM User Guide.
 */
const PAUSE_MS = 5_000;
/** A broker learns of a topic a moment after the controller has created it. */
const LEADER_POLL_MS = 50;
const MAX_LEADER_WAIT_MS = 10_000;

/** Refusals that another attempt cannot change: Apache Kafka, "Error codes". */
const finalCodes = new Set<ErrorName | undefined>([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_CONFIG',
  'INVALID_PARTITIONS',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
]);

/**
 * Creates the topics that do not exist, adds the partitions that are missing, and gives existing topics the configs that are
 * wanted, except for less retention or smaller records. Never removes anything. Doing it again changes nothing.
 *
 * @param topics - replicated as the cluster does by default
 * @returns by name, what was done; new partitions have leaders by then
 * @throws Error of the last attempt when the deadline has passed, or when the cluster refuses a topic for good
 */
export function ensureTopics(
  configuration: KafkaConfiguration,
  topics: readonly WantedTopic[],
  options: TopicOptions,
): Promise<TopicOutcomes<EnsuredTopic>> {
  return attempt(configuration, options, async (admin, connection) => {
    const existing = await partitionCounts(admin, topics);
    const outcomes: Record<string, EnsuredTopic> = {};
    for (const topic of topics) outcomes[topic.name] = await ensure(admin, topic, existing.get(topic.name));
    const before = topics.filter(({ name }) => existing.has(name));
    for (const name of await configureTopics(connection, before)) {
      if (outcomes[name] !== 'grown') outcomes[name] = 'configured';
    }
    const changed = topics.filter(({ name }) => outcomes[name] === 'created' || outcomes[name] === 'grown');
    await untilLed(admin, changed);
    return outcomes;
  });
}

/**
 * Deletes topics with all their records.
 *
 * @returns by name, what was done
 * @throws Error of the last attempt when the deadline has passed
 */
export function removeTopics(
  configuration: KafkaConfiguration,
  topics: readonly WantedTopic[],
  options: TopicOptions,
): Promise<TopicOutcomes<DeletedTopic>> {
  return attempt(configuration, options, async (admin) => {
    const existing = await partitionCounts(admin, topics);
    const doomed = topics.map(({ name }) => name).filter((name) => existing.has(name));
    if (doomed.length > 0) await admin.deleteTopics({ topics: doomed });
    return Object.fromEntries(topics.map(({ name }) => [name, existing.has(name) ? 'deleted' : 'absent']));
  });
}

async function ensure(
  admin: Admin,
  { name, partitions, config = {} }: WantedTopic,
  existing: number | undefined,
): Promise<EnsuredTopic> {
  if (existing === undefined) {
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, configEntries }],
      // With a broker that does not know the topic yet, kafkajs would stop waiting for the leaders.
      waitForLeaders: false,
    });
    return 'created';
  }
  if (existing < partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] });
    return 'grown';
  }
  return existing === partitions ? 'unchanged' : 'more-partitions';
}

async function partitionCounts(admin: Admin, topics: readonly WantedTopic[]): Promise<Map<string, number>> {
  // A request for a topic by name would create it on a cluster with auto.create.topics.enable.
  const listed = new Set(await admin.listTopics());
  const known = topics.map(({ name }) => name).filter((name) => listed.has(name));
  if (known.length === 0) return new Map();
  const { topics: described } = await admin.fetchTopicMetadata({ topics: known });
  return new Map(described.map(({ name, partitions }) => [name, partitions.length]));
}

async function untilLed(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  if (topics.length === 0) return;
  const names = topics.map(({ name }) => name);
  const look = async () => {
    const { topics: described } = await admin.fetchTopicMetadata({ topics: names });
    for (const { name, partitions } of topics) {
      const led = described.find((topic) => topic.name === name)?.partitions ?? [];
      if (led.length < partitions || led.some(({ leader }) => leader < 0)) {
        throw new Error(`${name} has no leaders yet`);
      }
    }
  };
  await retry(look, { deadline: Date.now() + MAX_LEADER_WAIT_MS, pauseMs: () => LEADER_POLL_MS });
}

async function attempt<T>(
  configuration: KafkaConfiguration,
  { deadline, log, pauseMs = PAUSE_MS }: TopicOptions,
  work: (admin: Admin, connection: ConnectionOptions) => Promise<T>,
): Promise<T> {
  const once = async (): Promise<T> => {
    const connection = await connectionOptions(configuration);
    return withAdmin(connection, log, (admin) => work(admin, connection));
  };
  try {
    return await retry(once, {
      deadline,
      pauseMs: () => pauseMs,
      isPassing: (error) => !(error instanceof KafkaFailure && finalCodes.has(error.errorCode)),
      onRetry: (error) => log.warn('topics not ready, trying again', { reason: errorMessage(error) }),
    });
  } catch (cause) {
    throw new Error(`${configuration.brokers.join(',')}: ${errorMessage(cause)}`, { cause });
  }
}
