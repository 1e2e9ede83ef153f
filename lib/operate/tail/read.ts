import { pause } from '../../kafka/reading/abort.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { PartitionOffsets, TopicReader } from '../../kafka/reading/topic-reader.ts';

/** Between two looks at the end of the topic. */
const FOLLOW_MS = 300;

/**
 * Reads partitions side by side, each in its order, the oldest record first.
 *
 * @param from - by partition, where to begin
 * @param options - `follow`: keeps reading new records until `signal` is aborted
 */
export async function* readRecords(
  reader: TopicReader,
  from: PartitionOffsets,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<ConsumedRecord, void> {
  const next = new Map(from);
  do {
    const bounds = await reader.bounds();
    const ranges = [...next].flatMap(([partition, offset]) => {
      const { first, end } = bounds.get(partition) ?? { first: 0, end: 0 };
      return end > offset ? [{ partition, from: Math.max(offset, first), end }] : [];
    });
    yield* merged(ranges.map((range) => reader.records(range.partition, range.from, range.end)));
    for (const { partition, end } of ranges) next.set(partition, end);
    if (follow && ranges.length === 0) await pause(FOLLOW_MS, signal);
  } while (follow && !signal.aborted);
}

async function* merged(
  streams: readonly AsyncGenerator<ConsumedRecord, void>[],
): AsyncGenerator<ConsumedRecord, void> {
  const advance = async (stream: AsyncGenerator<ConsumedRecord, void>) => ({
    stream,
    head: await stream.next(),
  });
  let heads = await Promise.all(streams.map(advance));
  for (;;) {
    heads = heads.filter(({ head }) => head.done !== true);
    const timeOf = ({ head }: (typeof heads)[number]): number => head.value?.timestamp ?? 0;
    const [oldest] = heads.toSorted((a, b) => timeOf(a) - timeOf(b));
    if (oldest?.head.value === undefined) return;
    yield oldest.head.value;
    const advanced = await advance(oldest.stream);
    heads = heads.map((one) => (one === oldest ? advanced : one));
  }
}
