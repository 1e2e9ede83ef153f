import type { BrokerConnection } from '../connection/broker-connection.ts';
import type { ByteReader } from '../connection/byte-reader.ts';
import type { ByteWriter } from '../connection/byte-writer.ts';
import type { ProtocolRequest, Throttling } from '../connection/protocol-request.ts';
import type { AbortedTransaction } from './decode-batches.ts';

const NO_REPLICA = -1;
const MIN_BYTES = 1;
const READ_COMMITTED = 1;
/** Every answer is a full one: KIP-227. */
const NO_SESSION = { id: 0, epoch: -1 } as const;
const UNKNOWN_EPOCH = -1;
const UNKNOWN_OFFSET = -1n;

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

export interface FetchLimits {
  /** How long the broker waits for the first byte. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
}

/**
 * Fetches record sets as bytes. kafkajs would decode them too, but merges headers of the same name and loses their
 * order, and gives up on a topic with one batch of another compression than gzip.
 *
 * @param leader - of the partitions
 * @param topic - topic of the partitions
 * @param positions - where to read on
 * @throws what {@link BrokerConnection.request} throws
 */
export async function fetchPartitions(
  leader: BrokerConnection,
  topic: string,
  positions: readonly FetchPosition[],
  limits: FetchLimits,
): Promise<readonly FetchedPartition[]> {
  const { partitions } = await leader.request(fetchRequest(topic, positions, limits));
  return partitions;
}

interface FetchAnswer extends Throttling {
  readonly partitions: readonly FetchedPartition[];
}

/** @see {@link https://kafka.apache.org/protocol.html#The_Messages_Fetch Apache Kafka, "Fetch API"} */
function fetchRequest(
  topic: string,
  positions: readonly FetchPosition[],
  { maxWaitMs, maxBytes, maxBytesPerPartition }: FetchLimits,
): ProtocolRequest<FetchAnswer> {
  return {
    apiKey: 1,
    apiName: 'Fetch',
    versions: [4, 11],
    write: (writer, version) => {
      for (const value of [NO_REPLICA, maxWaitMs, MIN_BYTES, maxBytes]) writer.int32(value);
      writer.int8(READ_COMMITTED);
      if (version >= 7) {
        writer.int32(NO_SESSION.id);
        writer.int32(NO_SESSION.epoch);
      }
      writer.int32(1);
      writer.string(topic);
      writer.int32(positions.length);
      for (const position of positions) writePosition(writer, version, position, maxBytesPerPartition);
      // No topics to forget.
      if (version >= 7) writer.int32(0);
      if (version >= 11) writer.string('');
    },
    read: (reader, version) => {
      const throttleTimeMs = reader.int32();
      if (version >= 7) {
        // Says what the partitions say, and the id of the session.
        reader.int16();
        reader.int32();
      }
      const topics = reader.array(() => {
        reader.string();
        return reader.array(() => readPartition(reader, version));
      });
      return { throttleTimeMs, partitions: topics.flat() };
    },
  };
}

function writePosition(
  writer: ByteWriter,
  version: number,
  { partition, offset }: FetchPosition,
  maxBytes: number,
): void {
  writer.int32(partition);
  if (version >= 9) writer.int32(UNKNOWN_EPOCH);
  writer.int53(offset);
  if (version >= 5) writer.int64(UNKNOWN_OFFSET);
  writer.int32(maxBytes);
}

function readPartition(reader: ByteReader, version: number): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = Number(reader.int64());
  reader.int64(); // last stable offset
  if (version >= 5) reader.int64(); // log start offset
  const abortedTransactions = reader.array(() => ({
    producerId: Number(reader.int64()),
    firstOffset: Number(reader.int64()),
  }));
  if (version >= 11) reader.int32(); // preferred read replica: reading is from leaders only
  // A copy, because records that wait would otherwise keep the whole response in memory.
  const recordSet = Buffer.from(reader.bytes());
  return { partition, errorCode, highWatermark, abortedTransactions, recordSet };
}
