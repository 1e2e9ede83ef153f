import type { Broker } from '../client/cluster.ts';
import { sendFetch } from '../client/fetch-request.ts';
import { Reader } from '../wire/reader.ts';
import type { AbortedTransaction } from './decode-batches.ts';

const READ_COMMITTED = 1;

/** Where to read on in one partition. */
export interface FetchPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What the broker answered for one partition. */
export interface FetchedPartition {
  readonly partition: number;
  /** 0 for success: Apache Kafka, "Error codes". */
  readonly errorCode: number;
  /** Offset behind the last record that is replicated. */
  readonly highWatermark: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches, the last one possibly cut off. */
  readonly recordSet: Buffer;
}

/**
 * Fetches record sets as bytes. kafkajs would decode them too, but merges headers of the same name and loses their
 * order, and gives up on a topic with one batch of another compression than gzip.
 *
 * @param broker - leader of the partitions
 * @param topic - topic of the partitions
 * @param positions - where to read on
 * @param limits - `maxWaitMs`: how long the broker waits for the first byte; bytes in total and per partition
 * @see {@link https://kafka.apache.org/protocol.html#The_Messages_Fetch Apache Kafka, "Fetch API", versions 4 to 11}
 */
export function fetchPartitions(
  broker: Broker,
  topic: string,
  positions: readonly FetchPosition[],
  limits: { maxWaitMs: number; maxBytes: number; maxBytesPerPartition: number },
): Promise<FetchedPartition[]> {
  const partitions = positions.map(({ partition, offset }) => ({
    partition,
    fetchOffset: String(offset),
    maxBytes: limits.maxBytesPerPartition,
  }));
  return sendFetch(
    broker,
    {
      maxWaitTime: limits.maxWaitMs,
      minBytes: 1,
      maxBytes: limits.maxBytes,
      isolationLevel: READ_COMMITTED,
      rackId: '',
      topics: [{ topic, partitions }],
    },
    decodeResponse,
  );
}

function decodeResponse(payload: Buffer, version: number): FetchedPartition[] {
  const reader = new Reader(payload);
  reader.int32(); // throttle time: the broker has waited already
  if (version >= 7) {
    reader.int16();
    reader.int32();
  }
  const topics = reader.array(() => {
    reader.string();
    return reader.array(() => decodePartition(reader, version));
  });
  return topics.flat();
}

function decodePartition(reader: Reader, version: number): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  reader.int64(); // last stable offset
  if (version >= 5) reader.int64(); // log start offset
  const abortedTransactions = reader.nullableArray(() => ({
    producerId: reader.int64(),
    firstOffset: reader.int64(),
  }));
  if (version >= 11) reader.int32(); // preferred read replica: reading is from leaders only
  // A copy, because records that wait would otherwise keep the whole response in memory.
  const recordSet = Buffer.from(reader.nullableBytes() ?? []);
  return { partition, errorCode, highWatermark, abortedTransactions: abortedTransactions ?? [], recordSet };
}
