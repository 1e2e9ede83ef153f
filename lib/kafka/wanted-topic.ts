/** A topic that must exist, with at least so many partitions. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  /**
   * Topic configs by their names, for example `retention.ms`; absent: what the cluster gives topics. A topic that exists
   * keeps its own.
   *
   * @see Apache Kafka, "Topic configs"
   */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * `max.message.bytes` of a topic for records that failed: the most that MSK Serverless takes (Amazon MSK Developer Guide,
 * "Quota for serverless clusters"), and more than the 6 MB of an event that Lambda can hand a record over in.
 */
export const MAX_FAILURE_BYTES = 8 * 1024 * 1024;
