import type { ConnectionPool, ProtocolMessage } from 'kafkajs/src/network/connectionPool';
import { Metadata } from 'kafkajs/src/protocol/requests/apiKeys';

/**
 * Lets metadata through in which a partition has no leader: the partition says so itself, by leader -1. kafkajs would
 * refuse all of it, and one partition hold up the others.
 */
export function acceptPartialMetadata(pool: ConnectionPool): ConnectionPool {
  const send = pool.send.bind(pool);
  return Object.assign(pool, {
    send: (message: ProtocolMessage) =>
      send(message.request.apiKey === Metadata ? withoutPartitionErrors(message) : message),
  });
}

function withoutPartitionErrors({ request, response }: ProtocolMessage): ProtocolMessage {
  return {
    request,
    response: {
      decode: async (payload) => {
        const decoded = await response.decode(payload);
        for (const { partitionMetadata } of decoded.topicMetadata ?? []) {
          for (const partition of partitionMetadata) partition.partitionErrorCode = 0;
        }
        return decoded;
      },
      parse: response.parse,
    },
  };
}
