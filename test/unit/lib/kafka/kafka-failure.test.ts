import { ServiceError, type ServiceErrorCode } from '../../../../lib/errors.ts';
import type { ErrorName } from '../../../../lib/kafka/error-codes.ts';
import {
  deliveryError,
  isAmbiguous,
  isPassing,
  KafkaFailure,
  type KafkaFailureKind,
  needsNewProducerId,
  noAnswerFrom,
} from '../../../../lib/kafka/kafka-failure.ts';

test.each([
  ['b-1.example:9098', true],
  ['localhost:9092', false],
  ['127.0.0.1:9092', false],
  ['[::1]:9092', false],
])('no answer from %s: the security group is a reason to check, %s', (broker, isHinted) => {
  const why = { message: 'connect ECONNREFUSED', wasSilent: false };
  const { message } = noAnswerFrom({ brokers: [broker], ssl: false }, 'unreachable', why);
  expect(message.startsWith(`No answer from Kafka at ${broker}: connect ECONNREFUSED`)).toBe(true);
  expect(message.includes('security group')).toBe(isHinted);
});

const failure = (kind: KafkaFailureKind, errorCode?: ErrorName) =>
  new KafkaFailure(kind, 'what happened', { errorCode });

describe('a failure', () => {
  test.each<[string, KafkaFailureKind, ErrorName | undefined, boolean, boolean, ServiceErrorCode]>([
    ['no connection', 'unreachable', undefined, true, false, 'broker_unreachable'],
    ['no answer', 'interrupted', undefined, true, true, 'delivery_unconfirmed'],
    ['refused credentials', 'unauthorized', undefined, true, false, 'configuration_error'],
    ['too few replicas', 'refused', 'NOT_ENOUGH_REPLICAS', true, false, 'delivery_refused'],
    [
      'too few replicas, found out late',
      'refused',
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
      true,
      true,
      'delivery_unconfirmed',
    ],
    ['slow replicas', 'refused', 'REQUEST_TIMED_OUT', true, true, 'delivery_unconfirmed'],
    ['another leader', 'refused', 'NOT_LEADER_OR_FOLLOWER', true, true, 'delivery_unconfirmed'],
    ['no leader', 'refused', 'LEADER_NOT_AVAILABLE', true, false, 'delivery_refused'],
    ['a quota', 'refused', 'THROTTLING_QUOTA_EXCEEDED', true, false, 'delivery_refused'],
    ['no such topic', 'refused', 'UNKNOWN_TOPIC_OR_PARTITION', true, false, 'configuration_error'],
    ['an illegal topic', 'refused', 'INVALID_TOPIC_EXCEPTION', false, false, 'configuration_error'],
    ['too many bytes', 'refused', 'MESSAGE_TOO_LARGE', false, false, 'record_too_large'],
    ['an invalid record', 'refused', 'INVALID_RECORD', false, false, 'internal_error'],
    ['an error of the broker', 'refused', 'UNKNOWN_SERVER_ERROR', false, true, 'delivery_unconfirmed'],
    ['a lost sequence', 'refused', 'OUT_OF_ORDER_SEQUENCE_NUMBER', true, false, 'delivery_refused'],
  ])(
    '%s (%s %s): passing %s, ambiguous %s, answered as %s',
    (_case, kind, errorCode, passing, ambiguous, code) => {
      const cause = failure(kind, errorCode);
      expect(isPassing(cause)).toBe(passing);
      expect(isAmbiguous(cause)).toBe(ambiguous);
      expect(deliveryError(cause, ambiguous).code).toBe(code);
    },
  );
});

describe('needsNewProducerId', () => {
  test.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'] as const)(
    'after %s',
    (code) => {
      expect(needsNewProducerId(failure('refused', code))).toBe(true);
    },
  );

  test('not while replicas are missing', () => {
    expect(needsNewProducerId(failure('refused', 'NOT_ENOUGH_REPLICAS'))).toBe(false);
  });
});

describe('deliveryError', () => {
  test('says of an earlier attempt that may have arrived that the event may be stored', () => {
    expect(deliveryError(failure('unreachable'), true)).toMatchObject({
      code: 'delivery_unconfirmed',
      retriable: true,
    });
  });

  test('keeps the cause for the log', () => {
    const cause = failure('unreachable');
    expect(deliveryError(cause, false).cause).toBe(cause);
  });

  test('passes an error of the catalogue on', () => {
    const error = new ServiceError('configuration_error', 'no credentials');
    expect(deliveryError(error, false)).toBe(error);
  });

  test('takes anything else for a bug', () => {
    expect(deliveryError(new TypeError('x is not a function'), false).code).toBe('internal_error');
  });
});
