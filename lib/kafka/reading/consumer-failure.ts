import {
  KafkaJSConnectionError,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs/src/errors';
import { errorMessage } from '../../errors.ts';
import { KafkaFailure } from '../kafka-failure.ts';

/**
 * Says what went wrong for a consumer in terms that do not depend on the client library; anything that is not about
 * the cluster is returned as it is.
 */
export function consumerFailure(thrown: unknown): unknown {
  const cause = rootCause(thrown);
  const message = errorMessage(cause);
  if (cause instanceof KafkaJSSASLAuthenticationError)
    return new KafkaFailure('unauthorized', message, { cause });
  if (cause instanceof KafkaJSConnectionError) return new KafkaFailure('unreachable', message, { cause });
  if (cause instanceof KafkaJSRequestTimeoutError) return new KafkaFailure('interrupted', message, { cause });
  if (!(cause instanceof KafkaJSProtocolError)) return cause;
  const kind = cause.type.endsWith('_AUTHORIZATION_FAILED') ? 'unauthorized' : 'refused';
  return new KafkaFailure(kind, `${cause.type}: ${message}`, { errorCode: cause.type, cause });
}

/** kafkajs wraps what happened when its retries are used up. */
function rootCause(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause instanceof Error && thrown.name.startsWith('KafkaJS')
    ? rootCause(thrown.cause)
    : thrown;
}
