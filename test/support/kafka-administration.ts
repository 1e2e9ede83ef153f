import { type Admin, Kafka, logLevel } from 'kafkajs';
import { eventually } from '../../lib/testing/eventually.ts';

/** The topics of a cluster, without those that Kafka keeps for itself. */
export function topicsOf(address: string): Promise<string[]> {
  return administer(address, listTopics);
}

/** Deletes all topics and consumer groups. */
export async function emptyKafka(address: string): Promise<void> {
  await administer(address, async (admin) => {
    const topics = await listTopics(admin);
    if (topics.length > 0) await admin.deleteTopics({ topics });
    await eventually('all topics are deleted', async () => (await listTopics(admin)).length === 0);
    await eventually('all consumer groups are deleted', async () => {
      const groupIds = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      // A group whose members have just left may not be empty yet.
      if (groupIds.length > 0) await admin.deleteGroups(groupIds).catch(() => {});
      return groupIds.length === 0;
    });
  });
}

/** Creates a topic and waits until its partitions have leaders, a moment after the controller has created it. */
export async function createTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
  await eventually(`${topic} is created`, () =>
    admin.fetchTopicOffsets(topic).then(
      () => true,
      () => false,
    ),
  );
}

async function listTopics(admin: Admin): Promise<string[]> {
  return (await admin.listTopics()).filter((topic) => !topic.startsWith('__'));
}

/** Runs something with an admin client. */
export async function administer<T>(address: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
