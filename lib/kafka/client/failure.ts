import {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs/src/errors';
import { errorMessage, ServiceError } from '../../errors.ts';
import { NoAnswer } from '../connection/broker-connection.ts';
import { errorName } from '../error-codes.ts';
import { credentialsRefused, isAuthorizationCode, KafkaFailure, noAnswerFrom } from '../kafka-failure.ts';
import type { ConnectionOptions } from './connection.ts';

/**
 * Translates a failure between this service and a cluster into terms that do not depend on kafkajs.
 *
 * @param thrown - by kafkajs, or by what it called
 * @param connection - what the cluster was connected with
 * @returns a {@link KafkaFailure}; an error that is not about the cluster is returned unchanged
 */
export function kafkaFailure(thrown: unknown, connection: ConnectionOptions): unknown {
  const cause = rootCause(thrown);
  const message = errorMessage(cause);
  if (cause instanceof KafkaFailure || cause instanceof ServiceError) return cause;
  if (cause instanceof KafkaJSSASLAuthenticationError) {
    return credentialsRefused(connection.sasl?.mechanism, message, cause);
  }
  if (cause instanceof KafkaJSAggregateError) return refusals(cause, connection);
  if (cause instanceof KafkaJSProtocolError) {
    const errorCode = errorName(cause.code);
    const kind = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
    return new KafkaFailure(kind, `${errorCode}: ${message}`, { errorCode, cause });
  }
  if (cause instanceof NoAnswer) {
    const { wasSent, wasSilent } = cause;
    return noAnswerFrom(connection, wasSent ? 'interrupted' : 'unreachable', { message, wasSilent, cause });
  }
  if (!(cause instanceof KafkaJSError)) return cause;
  const kind = cause instanceof KafkaJSRequestTimeoutError ? 'interrupted' : 'unreachable';
  return noAnswerFrom(connection, kind, { message, wasSilent: wasSilent(cause), cause });
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
  const errorCode = first instanceof KafkaJSProtocolError ? errorName(first.code) : undefined;
  const kind = isAuthorizationCode(errorCode) ? 'unauthorized' : 'refused';
  return new KafkaFailure(kind, reasons.join('; '), { errorCode });
}

function wasSilent(cause: unknown): boolean {
  if (cause instanceof KafkaJSRequestTimeoutError) return true;
  return cause instanceof KafkaJSConnectionError && cause.message === 'Connection timeout';
}
