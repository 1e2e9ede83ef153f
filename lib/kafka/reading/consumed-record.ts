/** What the timestamp of a record means: set by its producer, or by the broker when it was appended. */
export type TimestampType = 'CREATE_TIME' | 'LOG_APPEND_TIME';

/** A record as it was read from a partition: nothing decoded, nothing merged. */
export interface ConsumedRecord {
  readonly partition: number;
  /** Exact up to 2^53. */
  readonly offset: number;
  /** Milliseconds since 1970; -1 when the producer gave none. */
  readonly timestamp: number;
  readonly timestampType: TimestampType;
  readonly key: Buffer | null;
  /** Null for a tombstone. */
  readonly value: Buffer | null;
  /** In the order they were produced; names may repeat. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}
