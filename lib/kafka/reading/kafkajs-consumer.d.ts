/** What a consumer needs of the modules of kafkajs 2.2.4, besides what lib/kafka/client/kafkajs.d.ts tells. */

declare module 'kafkajs/src/cluster/index.js' {
  interface TopicPartitions {
    topic: string;
    partitions: { partition: number; offset?: string }[];
  }
  interface JoinedGroup {
    readonly generationId: number;
    readonly leaderId: string;
    readonly memberId: string;
    readonly groupProtocol: string;
    readonly members: { memberId: string; memberMetadata: Buffer }[];
  }
  interface ProtocolRequest {
    readonly request: { readonly apiVersion: number };
  }
  interface Broker {
    readonly nodeId: number;
    readonly connectionPool: {
      send<T>(request: {
        request: ProtocolRequest['request'];
        response: { decode(payload: Buffer): Promise<T>; parse(decoded: T): Promise<T> };
        requestTimeout: number;
      }): Promise<T>;
    };
    lookupRequest(
      apiKey: number,
      definitions: unknown,
    ): (options: Record<string, unknown>) => ProtocolRequest;
    joinGroup(request: {
      groupId: string;
      sessionTimeout: number;
      rebalanceTimeout: number;
      memberId: string;
      groupProtocols: { name: string; metadata: Buffer }[];
    }): Promise<JoinedGroup>;
    syncGroup(request: {
      groupId: string;
      generationId: number;
      memberId: string;
      groupAssignment: { memberId: string; memberAssignment: Buffer }[];
    }): Promise<{ memberAssignment: Buffer }>;
    heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
    leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
    offsetFetch(request: {
      groupId: string;
      topics: TopicPartitions[];
    }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
    offsetCommit(request: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
      topics: TopicPartitions[];
    }): Promise<unknown>;
  }
  class Cluster {
    constructor(options: Record<string, unknown>);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    addMultipleTargetTopics(topics: string[]): Promise<void>;
    findTopicPartitionMetadata(topic: string): { readonly partitionId: number }[];
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
    findBroker(broker: { nodeId: string }): Promise<Broker>;
    findGroupCoordinator(request: { groupId: string }): Promise<Broker>;
    fetchTopicsOffset(
      topics: {
        topic: string;
        partitions: { partition: number }[];
        fromBeginning?: boolean;
        fromTimestamp?: number;
      }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  }
  namespace Cluster {
    export { Broker };
  }
  export = Cluster;
}

declare module 'kafkajs/src/protocol/requests' {
  export const requests: { readonly Fetch: unknown };
}

declare module 'kafkajs/src/protocol/requests/apiKeys' {
  export const Fetch: number;
}
