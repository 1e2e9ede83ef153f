import type { Log } from '../../log.ts';
import type { CommittedOffsets } from './groups/committed-offsets.ts';
import type { TopicStore } from './log/topic-store.ts';

/**
 * Corrects committed offsets that do not fit the logs, for example after a damaged tail was cut off or a topic was lost.
 * Otherwise a group would skip the records up to its old offset. Each correction logs a warning.
 */
export function correctCommittedOffsets(offsets: CommittedOffsets, topics: TopicStore, log: Log): void {
  for (const { group, topic, partition, ...committed } of offsets.all()) {
    const fields = { group, topic, partition, offset: committed.offset };
    const what = `group ${group} had committed offset ${committed.offset} of ${topic}-${partition}`;
    const end = topics.partition(topic, partition)?.nextOffset;
    if (end === undefined) {
      log.warn(`${what}, which does not exist: the offset was deleted`, fields);
      offsets.remove(group, topic, partition);
    } else if (committed.offset > end) {
      log.warn(`${what}, which ends at ${end}: the offset was set to ${end}`, fields);
      offsets.commit(group, [{ ...committed, topic, partition, offset: end }]);
    } else if (!Number.isInteger(committed.offset) || committed.offset < 0) {
      log.warn(`${what}, which is not a valid offset: it was deleted`, fields);
      offsets.remove(group, topic, partition);
    }
  }
}
