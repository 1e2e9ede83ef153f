import type { Coordinates } from '../../consume/decode-record.ts';
import { connectionOptions } from '../../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import { type ConsumerGroup, connectConsumerGroup } from '../../kafka/reading/consumer-group.ts';
import { connectTopicReader, type PartitionBounds } from '../../kafka/reading/topic-reader.ts';
import type { Log } from '../../log.ts';
import { formatCoordinates } from '../coordinates.ts';
import { counted } from '../counted.ts';
import type { DeadLetter, DeadLetterKind } from './dead-letter.ts';
import { replayGroupId } from './replay-group.ts';
import { isReplayed, type ReplayProgress, readProgress } from './replay-progress.ts';

/** A dead letter topic, or a failure topic, as it was when it was opened. */
export interface DeadLetterTopic {
  readonly name: string;
  readonly kind: DeadLetterKind;
  /** By partition, in order. */
  readonly bounds: ReadonlyMap<number, PartitionBounds>;
  /** The consumer group that remembers what was replayed. */
  readonly group: ConsumerGroup;
  /** What was replayed, per partition. */
  readonly progress: () => Promise<Map<number, ReplayProgress>>;
  /** The dead letters of a partition from an offset on, up to the end of the partition at opening. */
  readonly letters: (
    partition: number,
    progress: ReplayProgress | undefined,
    from?: number,
  ) => AsyncGenerator<DeadLetter, void>;
  /** @throws Error when there is no dead letter at these coordinates */
  readonly letterAt: (coordinates: Coordinates, progress: ReplayProgress | undefined) => Promise<DeadLetter>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a dead letter topic for reading. This changes nothing on the cluster.
 *
 * @param configuration - of the cluster
 * @throws ServiceError when the cluster cannot be reached or has no such topic
 */
export async function openDeadLetterTopic(
  configuration: KafkaConfiguration,
  { name, kind }: { readonly name: string; readonly kind: DeadLetterKind },
  log: Log,
): Promise<DeadLetterTopic> {
  const connection = await connectionOptions(configuration);
  const reader = await connectTopicReader(connection, name, log);
  try {
    const unordered = await reader.bounds();
    const bounds = new Map([...unordered].toSorted(([a], [b]) => a - b));
    const group = await connectConsumerGroup(connection, { groupId: replayGroupId(name), topic: name }, log);

    async function* letters(
      partition: number,
      progress: ReplayProgress | undefined,
      from = 0,
      to = Number.POSITIVE_INFINITY,
    ): AsyncGenerator<DeadLetter, void> {
      const { first, end } = bounds.get(partition) ?? { first: 0, end: 0 };
      for await (const record of reader.records(partition, Math.max(first, from), Math.min(end, to))) {
        const { offset } = record;
        const replayed = progress !== undefined && isReplayed(progress, offset);
        yield { coordinates: { topic: name, partition, offset }, record, replayed, ...kind.read(record) };
      }
    }

    return {
      name,
      kind,
      bounds,
      group,
      progress: async () => {
        const committed = await group.committed();
        // Read after the commits, so that only commits of an earlier topic can lie behind the end.
        const current = await reader.bounds();
        return new Map(
          [...current].map(([partition, limits]) => [
            partition,
            readProgress(committed.get(partition), limits),
          ]),
        );
      },
      letters,
      letterAt: async (coordinates, progress) => {
        const { partition, offset } = coordinates;
        for await (const letter of letters(partition, progress, offset, offset + 1)) {
          if (letter.coordinates.offset === offset) return letter;
        }
        throw new Error(
          `There is nothing at ${formatCoordinates(coordinates)}: ${extent(name, partition, bounds)}`,
        );
      },
      close: async () => {
        await Promise.all([reader.disconnect(), group.disconnect()]);
      },
    };
  } catch (error) {
    await reader.disconnect();
    throw error;
  }
}

function extent(name: string, partition: number, bounds: ReadonlyMap<number, PartitionBounds>): string {
  const limits = bounds.get(partition);
  if (limits === undefined) return `${name} has ${counted(bounds.size, 'partition')}, counted from 0`;
  if (limits.first === limits.end) return `${name}/${partition} is empty`;
  return `${name}/${partition} holds offsets ${limits.first} to ${limits.end - 1}`;
}
