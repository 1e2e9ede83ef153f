import type { ConnectionPool, ProtocolMessage } from 'kafkajs/src/network/connectionPool';
import { Metadata } from 'kafkajs/src/protocol/requests/apiKeys';
import type { Cluster } from './cluster.ts';

/**
 * Accepts metadata in which a partition has no leader; its leader is then -1. kafkajs would refuse all of the metadata, so
 * that one partition would block the others.
 */
export function acceptPartialMetadata({ connectionPoolBuilder }: Cluster): void {
  const build = connectionPoolBuilder.build;
  connectionPoolBuilder.build = async (destination) => patched(await build(destination));
}

function patched(pool: ConnectionPool): ConnectionPool {
  const send = pool.send.bind(pool);
  return Object.assign(pool, {
    send: <T>(message: ProtocolMessage<T>) =>
      send(message.request.apiKey === Metadata ? withoutPartitionErrors(message) : message),
  });
}

function withoutPartitionErrors<T>({ response, ...message }: ProtocolMessage<T>): ProtocolMessage<T> {
  return {
    ...message,
    response: {
      decode: async (payload) => {
        const decoded = await response.decode(payload);
        for (const partition of partitionsIn(decoded)) partition.partitionErrorCode = 0;
        return decoded;
      },
      parse: response.parse,
    },
  };
}

function partitionsIn(decoded: unknown): { partitionErrorCode: number }[] {
  return isMetadata(decoded) ? decoded.topicMetadata.flatMap((topic) => topic.partitionMetadata) : [];
}

interface DecodedMetadata {
  readonly topicMetadata: { readonly partitionMetadata: { partitionErrorCode: number }[] }[];
}

function isMetadata(decoded: unknown): decoded is DecodedMetadata {
  return typeof decoded === 'object' && decoded !== null && 'topicMetadata' in decoded;
}
