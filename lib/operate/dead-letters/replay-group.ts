const REPLAY_GROUP_ENDING = '.replay';

/**
 * Name of the consumer group that remembers what was replayed from a dead letter topic. A cluster deletes the offsets of a
 * group without members after `offsets.retention.minutes`, seven days by default. Dead letters that are kept longer need
 * a larger value.
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
