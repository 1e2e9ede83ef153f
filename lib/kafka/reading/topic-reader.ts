import type { Log } from '../../log.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { connectCluster } from './cluster-connection.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { type DecodedBatches, decodeBatches } from './decode-batches.ts';
import { type FetchedPartition, fetchPartitions } from './fetch.ts';
import { FetchConnections } from './fetch-connections.ts';
import { fetchOffsets, type OffsetQuery, type PartitionBounds } from './partition-bounds.ts';

const FETCH_MAX_WAIT_MS = 500;
/** Apache Kafka, "Consumer configs": max.partition.fetch.bytes; a larger batch is returned whole (KIP-74). */
const FETCH_BYTES = 1_048_576;
/** A broker that throttles may answer with nothing although there is something. */
const MAX_EMPTY_ANSWERS = 10;
const OFFSET_OUT_OF_RANGE = 1;

/** Offset per partition. */
export type PartitionOffsets = ReadonlyMap<number, number>;

export type { PartitionBounds };

/** Reads a topic from anywhere to anywhere, without a consumer group. */
export interface TopicReader {
  readonly bounds: () => Promise<ReadonlyMap<number, PartitionBounds>>;
  /**
   * By partition: offset of the first record that is not older than that; where there is none, of the end.
   *
   * @param timestampMs - ms since epoch
   */
  readonly offsetsAt: (timestampMs: number) => Promise<PartitionOffsets>;
  /**
   * Records of a partition in offset order. Offsets that hold nothing for readers are passed over, as are records that
   * retention deletes meanwhile.
   *
   * @param from - offset to begin at
   * @param end - offset to stop before; it never waits for a record that is not there yet
   */
  readonly records: (partition: number, from: number, end: number) => AsyncGenerator<ConsumedRecord, void>;
  readonly disconnect: () => Promise<void>;
}

/**
 * Connects to the cluster of a topic.
 *
 * @throws ServiceError `broker_unreachable`, or `configuration_error` when there is no such topic
 */
export async function connectTopicReader(
  connection: ConnectionOptions,
  topic: string,
  log: Log,
): Promise<TopicReader> {
  const { cluster, ask, disconnect } = await connectCluster(connection, topic, log);
  const connections = new FetchConnections(cluster, connection);

  const offsets = (query: OffsetQuery): Promise<Map<number, number>> => {
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    return ask(() => fetchOffsets(cluster, topic, partitions, query));
  };

  const fetch = (partition: number, offset: number): Promise<FetchedPartition> =>
    ask(async () => {
      const [nodeId = '-1'] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      const leader = await connections.to(nodeId);
      const [fetched] = await fetchPartitions(leader, topic, [{ partition, offset }], {
        maxWaitMs: FETCH_MAX_WAIT_MS,
        maxBytes: FETCH_BYTES,
        maxBytesPerPartition: FETCH_BYTES,
      });
      if (fetched === undefined || ![0, OFFSET_OUT_OF_RANGE].includes(fetched.errorCode)) {
        throw new Error(`${topic}/${partition} cannot be read: Kafka error code ${fetched?.errorCode}`);
      }
      return fetched;
    });

  const read = async (partition: number, offset: number, end: number): Promise<DecodedBatches> => {
    const { errorCode, recordSet, abortedTransactions } = await fetch(partition, offset);
    if (errorCode === 0) return decodeBatches(recordSet, { partition, offset, abortedTransactions });
    const first = (await offsets({ fromBeginning: true })).get(partition) ?? end;
    if (first <= offset) throw new Error(`${topic}/${partition} ends before offset ${offset}`);
    return { records: [], unreadable: [], nextOffset: first };
  };

  async function* records(
    partition: number,
    from: number,
    end: number,
  ): AsyncGenerator<ConsumedRecord, void> {
    let emptyAnswers = 0;
    for (let offset = from; offset < end; ) {
      const { records, unreadable, nextOffset } = await read(partition, offset, end);
      const problem = unreadable.find(({ firstOffset }) => firstOffset < end);
      yield* records.filter((record) => record.offset < (problem?.firstOffset ?? end));
      if (problem !== undefined) {
        const offsets = `${problem.firstOffset} to ${problem.lastOffset}`;
        throw new Error(`${topic}/${partition} cannot be read at offsets ${offsets}: ${problem.reason}`);
      }
      emptyAnswers = nextOffset === offset ? emptyAnswers + 1 : 0;
      if (emptyAnswers === MAX_EMPTY_ANSWERS) {
        throw new Error(
          `${topic}/${partition} gives nothing from offset ${offset} on, though it ends at ${end}`,
        );
      }
      offset = nextOffset;
    }
  }

  return {
    bounds: async () => {
      const [first, end] = await Promise.all([
        offsets({ fromBeginning: true }),
        offsets({ fromBeginning: false }),
      ]);
      return new Map(
        [...end].map(([partition, offset]) => [partition, { first: first.get(partition) ?? 0, end: offset }]),
      );
    },
    offsetsAt: async (timestampMs) => {
      const end = await offsets({ fromBeginning: false });
      const found = await offsets({ fromTimestamp: timestampMs });
      return new Map(
        [...found].map(([partition, offset]) => [partition, offset < 0 ? (end.get(partition) ?? 0) : offset]),
      );
    },
    records,
    disconnect: async () => {
      await connections.close();
      await disconnect();
    },
  };
}
