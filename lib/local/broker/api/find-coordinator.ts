import { ErrorCode } from '../wire/error-codes.ts';
import { int8, int16, int32, nullableString, since, string, struct, throttleTime } from '../wire/schema.ts';
import { defineApi } from './api.ts';

const GROUP = 0;
const TRANSACTION = 1;

/**
 * FindCoordinator: this broker, of groups and transactions alike. That it has no transactions is said by
 * InitProducerId, whose refusal clients pass on to the developer.
 */
export const findCoordinator = defineApi({
  key: 10,
  name: 'FindCoordinator',
  // From version 4 on it asks for many at once.
  versions: [0, 3],
  flexibleFrom: 3,
  request: struct({ key: string, keyType: since(1, int8, GROUP) }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    errorCode: int16,
    errorMessage: since(1, nullableString, null),
    nodeId: int32,
    host: string,
    port: int32,
  }),
  handle(cluster, { keyType }) {
    if (keyType !== GROUP && keyType !== TRANSACTION) return notFound(ErrorCode.INVALID_REQUEST);
    const { id, host, port } = cluster.coordinator;
    return { errorCode: ErrorCode.NONE, errorMessage: null, nodeId: id, host, port };
  },
  failed: (_, errorCode) => notFound(errorCode),
});

function notFound(errorCode: number) {
  return { errorCode, errorMessage: null, nodeId: -1, host: '', port: -1 };
}
