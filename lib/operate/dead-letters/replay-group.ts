const REPLAY_GROUP_ENDING = '.replay';

/**
 * How long a cluster remembers a replay: it deletes the offsets of a group without members after
 * `offsets.retention.minutes`, by default after this time. Amazon MSK Serverless has no setting for it, and dead letters are kept longer.
 */
export const REPLAY_MEMORY_MS = 7 * 24 * 60 * 60 * 1_000;

/**
 * Name of the consumer group that remembers what was replayed from a dead letter topic.
 *
 * @see {@link https://kafka.apache.org/documentation/#brokerconfigs_offsets.retention.minutes Apache Kafka, "Broker configs", offsets.retention.minutes}
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-211%3A+Revise+Expiration+Semantics+of+Consumer+Group+Offsets KIP-211, "Revise Expiration Semantics of Consumer Group Offsets"}
 */
export function replayGroupId(topic: string): string {
  return `${topic}${REPLAY_GROUP_ENDING}`;
}

/** Whether a group only remembers replays, by its name. */
export function isReplayGroup(groupId: string): boolean {
  return groupId.endsWith(REPLAY_GROUP_ENDING);
}
