import type { ErrorName } from '../../kafka/error-codes.ts';
import type { Log } from '../../log.ts';
import type { Observe } from '../observation.ts';
import type { GroupCoordinator } from './groups/group-coordinator.ts';
import type { PartitionLog } from './log/partition-log.ts';
import type { TopicStore } from './log/topic-store.ts';

/** An address under which the cluster is reachable. */
export interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** The leader of all partitions, and its leader epoch. */
export interface Leadership {
  readonly nodeId: number;
  readonly epoch: number;
}

export interface ClusterOptions {
  readonly topics: TopicStore;
  readonly groups: GroupCoordinator;
  readonly defaultPartitions: number;
  readonly retentionBytes: number;
  readonly log: Log;
  readonly observe?: Observe | undefined;
}

/** The node that is always there: coordinator and controller, and leader unless a fault moved it. */
export const FIRST_NODE_ID = 1;

/** What all connections share. */
export class EmbeddedCluster {
  readonly id = 'embedded-broker';
  readonly topics: TopicStore;
  readonly groups: GroupCoordinator;
  readonly defaultPartitions: number;
  readonly retentionBytes: number;
  readonly log: Log;
  readonly observe: Observe | undefined;
  readonly nodes: Node[] = [];
  leadership: Leadership = { nodeId: FIRST_NODE_ID, epoch: 0 };
  /** Ids of an earlier run are not reused: a producer of that run may still be alive. */
  #nextProducerId = Date.now() * 1000;

  constructor(options: ClusterOptions) {
    this.topics = options.topics;
    this.groups = options.groups;
    this.defaultPartitions = options.defaultPartitions;
    this.retentionBytes = options.retentionBytes;
    this.log = options.log;
    this.observe = options.observe;
  }

  newProducerId(): number {
    return this.#nextProducerId++;
  }

  /** The node that coordinates groups and controls the cluster. */
  get coordinator(): Node {
    const [first] = this.nodes;
    if (!first) throw new Error('The broker is not listening yet');
    return first;
  }

  /**
   * The log of a partition for a request that came in at `nodeId`, or why that node cannot serve it.
   *
   * @param leaderEpoch what the client believes, -1 when it does not say
   */
  lead(topic: string, partition: number, nodeId: number, leaderEpoch = -1): PartitionLog | ErrorName {
    const log = this.topics.partition(topic, partition);
    if (!log) return 'UNKNOWN_TOPIC_OR_PARTITION';
    if (nodeId !== this.leadership.nodeId) return 'NOT_LEADER_OR_FOLLOWER';
    if (leaderEpoch >= 0 && leaderEpoch < this.leadership.epoch) return 'FENCED_LEADER_EPOCH';
    if (leaderEpoch > this.leadership.epoch) return 'UNKNOWN_LEADER_EPOCH';
    return log;
  }
}
