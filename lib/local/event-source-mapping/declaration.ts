/** What on-failure destinations AWS Lambda accepts for a Kafka event source mapping. */
export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';

/** Level of the event source mapping's own log lines (LoggingConfig.SystemLogLevel). */
export type SystemLogLevel = 'DEBUG' | 'INFO' | 'WARN';

/** Groups of event source mapping metrics (MetricsConfig.Metrics). */
export type MetricGroup = 'EventCount' | 'ErrorCount' | 'KafkaMetrics';

/** Limits of the pollers in provisioned mode. */
export interface ProvisionedPollers {
  minimum: number;
  maximum: number;
  group: string | undefined;
}

/** A schema registry, as AWS's SchemaRegistryConfig holds it. */
export interface SchemaRegistryDeclaration {
  kind: 'glue' | 'confluent';
  /** ARN of a Glue registry, or URL of a Confluent-compatible one. */
  uri: string;
  eventRecordFormat: 'JSON' | 'SOURCE';
  accessConfigurations: { type: string; uri: string }[];
  validationAttributes: ('KEY' | 'VALUE')[];
}

/** One `msk` or `kafka` event of a function: checked, with AWS's defaults applied. */
export interface EventSourceMappingDeclaration {
  functionName: string;
  kind: 'msk' | 'self-managed';
  topic: string;
  /** Absent for a self-managed cluster. */
  eventSourceArn: string | undefined;
  /** Without one AWS uses the UUID of the mapping. */
  consumerGroupId: string | undefined;
  enabled: boolean;
  batchSize: number;
  batchingWindowMs: number;
  startingPosition: StartingPosition;
  startingPositionTimestampMs: number | undefined;
  /** Absent in on-demand mode. */
  pollers: ProvisionedPollers | undefined;
  reportBatchItemFailures: boolean;
  /** -1: no limit. The first attempt is not counted. */
  maximumRetryAttempts: number;
  /** -1: no limit. */
  maximumRecordAgeSeconds: number;
  bisectBatchOnFunctionError: boolean;
  /** ARN of an SQS queue, SNS topic or S3 bucket, or `kafka://<topic>`. */
  onFailureDestination: string | undefined;
  /** Each one an EventBridge pattern on `value`; a record passes when one of them matches, or there is none. */
  filterPatterns: unknown[];
  schemaRegistry: SchemaRegistryDeclaration | undefined;
  metrics: MetricGroup[];
  logLevel: SystemLogLevel | undefined;
  tags: Record<string, string>;
}
