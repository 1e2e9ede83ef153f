import { errorMessage, ServiceError } from '../errors.ts';
import type { ErrorName } from './error-codes.ts';

/**
 * How a request to the cluster failed:
 * - `unreachable`: no connection, so nothing was sent;
 * - `interrupted`: sent and not answered, so it may have been carried out;
 * - `refused`: the broker answered with an error code;
 * - `unauthorized`: the cluster does not accept who is asking.
 */
export type KafkaFailureKind = 'unreachable' | 'interrupted' | 'refused' | 'unauthorized';

/** What went wrong between this service and the Kafka cluster, in terms that do not depend on the client library. */
export class KafkaFailure extends Error {
  override readonly name = 'KafkaFailure';
  readonly kind: KafkaFailureKind;
  /** Undefined when the broker gave none. */
  readonly errorCode: ErrorName | undefined;
  /** Whether a timeout ended the wait; a connection that is refused or reset fails at once. */
  readonly wasSilent: boolean;

  constructor(
    kind: KafkaFailureKind,
    message: string,
    options: { errorCode?: ErrorName | undefined; wasSilent?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.errorCode = options.errorCode;
    this.wasSilent = options.wasSilent ?? false;
  }
}

/** The failure of a client whose credentials the cluster refuses. */
export function credentialsRefused(
  mechanism: string | undefined,
  reason: string,
  cause?: unknown,
): KafkaFailure {
  return new KafkaFailure('unauthorized', `The cluster refused the ${mechanism} credentials: ${reason}`, {
    cause,
  });
}

/**
 * The failure of a request to a cluster that does not answer. It says what to check when nothing could be sent.
 *
 * @param connection - what the cluster was connected with
 * @param kind - `interrupted` when the request may have reached a broker
 */
export function noAnswerFrom(
  { brokers, sasl, ssl }: Connection,
  kind: 'unreachable' | 'interrupted',
  { message, ...options }: { message: string; wasSilent: boolean; cause?: unknown },
): KafkaFailure {
  const hasCertificate = typeof ssl === 'object';
  if (hasCertificate && /\balert\b/.test(message)) {
    return new KafkaFailure(
      'unauthorized',
      `The cluster refused the client certificate: ${message}`,
      options,
    );
  }
  const how = sasl ? `, with ${sasl.mechanism}` : '';
  const checks = [
    ...(brokers.every(isOnThisMachine)
      ? []
      : ['the security group and the port (9098 IAM, 9096 SCRAM, 9094 TLS)']),
    // A cluster may close the connection of a client certificate that it does not trust, without a word.
    ...(hasCertificate ? ['whether the cluster trusts the client certificate'] : []),
  ];
  const hint = kind === 'unreachable' && checks.length > 0 ? `; check ${checks.join(', and ')}` : '';
  return new KafkaFailure(
    kind,
    `No answer from Kafka at ${brokers.join(', ')}${how}: ${message}${hint}`,
    options,
  );
}

function isOnThisMachine(address: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\]):/.test(address);
}

/** What a failure tells of how a client connected. */
interface Connection {
  readonly brokers: readonly string[];
  readonly sasl?: { readonly mechanism: string };
  readonly ssl: boolean | object;
}

/** Temporary refusals: Apache Kafka, "Error codes", the retriable ones of a produce request. */
const passingCodes = new Set<ErrorName | undefined>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'CORRUPT_MESSAGE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'THROTTLING_QUOTA_EXCEEDED',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'LISTENER_NOT_FOUND',
]);

/**
 * The broker may have appended the records although it answered with an error. It waits for the replicas after it has
 * appended, and gives this answer when it loses the partition or its disk in the meantime (Apache Kafka, DelayedProduce).
 */
const ambiguousCodes = new Set<ErrorName | undefined>([
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'DUPLICATE_SEQUENCE_NUMBER',
  'NOT_LEADER_OR_FOLLOWER',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_SERVER_ERROR',
]);

/** The client must ask another broker, or look the topic up again. */
const staleMetadataCodes = new Set<ErrorName | undefined>([
  'LISTENER_NOT_FOUND',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'BROKER_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
]);

/** The broker no longer knows this producer's sequence: a new producer id helps (KIP-360). */
const sequenceCodes = new Set<ErrorName | undefined>([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);

const authorizationCodes = new Set<ErrorName | undefined>([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
]);

/**
 * Whether the same request can succeed when it is sent again shortly. Refused credentials count once: those of a role
 * change while connections are open, and a fresh connection asks for the current ones.
 */
export function isPassing({ kind, errorCode }: KafkaFailure): boolean {
  return kind !== 'refused' || passingCodes.has(errorCode) || sequenceCodes.has(errorCode);
}

/** Whether the records may still be in the topic. */
export function isAmbiguous({ kind, errorCode }: KafkaFailure): boolean {
  return kind === 'interrupted' || ambiguousCodes.has(errorCode);
}

/** Whether the cached topics and leaders are out of date. */
export function isMetadataStale({ errorCode }: KafkaFailure): boolean {
  return staleMetadataCodes.has(errorCode);
}

/** Whether only a new producer id helps. */
export function needsNewProducerId({ errorCode }: KafkaFailure): boolean {
  return sequenceCodes.has(errorCode);
}

/** Whether the connection can no longer be used. */
export function isConnectionLost({ kind }: KafkaFailure): boolean {
  return kind !== 'refused';
}

/** Whether an error code says that the client may not do this. */
export function isAuthorizationCode(errorCode: ErrorName | undefined): boolean {
  return authorizationCodes.has(errorCode);
}

/**
 * The catalogue's error for a failure that retries did not overcome.
 *
 * @param thrown - usually a {@link KafkaFailure}
 * @param ambiguous - whether any attempt may have reached the topic
 */
export function deliveryError(thrown: unknown, ambiguous: boolean): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  if (ambiguous) {
    return new ServiceError(
      'delivery_unconfirmed',
      'The event may have been accepted: retry with the same id.',
      {
        cause: thrown,
      },
    );
  }
  if (!(thrown instanceof KafkaFailure)) {
    return new ServiceError('internal_error', errorMessage(thrown), { cause: thrown });
  }
  const { kind, errorCode, message } = thrown;
  if (kind === 'unreachable' || kind === 'interrupted') {
    return new ServiceError('broker_unreachable', message, { cause: thrown });
  }
  if (errorCode === 'MESSAGE_TOO_LARGE' || errorCode === 'RECORD_LIST_TOO_LARGE') {
    return new ServiceError(
      'record_too_large',
      'The event is larger than the topic accepts; send less data.',
      {
        cause: thrown,
      },
    );
  }
  if (
    kind === 'unauthorized' ||
    errorCode === 'UNKNOWN_TOPIC_OR_PARTITION' ||
    errorCode === 'INVALID_TOPIC_EXCEPTION'
  ) {
    return new ServiceError('configuration_error', message, { cause: thrown });
  }
  const code = isPassing(thrown) ? 'delivery_refused' : 'internal_error';
  return new ServiceError(code, message, { cause: thrown });
}
