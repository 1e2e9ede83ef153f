import {
  KafkaJSAggregateError,
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs/src/errors';
import { errorMessage, ServiceError } from '../../errors.ts';
import { isAuthorizationCode, KafkaFailure } from '../kafka-failure.ts';
import type { ConnectionOptions } from './connection.ts';

/**
 * Translates a failure between this service and a cluster into terms that do not depend on kafkajs.
 *
 * @param thrown - by kafkajs, or by what it called
 * @param connection - what the cluster was connected with
 * @param unanswered - what a missing answer means here; absent: what kafkajs says
 * @returns a {@link KafkaFailure}; an error that is not about the cluster is returned unchanged, unless `unanswered` is
 *   given
 */
export function kafkaFailure(
  thrown: unknown,
  connection: ConnectionOptions,
  unanswered?: 'unreachable' | 'interrupted',
): unknown {
  const cause = rootCause(thrown);
  const message = errorMessage(cause);
  if (cause instanceof KafkaFailure || cause instanceof ServiceError) return cause;
  if (cause instanceof KafkaJSSASLAuthenticationError) {
    const mechanism = connection.sasl?.mechanism;
    return new KafkaFailure('unauthorized', `The cluster refused the ${mechanism} credentials: ${message}`, {
      cause,
    });
  }
  if (typeof connection.ssl === 'object' && /\balert\b/.test(message)) {
    return new KafkaFailure('unauthorized', `The cluster refused the client certificate: ${message}`, {
      cause,
    });
  }
  if (cause instanceof KafkaJSAggregateError) return refusals(cause, connection);
  if (cause instanceof KafkaJSProtocolError) {
    const { type: errorCode } = cause;
    const kind = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
    return new KafkaFailure(kind, `${errorCode}: ${message}`, { errorCode, cause });
  }
  if (unanswered === undefined && !(cause instanceof KafkaJSError)) return cause;
  const kind = unanswered ?? (cause instanceof KafkaJSRequestTimeoutError ? 'interrupted' : 'unreachable');
  return new KafkaFailure(kind, unansweredMessage(kind, message, connection), {
    wasSilent: wasSilent(cause),
    cause,
  });
}

/** Whether a bootstrap broker could not be connected to or did not answer, so that another one may. */
export function isBrokerLost(thrown: unknown): boolean {
  const cause = rootCause(thrown);
  return cause instanceof KafkaJSConnectionError || cause instanceof KafkaJSRequestTimeoutError;
}

/** Whether kafkajs itself tried the next bootstrap broker: it does not after a connection that was closed or silent. */
export function hasMovedOn(thrown: unknown): boolean {
  const cause = rootCause(thrown);
  return cause instanceof KafkaJSConnectionError && !(cause instanceof KafkaJSConnectionClosedError);
}

/** The retries of kafkajs wrap the cause; the innermost cause below its own errors counts. */
function rootCause(thrown: unknown): unknown {
  return thrown instanceof KafkaJSError && thrown.cause instanceof Error ? rootCause(thrown.cause) : thrown;
}

/** The outcomes of several topics, which kafkajs sums up as "Topic creation errors". */
function refusals({ errors }: KafkaJSAggregateError, connection: ConnectionOptions): unknown {
  const reasons = errors.map((error) => {
    const reason = errorMessage(kafkaFailure(error, connection));
    return error.topic === undefined ? reason : `${error.topic}: ${reason}`;
  });
  const [first] = errors;
  const errorCode = first instanceof KafkaJSProtocolError ? first.type : '';
  const kind = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
  return new KafkaFailure(kind, reasons.join('; '), { errorCode });
}

function unansweredMessage(
  kind: 'unreachable' | 'interrupted',
  message: string,
  { brokers, sasl, ssl }: ConnectionOptions,
): string {
  const how = sasl ? `, with ${sasl.mechanism}` : '';
  // A cluster may close the connection of a client certificate that it does not trust, without a word.
  const trust = typeof ssl === 'object' ? ', and whether the cluster trusts the client certificate' : '';
  const hint =
    kind === 'unreachable'
      ? `; check the security group and the port (9098 IAM, 9096 SCRAM, 9094 TLS)${trust}`
      : '';
  return `No answer from Kafka at ${brokers.join(', ')}${how}: ${message}${hint}`;
}

function wasSilent(cause: unknown): boolean {
  if (cause instanceof KafkaJSRequestTimeoutError) return true;
  return cause instanceof KafkaJSConnectionError && cause.message === 'Connection timeout';
}
