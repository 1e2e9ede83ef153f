import { ErrorCode } from '../../../kafka/error-codes.ts';
import { FIRST_NODE_ID } from '../embedded-cluster.ts';
import {
  array,
  boolean,
  int8,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { authorizedOperations, OPERATIONS_NOT_GIVEN } from './authorized-operations.ts';

/** EndpointType (KIP-919): a client asks for brokers or for controllers. */
const BROKERS = 1;

/** DescribeCluster (KIP-700). */
export const describeCluster = defineApi({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  request: struct({
    includeAuthorizedOperations: boolean,
    endpointType: since(1, int8, BROKERS),
    includeFencedBrokers: since(2, boolean, false),
  }),
  response: struct({
    throttleTimeMs: throttleTime,
    errorCode: int16,
    errorMessage: nullableString,
    endpointType: since(1, int8, BROKERS),
    clusterId: string,
    controllerId: int32,
    brokers: array(
      struct({
        nodeId: int32,
        host: string,
        port: int32,
        rack: nullableString,
        isFenced: since(2, boolean, false),
      }),
    ),
    authorizedOperations: int32,
  }),
  handle(cluster, { endpointType, includeAuthorizedOperations }) {
    if (endpointType !== BROKERS) {
      const errorMessage =
        'The request was sent to an endpoint of the wrong type: this broker has no controller listener.';
      return { ...failed(ErrorCode.MISMATCHED_ENDPOINT_TYPE), errorMessage };
    }
    return {
      ...failed(ErrorCode.NONE),
      clusterId: cluster.id,
      controllerId: cluster.coordinator.id,
      brokers: cluster.nodes.map(({ id, host, port }) => ({
        nodeId: id,
        host,
        port,
        rack: null,
        isFenced: false,
      })),
      authorizedOperations: authorizedOperations('cluster', includeAuthorizedOperations),
    };
  },
  failed: (_, errorCode) => failed(errorCode),
});

function failed(errorCode: number) {
  return {
    errorCode,
    errorMessage: null,
    endpointType: BROKERS,
    clusterId: '',
    controllerId: FIRST_NODE_ID,
    brokers: [],
    authorizedOperations: OPERATIONS_NOT_GIVEN,
  };
}
