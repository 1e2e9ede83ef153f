/**
 * Metrics of an event source mapping, counted since it was started.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html Lambda Developer Guide, "Types of metrics for Lambda functions", event source mapping metrics}
 */
export type MappingMetrics = ReturnType<typeof createMetrics>;

/** All metrics at zero, by AWS's names. */
export function createMetrics() {
  return {
    PolledEventCount: 0,
    EventPollerThroughputInBytes: 0,
    FilteredOutEventCount: 0,
    InvokedEventCount: 0,
    FailedInvokeEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    CommittedEventCount: 0,
    PollingErrorCount: 0,
    InvokeErrorCount: 0,
    OnFailureDestinationDeliveryErrorCount: 0,
    DestinationDeliveryFailures: 0,
    SchemaRegistryErrorCount: 0,
    CommitErrorCount: 0,
  };
}
