import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A DynamoDB table on this machine, with the key of lib/consume/idempotency-table.ts. */
export interface LocalTable {
  readonly tableName: string;
  /** URL of the DynamoDB API. */
  readonly endpoint: string;
  close(): Promise<void>;
}

const TABLE_NAME = 'idempotency';

/**
 * Serves an idempotency table on a free port.
 *
 * @param directory - keeps its items; absent: in memory
 */
export async function startLocalTable(directory?: string): Promise<LocalTable> {
  // Most runs need neither.
  const { default: dynalite } = await import('dynalite');
  const { DynamoDB, ResourceInUseException } = await import('@aws-sdk/client-dynamodb');
  const server = dynalite({ createTableMs: 0, ...(directory !== undefined && { path: directory }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDB({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await client.createTable({
      TableName: TABLE_NAME,
      KeySchema: [{ AttributeName: 'eventKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'eventKey', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
  } catch (error) {
    // It was kept from an earlier run.
    if (!(error instanceof ResourceInUseException)) throw error;
  } finally {
    client.destroy();
  }
  return {
    tableName: TABLE_NAME,
    endpoint,
    close: async () => {
      const closed = new Promise((settle) => server.close(settle));
      server.closeAllConnections();
      await closed;
    },
  };
}
