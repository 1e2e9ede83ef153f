import { MemberAssignment, MemberMetadata } from '../client/assigner-protocol.ts';

/**
 * How the leader of a group assigns partitions, by the name in the group protocol. Java clients and librdkafka know `range`
 * and `roundrobin`, kafkajs clients `RoundRobinAssigner`: a member that offers all of them works with any.
 */
const assignors = {
  range: assignRanges,
  roundrobin: assignInTurn,
  RoundRobinAssigner: assignInTurn,
} as const;

type AssignorName = keyof typeof assignors;

/** A member as the leader sees it. */
export interface GroupMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

interface Subscription {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** What a joining member offers: every assignor, in order of preference, with its topic. */
export function groupProtocols(topic: string): { name: string; metadata: Buffer }[] {
  const metadata = MemberMetadata.encode({
    version: 1,
    topics: [topic],
    userData: Buffer.alloc(0),
  });
  return Object.keys(assignors).map((name) => ({ name, metadata }));
}

/**
 * Assigns the partitions of all subscribed topics to the members.
 *
 * @param protocol - the assignor that the coordinator chose
 * @param members - as the coordinator listed them
 * @param partitionCount - number of partitions of a topic; 0 when it does not exist
 * @throws Error when the assignor was not among those offered
 * @see {@link https://kafka.apache.org/documentation/#consumerconfigs_partition.assignment.strategy Apache Kafka, "Consumer configs", partition.assignment.strategy}
 */
export function assignPartitions(
  protocol: string,
  members: readonly GroupMember[],
  partitionCount: (topic: string) => number,
): { memberId: string; memberAssignment: Buffer }[] {
  if (!isAssignor(protocol)) throw new Error(`The group uses the unknown assignor "${protocol}"`);
  const subscriptions = members.map((member) => ({ memberId: member.memberId, topics: topicsOf(member) }));
  const assigned = assignors[protocol](subscriptions, partitionCount);
  return members.map(({ memberId }) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version: 1,
      assignment: assigned.get(memberId) ?? {},
      userData: Buffer.alloc(0),
    }),
  }));
}

/** Every topic that a member of the group reads. */
export function subscribedTopics(members: readonly GroupMember[]): string[] {
  return [...new Set(members.flatMap((member) => topicsOf(member)))];
}

/** The partitions of a topic that the leader assigned to this member. */
export function assignedPartitions(memberAssignment: Buffer, topic: string): number[] {
  const partitions = MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [];
  return partitions.toSorted((a, b) => a - b);
}

function topicsOf({ memberMetadata }: GroupMember): string[] {
  return MemberMetadata.decode(memberMetadata)?.topics ?? [];
}

type Assigned = Map<string, Record<string, number[]>>;

function assignRanges(
  subscriptions: readonly Subscription[],
  partitionCount: (topic: string) => number,
): Assigned {
  const assigned: Assigned = new Map();
  for (const { topic, members } of byTopic(subscriptions)) {
    const count = partitionCount(topic);
    const share = Math.floor(count / members.length);
    const longer = count % members.length;
    let first = 0;
    for (const [index, memberId] of members.entries()) {
      const length = share + (index < longer ? 1 : 0);
      give(
        assigned,
        memberId,
        topic,
        Array.from({ length }, (_, at) => first + at),
      );
      first += length;
    }
  }
  return assigned;
}

function assignInTurn(
  subscriptions: readonly Subscription[],
  partitionCount: (topic: string) => number,
): Assigned {
  const assigned: Assigned = new Map();
  let turn = 0;
  for (const { topic, members } of byTopic(subscriptions)) {
    for (let partition = 0; partition < partitionCount(topic); partition++) {
      const memberId = members[turn++ % members.length];
      if (memberId !== undefined) give(assigned, memberId, topic, [partition]);
    }
  }
  return assigned;
}

function byTopic(subscriptions: readonly Subscription[]): { topic: string; members: string[] }[] {
  const topics = [...new Set(subscriptions.flatMap(({ topics }) => topics))].toSorted();
  return topics.map((topic) => ({
    topic,
    members: subscriptions
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
      .toSorted(),
  }));
}

function give(assigned: Assigned, memberId: string, topic: string, partitions: readonly number[]): void {
  const topics = assigned.get(memberId) ?? {};
  topics[topic] = [...(topics[topic] ?? []), ...partitions];
  assigned.set(memberId, topics);
}

function isAssignor(name: string): name is AssignorName {
  return Object.hasOwn(assignors, name);
}
