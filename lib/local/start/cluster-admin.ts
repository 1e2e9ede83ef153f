import { type Admin, withAdmin } from '../../kafka/client/admin.ts';
import { connectionOptions } from '../../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import type { WantedTopic } from '../../kafka/wanted-topic.ts';
import type { Log } from '../../log.ts';

/** Failures are thrown, not logged. */
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Deletes every topic and every consumer group of a cluster that nobody else uses. */
export async function emptyCluster(kafka: KafkaConfiguration): Promise<void> {
  await ask(kafka, async (admin) => {
    const { groups } = await admin.listGroups();
    if (groups.length > 0) await admin.deleteGroups(groups.map(({ groupId }) => groupId));
    const topics = await admin.listTopics();
    if (topics.length > 0) await admin.deleteTopics({ topics });
  });
}

/** Deletes the committed offsets of a consumer group, if it exists. */
export async function forgetPosition(kafka: KafkaConfiguration, groupId: string): Promise<void> {
  await ask(kafka, async (admin) => {
    const { groups } = await admin.listGroups();
    if (groups.some((group) => group.groupId === groupId)) await admin.deleteGroups([groupId]);
  });
}

/** The members of a consumer group, as `client id (host)`. */
export async function groupMembers(kafka: KafkaConfiguration, groupId: string): Promise<string[]> {
  return await ask(kafka, async (admin) => {
    const { groups } = await admin.describeGroups([groupId]);
    const members = groups.flatMap((group) => group.members);
    return members.map(({ clientId, clientHost }) => `${clientId} (${clientHost.replace(/^\//, '')})`);
  });
}

/** The topics whose number of partitions is not the wanted one, with that number. */
export async function otherwisePartitioned(
  kafka: KafkaConfiguration,
  wanted: readonly WantedTopic[],
): Promise<Map<string, number>> {
  return await ask(kafka, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: wanted.map(({ name }) => name) });
    const expected = new Map(wanted.map(({ name, partitions }) => [name, partitions]));
    const others = topics.filter(({ name, partitions }) => partitions.length !== expected.get(name));
    return new Map(others.map(({ name, partitions }) => [name, partitions.length]));
  });
}

async function ask<T>(kafka: KafkaConfiguration, question: (admin: Admin) => Promise<T>): Promise<T> {
  return await withAdmin(await connectionOptions(kafka), SILENT, question);
}
