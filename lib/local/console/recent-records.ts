import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { decodeBatches } from '../../kafka/reading/decode-batches.ts';
import type { AppendedFact } from '../observation.ts';
import { Ring } from './ring.ts';

/** A record, the topic it is in and when it was seen. */
export interface RecentRecord {
  readonly topic: string;
  readonly at: number;
  readonly record: ConsumedRecord;
}

/** Records of one partition that came together, decoded only when somebody looks. */
interface Segment {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly end: number;
  readonly at: number;
  readonly count: number;
  readonly bytes: number;
  readonly source: Buffer | readonly ConsumedRecord[];
  decoded?: WeakRef<readonly ConsumedRecord[]>;
}

export interface RecentRecordsLimits {
  /** Records to keep. */
  readonly records: number;
  /** Bytes of keys, values and headers to keep, compressed as they came. */
  readonly bytes: number;
}

/**
 * The last records of all topics, within a number and a size. Taking one in costs next to nothing: batches stay as they
 * are until somebody looks.
 */
export class RecentRecords {
  readonly #limits: RecentRecordsLimits;
  readonly #segments: Ring<Segment>;
  readonly #byPartition = new Map<string, Ring<Segment>>();
  #kept = 0;
  #bytes = 0;
  #total = 0;

  constructor(limits: RecentRecordsLimits) {
    this.#limits = limits;
    // One more than stay: what goes must be counted.
    this.#segments = new Ring(limits.records + 1);
  }

  /** Records since the start. */
  get total(): number {
    return this.#total;
  }

  get kept(): number {
    return this.#kept;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes in a batch of the embedded broker. */
  addBatch({ topic, partition, baseOffset, recordCount, batch }: AppendedFact, at: number): void {
    this.#add({
      topic,
      partition,
      first: baseOffset,
      end: baseOffset + recordCount,
      at,
      count: recordCount,
      bytes: batch.length,
      source: batch,
    });
  }

  /** Takes in what a mapping has fetched; records that are known already are left out. */
  addFetched(topic: string, fetched: readonly ConsumedRecord[], at: number): void {
    const [{ partition } = { partition: 0 }] = fetched;
    const known = this.#endOf(topic, partition);
    const records = known === undefined ? fetched : fetched.filter(({ offset }) => offset >= known);
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return;
    const bytes = records.reduce(
      (sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD,
      0,
    );
    this.#add({
      topic,
      partition,
      first: first.offset,
      end: last.offset + 1,
      at,
      count: records.length,
      bytes,
      source: records,
    });
  }

  /** @returns undefined when it is not, or no longer, among them */
  find(topic: string, partition: number, offset: number): RecentRecord | undefined {
    for (const segment of this.#byPartition.get(`${topic}/${partition}`)?.newestFirst() ?? []) {
      if (offset < segment.first || offset >= segment.end) continue;
      const record = decoded(segment).find((each) => each.offset === offset);
      if (record !== undefined) return { topic, at: segment.at, record };
    }
    return undefined;
  }

  /** From the newest record to the oldest. */
  *newestFirst(): Generator<RecentRecord, void> {
    for (const segment of this.#segments.newestFirst()) {
      const { topic, at } = segment;
      for (const record of decoded(segment).toReversed()) yield { topic, at, record };
    }
  }

  clear(): void {
    this.#segments.clear();
    this.#byPartition.clear();
    this.#kept = 0;
    this.#bytes = 0;
  }

  #endOf(topic: string, partition: number): number | undefined {
    return this.#byPartition.get(`${topic}/${partition}`)?.last(1)[0]?.end;
  }

  #add(segment: Segment): void {
    const name = `${segment.topic}/${segment.partition}`;
    let ofPartition = this.#byPartition.get(name);
    if (ofPartition === undefined) {
      ofPartition = new Ring(this.#limits.records + 1);
      this.#byPartition.set(name, ofPartition);
    }
    // A topic that was deleted and created again begins anew.
    if ((ofPartition.last(1)[0]?.end ?? 0) > segment.first) ofPartition.clear();
    ofPartition.push(segment);
    this.#segments.push(segment);
    this.#total += segment.count;
    this.#kept += segment.count;
    this.#bytes += segment.bytes;
    while (this.#segments.length > 1 && this.#isOver()) this.#drop();
  }

  #isOver(): boolean {
    return this.#kept > this.#limits.records || this.#bytes > this.#limits.bytes;
  }

  #drop(): void {
    const oldest = this.#segments.shift();
    if (oldest === undefined) return;
    this.#kept -= oldest.count;
    this.#bytes -= oldest.bytes;
    const ofPartition = this.#byPartition.get(`${oldest.topic}/${oldest.partition}`);
    if (ofPartition?.oldest === oldest) ofPartition.shift();
  }
}

/** What a record takes besides key and value, roughly. */
const RECORD_OVERHEAD = 200;

function decoded(segment: Segment): readonly ConsumedRecord[] {
  const { source } = segment;
  if (!Buffer.isBuffer(source)) return source;
  const before = segment.decoded?.deref();
  if (before !== undefined) return before;
  const { partition, first: offset } = segment;
  const { records } = decodeBatches(source, { partition, offset, abortedTransactions: [] });
  segment.decoded = new WeakRef(records);
  return records;
}
