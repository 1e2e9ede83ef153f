import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { connectionOptions } from '../client/connection.ts';
import type { KafkaConfiguration } from '../configuration.ts';
import { topicConfig, type WantedTopic } from '../wanted-topic.ts';

const MAX_CREATION_MS = 10_000;
const CREATION_POLL_MS = 50;

/** Where to begin reading a topic. */
export type OffsetQuery = 'earliest' | 'latest' | { readonly timestampMs: number };

/** Offset per partition. */
export type PartitionOffsets = ReadonlyMap<number, number>;

/** Questions about topics and consumer groups, on one connection. */
export interface KafkaAdmin {
  /** Number of partitions; 0 when the topic does not exist. */
  partitionCount(topic: string): Promise<number>;
  /**
   * The offset of each partition where reading would begin: the first record, behind the last one, or the first one
   * whose timestamp is not before the given time (behind the last one when there is none).
   */
  offsets(topic: string, query: OffsetQuery): Promise<PartitionOffsets>;
  /** What a group has committed; partitions without a commit are absent. */
  committedOffsets(groupId: string, topic: string): Promise<PartitionOffsets>;
  disconnect(): Promise<void>;
}

/**
 * Creates the topics that do not exist yet; the others stay as they are.
 *
 * @param configuration - how to reach the cluster
 * @returns the names of the topics that were created
 * @throws Error when the cluster cannot be reached or refuses, or does not serve them within ten seconds
 */
export async function createTopics(
  configuration: KafkaConfiguration,
  topics: readonly WantedTopic[],
): Promise<string[]> {
  const admin = await connect(configuration);
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ name }) => !existing.has(name));
    if (missing.length === 0) return [];
    await admin.createTopics({ topics: missing.map(topicConfig), waitForLeaders: false });
    const created = missing.map(({ name }) => name);
    await untilReadable(admin, created);
    return created;
  } finally {
    await admin.disconnect();
  }
}

/**
 * Connects to a cluster for questions about topics and groups.
 *
 * @throws Error when the cluster cannot be reached
 */
export async function connectAdmin(configuration: KafkaConfiguration): Promise<KafkaAdmin> {
  const admin = await connect(configuration);
  return {
    partitionCount: async (topic) => {
      const existing = await admin.listTopics();
      if (!existing.includes(topic)) return 0;
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length ?? 0;
    },
    offsets: async (topic, query) => {
      if (typeof query === 'object')
        return toMap(await admin.fetchTopicOffsetsByTimestamp(topic, query.timestampMs));
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(
        offsets.map(({ partition, low, high }) => [partition, Number(query === 'earliest' ? low : high)]),
      );
    },
    committedOffsets: async (groupId, topic) => {
      const topics = await admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = toMap(topics.flatMap(({ partitions }) => partitions));
      return new Map([...committed].filter(([, offset]) => offset >= 0));
    },
    disconnect: () => admin.disconnect(),
  };
}

/**
 * A broker hears of a topic a moment after the controller has created it, and leads its partitions another moment later;
 * kafkajs itself waits only for leaders to be named.
 */
async function untilReadable(admin: Admin, topics: readonly string[]): Promise<void> {
  const deadline = Date.now() + MAX_CREATION_MS;
  for (;;) {
    try {
      for (const topic of topics) await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(CREATION_POLL_MS);
    }
  }
}

async function connect(configuration: KafkaConfiguration): Promise<Admin> {
  const kafka = new Kafka({ ...(await connectionOptions(configuration)), logLevel: logLevel.NOTHING });
  const admin = kafka.admin({ retry: { retries: 3 } });
  await admin.connect();
  return admin;
}

function toMap(offsets: readonly { partition: number; offset: string }[]): Map<number, number> {
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}
