const REPLAY_GROUP_ENDING = '.replay';

/**
 * Name of the consumer group that remembers what was replayed from a dead letter topic. A cluster deletes the offsets of a
 * group without members after `offsets.retention.minutes`, seven days by default. Dead letters that are kept longer need
 * a larger value.
 *
 * @see Apache Kafka, "Broker configs" and KIP-211
 */
export function replayGroupId(topic: string): string {
  return `${topic}${REPLAY_GROUP_ENDING}`;
}

/** Whether a group only remembers replays, by its name. */
export function isReplayGroup(groupId: string): boolean {
  return groupId.endsWith(REPLAY_GROUP_ENDING);
}
