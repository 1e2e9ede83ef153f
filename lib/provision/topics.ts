import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { errorMessage } from '../errors.ts';
import { connectionOptions } from '../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../kafka/configuration.ts';
import { topicConfig, type WantedTopic } from '../kafka/wanted-topic.ts';
import type { Log } from '../log.ts';

/** What was done to each topic. */
export type TopicOutcome = 'created' | 'grown' | 'unchanged' | 'deleted' | 'absent';
export type TopicOutcomes = Record<string, TopicOutcome>;

export interface TopicOptions {
  /** Milliseconds since epoch: no attempt begins after it. */
  readonly deadline: number;
  readonly log: Log;
  /** Milliseconds between attempts. */
  readonly pauseMs?: number;
}

/**
 * A cluster, its names in DNS and the permissions of a role that were made a moment ago take up to a minute to answer:
 * "Changes that I make are not always immediately visible", IAM User Guide.
 */
const PAUSE_MS = 5_000;

/**
 * Creates the topics that do not exist and adds the partitions that are missing. Never removes anything: a topic with
 * more partitions than asked for stays as it is. Doing it again changes nothing.
 *
 * @param topics - replicated as the cluster does by default
 * @throws Error of the last attempt when the deadline has passed
 */
export function ensureTopics(
  configuration: KafkaConfiguration,
  topics: readonly WantedTopic[],
  options: TopicOptions,
): Promise<TopicOutcomes> {
  return withAdmin(configuration, options, async (admin) => {
    const existing = await partitionCounts(admin, topics);
    const outcomes: TopicOutcomes = {};
    for (const topic of topics) {
      const { name, partitions } = topic;
      const count = existing.get(name);
      if (count === undefined) {
        await admin.createTopics({
          topics: [topicConfig(topic)],
          // A broker that has not heard of the topic yet would make the client give up waiting for its leaders.
          waitForLeaders: false,
        });
        outcomes[name] = 'created';
      } else if (count < partitions) {
        await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] });
        outcomes[name] = 'grown';
      } else {
        outcomes[name] = 'unchanged';
      }
    }
    return outcomes;
  });
}

/**
 * Deletes topics with all their records.
 *
 * @throws Error of the last attempt when the deadline has passed
 */
export function deleteTopics(
  configuration: KafkaConfiguration,
  topics: readonly WantedTopic[],
  options: TopicOptions,
): Promise<TopicOutcomes> {
  return withAdmin(configuration, options, async (admin) => {
    const existing = await partitionCounts(admin, topics);
    const doomed = topics.map(({ name }) => name).filter((name) => existing.has(name));
    if (doomed.length > 0) await admin.deleteTopics({ topics: doomed });
    return Object.fromEntries(
      topics.map(({ name }) => [name, doomed.includes(name) ? ('deleted' as const) : ('absent' as const)]),
    );
  });
}

async function partitionCounts(admin: Admin, topics: readonly WantedTopic[]): Promise<Map<string, number>> {
  // Asking for a topic by name would create it where the cluster creates topics by itself.
  const listed = new Set(await admin.listTopics());
  const known = topics.map(({ name }) => name).filter((name) => listed.has(name));
  if (known.length === 0) return new Map();
  const { topics: described } = await admin.fetchTopicMetadata({ topics: known });
  return new Map(described.map(({ name, partitions }) => [name, partitions.length]));
}

async function withAdmin(
  configuration: KafkaConfiguration,
  { deadline, log, pauseMs = PAUSE_MS }: TopicOptions,
  work: (admin: Admin) => Promise<TopicOutcomes>,
): Promise<TopicOutcomes> {
  for (;;) {
    const kafka = new Kafka({
      ...(await connectionOptions(configuration)),
      retry: { retries: 1 },
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await work(admin);
    } catch (error) {
      const reasons = reasonsOf(error);
      if (Date.now() + pauseMs > deadline) {
        throw new Error(`${configuration.brokers.join(',')}: ${reasons}`, { cause: error });
      }
      log.warn('topics not ready, trying again', { reasons });
    } finally {
      // What cannot be closed is closed by the end of the sandbox.
      await admin.disconnect().catch(() => {});
    }
    await sleep(pauseMs);
  }
}

/** The client sums up what went wrong with several topics as "Topic creation errors". */
function reasonsOf(error: unknown): string {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) {
    return errorMessage(error);
  }
  const reasons = error.errors.map((one: unknown) => {
    const topic = one instanceof Error && 'topic' in one ? `${one.topic}: ` : '';
    return topic + errorMessage(one);
  });
  return reasons.join('; ') || error.message;
}
