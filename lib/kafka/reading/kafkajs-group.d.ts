/** What a consumer group with metadata beside its offsets needs of kafkajs 2.2.4, besides what a consumer needs. */

declare module 'kafkajs/src/cluster/index.js' {
  interface Broker {
    describeGroups(request: {
      groupIds: string[];
    }): Promise<{ groups: { groupId: string; state: string; members: { memberId: string }[] }[] }>;
    offsetCommit(request: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
      topics: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[];
    }): Promise<unknown>;
    offsetFetch(request: {
      groupId: string;
      topics: { topic: string; partitions: { partition: number }[] }[];
    }): Promise<{
      responses: {
        topic: string;
        partitions: { partition: number; offset: string; metadata: string | null }[];
      }[];
    }>;
  }
}
