import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

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
  const underway = new Set<{ request: IncomingMessage; response: ServerResponse }>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const exchange = { request, response };
    underway.add(exchange);
    response.once('finish', () => underway.delete(exchange));
  });
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
      // A request that meets a closed database brings the process down, though its client may be gone.
      while ([...underway].some(isBeingAnswered)) await sleep(1);
      server.closeAllConnections();
      await closed;
    },
  };
}

function isBeingAnswered({
  request,
  response,
}: {
  request: IncomingMessage;
  response: ServerResponse;
}): boolean {
  return request.complete && !response.writableEnded;
}
