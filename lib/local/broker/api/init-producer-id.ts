import { ErrorCode } from '../../../kafka/error-codes.ts';
import { int16, int32, int64, nullableString, since, struct, throttleTime } from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** The answer to every request about transactions. Most clients report it at once. */
export const NO_TRANSACTIONS = {
  error: 'UNSUPPORTED_VERSION',
  message: 'The embedded broker has no transactions',
} as const;

/** InitProducerId: an id and epoch 0 for an idempotent producer. Transactions are refused. */
export const initProducerId = defineApi({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleFrom: 2,
  request: struct({
    transactionalId: nullableString,
    transactionTimeoutMs: int32,
    producerId: since(3, int64, -1),
    producerEpoch: since(3, int16, -1),
  }),
  response: struct({
    throttleTimeMs: throttleTime,
    errorCode: int16,
    producerId: int64,
    producerEpoch: int16,
  }),
  handle(cluster, { transactionalId }, call) {
    if (transactionalId !== null) {
      const message = `${NO_TRANSACTIONS.message}: producer ${transactionalId} is refused`;
      call.logOnce(`transaction/${transactionalId}`, message, { transactionalId });
      return refused(ErrorCode[NO_TRANSACTIONS.error]);
    }
    return { errorCode: ErrorCode.NONE, producerId: cluster.newProducerId(), producerEpoch: 0 };
  },
  failed: (_, errorCode) => refused(errorCode),
});

function refused(errorCode: number) {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}
