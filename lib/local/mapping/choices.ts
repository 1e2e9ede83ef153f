/**
 * Choices where AWS does not document Kafka event source mappings. Everything else follows the Lambda Developer Guide; the
 * conformance table in test/integration/mapping names the page per rule.
 *
 * Not emulated, because it is between AWS and the cluster: how the source is authenticated to (`saslScram512`,
 * `clientCertificateTls`, `authentication`, `accessConfigurations`), the key that encrypts filters, VPC connections to a
 * cluster in another account (their ARN is shown in the events), credentials of a schema registry, and poller groups: each
 * mapping has pollers of its own. Queue mode (share groups) is refused.
 *
 * Three choices are not figures. Records of open and aborted transactions are not read (`read_committed`). A batching
 * window begins when the first record arrives or its partition is free again, which agrees with all wordings of the
 * guide. A record that no payload can hold is dropped when there is no destination, where the guide says that it may go
 * unprocessed: it must not hold up its partition for ever.
 */

/**
 * Whether tombstones pass filters: there is nothing to filter by, and dropping a deletion does more harm than delivering it.
 * The guide says the same of values that are not of the kind a filter is made for, and does not mention tombstones.
 */
export const TOMBSTONES_PASS_FILTERS = true;

/**
 * Pause before a failed batch is sent again. AWS documents no figures. Doubling from a tenth of a second picks up a fixed
 * handler quickly, and does not flood the log of a broken one.
 */
export const RETRY_BACKOFF_MS = { first: 100, longest: 10_000 } as const;

/**
 * Pause after a commit. The guide says that offsets are committed after a batch, and not how soon. Of small batches that end
 * one after the other, not each makes a request of its own.
 */
export const COMMIT_PAUSE_MS = 10;

/**
 * Invocations that one poller keeps in flight. The Lambda Developer Guide, "Low latency processing for Kafka event
 * sources", gives this figure for provisioned mode; without any, one slow partition would hold up the others.
 */
export const INVOCATIONS_PER_POLLER = 5;

/** Pollers that an on-demand mapping starts with; AWS only says that it scales by lag. */
export const ON_DEMAND_POLLERS = { minimum: 1, maximum: 200 } as const;

/** Pollers of an event poller unit: Lambda Developer Guide, "Apache Kafka event poller scaling modes", by default. */
export const POLLERS_PER_UNIT = 10;

/**
 * Most bytes of records, counted as JSON, that wait or are in flight in a mapping, over all its partitions: five payloads. Above this, only
 * partitions without records are fetched.
 */
export const MAXIMUM_QUEUED_BYTES = 5 * 6_291_456;

/** How often pollers are added or removed: AWS checks the lag every minute. */
export const SCALING_INTERVAL_MS = 60_000;

/** A mapping gets one more poller when each of its pollers lags by more batches than this. */
export const LAG_BATCHES_PER_POLLER = 10;

/** Only the records in a partial batch response are sent again, as the guide says; see {@link ResendMode}. */
export const DEFAULT_RESEND_MODE: ResendMode = 'reported';

/**
 * Which records are sent again after a partial batch response: those it names, or everything from the lowest named offset of
 * each partition on, which keeps the order for handlers that stop at the first failure.
 */
export type ResendMode = 'reported' | 'from-lowest';

/** `requestContext.condition` of records that outlived MaximumRecordAgeInSeconds; AWS shows samples of the others only. */
export const RECORD_AGE_CONDITION = 'RecordAgeExceeded';

/**
 * `requestContext.condition` of records that are out of attempts. The samples of AWS for a Kafka topic show
 * `RetriesExhausted`, those for the other destinations `RetryAttemptsExhausted`.
 */
export const RETRIES_EXHAUSTED = 'RetryAttemptsExhausted';
export const RETRIES_EXHAUSTED_KAFKA = 'RetriesExhausted';

/** `requestContext.condition` of records that could not be prepared for the function, for example by a filter. */
export const PREPARATION_CONDITION = 'RecordPreparationFailed';

/** `requestContext.condition` of records the schema registry could not read. */
export const SCHEMA_CONDITION = 'DeserializationError';

/** `requestContext.condition` of a record batch that is damaged, or in a format or compression that is not understood. */
export const UNREADABLE_CONDITION = 'RecordBatchUnreadable';

/** A header without a value is sent as an empty array: handlers expect an array of bytes in every header. */
export const NULL_HEADER_BYTES = Buffer.alloc(0);

/**
 * S3 key of a discarded batch. AWS shows the layout for Kinesis, `aws/lambda/<UUID>/<shard>/…`; a Kafka batch has
 * several partitions, so its topic stands there.
 *
 * @param at - when the batch was discarded
 */
export function s3ObjectKey(mapping: { uuid: string; topic: string }, at: Date, requestId: string): string {
  const [day = '', time = ''] = at.toISOString().split('T');
  return `aws/lambda/${mapping.uuid}/${mapping.topic}/${day.replaceAll('-', '/')}/${time.replace('Z', '')}-${requestId}`;
}

/** How long a mapping that stops waits for invocations in flight; their records are then left for the next start. */
export const STOP_GRACE_MS = 1_500;

/** Service-side errors, after which a batch is sent again without counting an attempt. */
export const UNCOUNTED_ERRORS: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'ServiceException',
]);
