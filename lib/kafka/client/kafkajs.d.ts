/**
 * The members of kafkajs 2.2.4 that this project uses beyond its public types. Importing the root of kafkajs would load its
 * producer, consumer and admin client in every function. A contract test names the same members.
 */

declare module 'kafkajs/src/cluster' {
  interface PartitionMetadata {
    readonly partitionId: number;
    /** -1 for none. */
    readonly leader: number;
  }
  interface TopicMetadata {
    readonly topic: string;
    readonly partitionMetadata: PartitionMetadata[];
  }
  interface TopicOffsets {
    readonly topic: string;
    readonly partitions: { readonly partition: number; readonly offset: string }[];
  }
  interface JoinedGroup {
    readonly generationId: number;
    readonly leaderId: string;
    readonly memberId: string;
    readonly groupProtocol: string;
    readonly members: { memberId: string; memberMetadata: Buffer }[];
  }
  interface GroupCoordinatorRequest {
    readonly groupId: string;
    readonly coordinatorType: number;
  }
  interface GroupCoordinator {
    readonly coordinator: { readonly nodeId: number };
  }
  interface Broker {
    readonly nodeId: number;
    readonly connectionPool: { readonly host: string; readonly port: number };
    findGroupCoordinator(request: GroupCoordinatorRequest): Promise<GroupCoordinator>;
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
    describeGroups(request: {
      groupIds: string[];
    }): Promise<{ groups: { groupId: string; state: string; members: { memberId: string }[] }[] }>;
    offsetFetch(request: {
      groupId: string;
      topics: { topic: string; partitions: { partition: number }[] }[];
    }): Promise<{
      responses: {
        topic: string;
        partitions: { partition: number; offset: string; metadata: string | null }[];
      }[];
    }>;
    offsetCommit(request: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
      topics: { topic: string; partitions: { partition: number; offset: string; metadata?: string }[] }[];
    }): Promise<unknown>;
  }
  class Cluster {
    constructor(options: Record<string, unknown>);
    readonly brokerPool: { readonly brokers: Readonly<Record<string, unknown>> };
    connect(): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    addMultipleTargetTopics(topics: string[]): Promise<void>;
    findTopicPartitionMetadata(topic: string): PartitionMetadata[];
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
    findBroker(broker: { nodeId: string }): Promise<Broker>;
    findGroupCoordinator(request: { groupId: string }): Promise<Broker>;
    findGroupCoordinatorMetadata(request: GroupCoordinatorRequest): Promise<GroupCoordinator>;
    fetchTopicsOffset(
      topics: {
        topic: string;
        partitions: { partition: number }[];
        fromBeginning?: boolean;
        fromTimestamp?: number;
      }[],
    ): Promise<TopicOffsets[]>;
  }
  namespace Cluster {
    export { Broker };
  }
  export = Cluster;
}

declare module 'kafkajs/src/admin' {
  import type { Admin, RetryOptions } from 'kafkajs';

  const createAdmin: (options: { logger: unknown; cluster: unknown; retry: RetryOptions }) => Admin;
  export = createAdmin;
}

declare module 'kafkajs/src/consumer/assignerProtocol' {
  import { AssignerProtocol } from 'kafkajs';

  export const MemberMetadata: typeof AssignerProtocol.MemberMetadata;
  export const MemberAssignment: typeof AssignerProtocol.MemberAssignment;
}

declare module 'kafkajs/src/network/socketFactory' {
  import type { Socket } from 'node:net';

  const createSocketFactory: () => (address: unknown) => Socket;
  export = createSocketFactory;
}

declare module 'kafkajs/src/network/requestQueue' {
  class RequestQueue {
    readonly pending: readonly unknown[];
    constructor(options: Record<string, unknown>);
    push(request: {
      entry: { correlationId: number; resolve(response: unknown): void; reject(error: unknown): void };
      expectResponse: boolean;
      sendRequest(): void;
    }): void;
    maybeThrottle(ms: number): void;
    fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
    scheduleCheckPendingRequests(): void;
    scheduleRequestTimeoutCheck(): void;
    readonly requestTimeoutIntervalId?: NodeJS.Timeout;
  }
  export = RequestQueue;
}

declare module 'kafkajs/src/errors' {
  export class KafkaJSError extends Error {}
  export class KafkaJSProtocolError extends KafkaJSError {
    constructor(error: { type: string; code: number; message: string; retriable: boolean });
    readonly code: number;
  }
  export class KafkaJSSASLAuthenticationError extends KafkaJSError {
    constructor(message: string);
  }
  export class KafkaJSConnectionError extends KafkaJSError {}
  export class KafkaJSRequestTimeoutError extends KafkaJSError {}
  export class KafkaJSAggregateError extends Error {
    constructor(message: string, errors: Error[]);
    readonly errors: (Error & { readonly topic?: string })[];
  }
}
