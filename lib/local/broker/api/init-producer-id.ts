import { ErrorCode } from '../wire/error-codes.ts';
import { int16, int32, int64, nullableString, since, struct, throttleTime } from '../wire/schema.ts';
import { defineApi } from './api.ts';

/** InitProducerId: an id and epoch 0 for an idempotent producer. Transactions are refused. */
export const initProducerId = defineApi({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 4],
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
  handle(cluster, { transactionalId }) {
    if (transactionalId !== null) return refused(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    return { errorCode: ErrorCode.NONE, producerId: cluster.newProducerId(), producerEpoch: 0 };
  },
  failed: (_, errorCode) => refused(errorCode),
});

function refused(errorCode: number) {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}
