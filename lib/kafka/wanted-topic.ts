/** A topic that must exist, with at least this many partitions. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  /**
   * Topic configs by name, for example `retention.ms`; absent: the defaults of the cluster. A topic that exists keeps
   * those that are not named here.
   *
   * @see {@link https://kafka.apache.org/documentation/#topicconfigs Apache Kafka, "Topic configs"}
   */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * `max.message.bytes` of a topic for records that failed: the most that MSK Serverless accepts (Amazon MSK Developer Guide,
 * "Quota for serverless clusters"), and more than the 6 MB of a Lambda event that holds the record.
 */
export const MAX_FAILURE_BYTES = 8 * 1024 * 1024;
