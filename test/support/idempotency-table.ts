import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DynamoDB, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { type LocalTable, startLocalTable } from '../../lib/local/idempotency/local-table.ts';

/**
 * What can happen to a request: refused for its rate or by a broken server; its connection reset before it arrived, or
 * after it took effect; no answer at all.
 */
export type TableFault = 'throttled' | 'failed' | 'reset' | 'answer lost' | 'silent';

/** An idempotency table behind a proxy that injects faults. */
export interface FaultyTable extends Pick<LocalTable, 'tableName' | 'endpoint'> {
  /** Operations that arrived, for example `PutItem`. */
  readonly requests: string[];
  /** Asked for each request; undefined lets it pass. */
  fault: (operation: string, body: string) => TableFault | undefined;
  /** Lets so many requests meet a fault, and the rest pass. */
  failing(fault: TableFault, times: number): void;
  put(item: NonNullable<PutItemCommandInput['Item']>): Promise<void>;
  items(): Promise<NonNullable<PutItemCommandInput['Item']>[]>;
}

const cleanups: (() => Promise<void>)[] = [];

// Registered by the import: a test that starts a table need not stop it.
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Starts a table in memory, and a proxy in front of it. */
export async function startFaultyTable(): Promise<FaultyTable> {
  const table = await startLocalTable();
  const direct = new DynamoDB({
    endpoint: table.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const proxy = createServer((incoming, response) => {
    void pass(incoming, response, table, faulty).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  cleanups.push(async () => {
    proxy.close();
    proxy.closeAllConnections();
    direct.destroy();
    await table.close();
  });
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const faulty: FaultyTable = {
    tableName: table.tableName,
    endpoint: `http://127.0.0.1:${port}`,
    requests: [],
    fault: () => undefined,
    failing: (fault, times) => {
      let left = times;
      faulty.fault = () => (left-- > 0 ? fault : undefined);
    },
    put: async (item) => void (await direct.putItem({ TableName: table.tableName, Item: item })),
    items: async () => (await direct.scan({ TableName: table.tableName })).Items ?? [],
  };
  return faulty;
}

async function pass(
  incoming: IncomingMessage,
  response: ServerResponse,
  { endpoint }: LocalTable,
  faulty: FaultyTable,
): Promise<void> {
  const body = await buffer(incoming);
  const [, operation = ''] = String(incoming.headers['x-amz-target']).split('.');
  faulty.requests.push(operation);
  const fault = faulty.fault(operation, body.toString());
  if (fault === 'silent') return;
  if (fault === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  if (fault === 'throttled') {
    answer(response, 400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException');
    return;
  }
  if (fault === 'failed') {
    answer(response, 500, 'com.amazon.coral.service#InternalServerError');
    return;
  }
  const outgoing = request(endpoint, { method: incoming.method, headers: incoming.headers }).end(body);
  const [answered]: IncomingMessage[] = await once(outgoing, 'response');
  if (answered === undefined) throw new Error('the table did not answer');
  const answerBody = await buffer(answered);
  if (fault === 'answer lost') {
    incoming.socket.resetAndDestroy();
    return;
  }
  response.writeHead(answered.statusCode ?? 500, answered.headers).end(answerBody);
}

function answer(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: type, message: 'injected' }));
}
