import { FIRST_NODE_ID } from '../cluster.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  array,
  boolean,
  int16,
  int32,
  nullableString,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { OPERATIONS_NOT_GIVEN } from './metadata.ts';

/** DescribeCluster (KIP-700). */
export const describeCluster = defineApi({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 0],
  flexibleFrom: 0,
  request: struct({ includeAuthorizedOperations: boolean }),
  response: struct({
    throttleTimeMs: throttleTime,
    errorCode: int16,
    errorMessage: nullableString,
    clusterId: string,
    controllerId: int32,
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: nullableString })),
    authorizedOperations: int32,
  }),
  handle: (cluster) => ({
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    clusterId: cluster.id,
    controllerId: cluster.coordinator.id,
    brokers: cluster.nodes.map(({ id, host, port }) => ({ nodeId: id, host, port, rack: null })),
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  }),
  failed: (_, errorCode) => ({
    errorCode,
    errorMessage: null,
    clusterId: '',
    controllerId: FIRST_NODE_ID,
    brokers: [],
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  }),
});
