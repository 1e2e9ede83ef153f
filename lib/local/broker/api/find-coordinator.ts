import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import {
  array,
  int8,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
  until,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';

const GROUP = 0;
const TRANSACTION = 1;
/** From this version on the coordinators of many groups are asked for at once (KIP-699). */
const MANY_SINCE = 4;

/**
 * FindCoordinator: this broker coordinates groups and transactions. InitProducerId refuses transactions, and clients show
 * that refusal to the developer.
 */
export const findCoordinator = defineApi({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleFrom: 3,
  request: struct({
    key: until(MANY_SINCE - 1, string, ''),
    keyType: since(1, int8, GROUP),
    keys: since(MANY_SINCE, array(string), []),
  }),
  response: struct({
    throttleTimeMs: since(1, throttleTime, 0),
    errorCode: until(MANY_SINCE - 1, int16, 0),
    errorMessage: since(1, nullableString, null, MANY_SINCE - 1),
    nodeId: until(MANY_SINCE - 1, int32, -1),
    host: until(MANY_SINCE - 1, string, ''),
    port: until(MANY_SINCE - 1, int32, -1),
    coordinators: since(
      MANY_SINCE,
      array(
        struct({
          key: string,
          nodeId: int32,
          host: string,
          port: int32,
          errorCode: int16,
          errorMessage: nullableString,
        }),
      ),
      [],
    ),
  }),
  handle(cluster, { keyType, keys }) {
    const found = coordinatorOf(cluster, keyType);
    return { ...found, coordinators: keys.map((key) => ({ key, ...found })) };
  },
  failed: ({ keys }, errorCode) => ({
    ...notFound(errorCode),
    coordinators: keys.map((key) => ({ key, ...notFound(errorCode) })),
  }),
});

function coordinatorOf(cluster: EmbeddedCluster, keyType: number) {
  if (keyType !== GROUP && keyType !== TRANSACTION)
    return notFound(ErrorCode.INVALID_REQUEST, `There are no coordinators of type ${keyType}.`);
  const { id, host, port } = cluster.coordinator;
  return { errorCode: ErrorCode.NONE, errorMessage: null, nodeId: id, host, port };
}

function notFound(errorCode: number, errorMessage: string | null = null) {
  return { errorCode, errorMessage, nodeId: -1, host: '', port: -1 };
}
