/** A record that was not processed. */
export interface UnprocessedRecord {
  /** `<topic>-<partition>`, the key of the event's `records`. */
  readonly topicPartition: string;
  readonly offset: number;
}

/**
 * The partial batch response of a Kafka event source mapping; unlike those of SQS and the streams it identifies a
 * record by an object.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html Lambda Developer Guide, "Configuring error handling controls for Kafka event sources"}
 */
export interface BatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/** Reports what was not processed; everything else counts as done, an empty list as full success. */
export function batchResponse(unprocessed: readonly UnprocessedRecord[]): BatchResponse {
  return {
    batchItemFailures: unprocessed.map(({ topicPartition, offset }) => ({
      itemIdentifier: { partition: topicPartition, offset },
    })),
  };
}
