import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { errorMessage } from '../../errors.ts';
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts';
import type { MappingStatus } from '../mapping/mapping-status.ts';

/** Where the AWS Lambda API has its event source mappings. */
export const MAPPINGS_PATH = '/2015-03-31/event-source-mappings';

const NOT_FOUND = { Type: 'User', Message: 'The resource you requested does not exist.' };

type Shown = Pick<EventSourceMapping, 'uuid' | 'status'>;

/** An HTTP server that shows the running event source mappings. */
export interface MappingApi {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the state of event source mappings as JSON, at the paths of the AWS Lambda API, so that its tools can be pointed
 * here: `GET /2015-03-31/event-source-mappings` with an optional `FunctionName`, and one mapping under its UUID. Lag and
 * metrics come with each.
 *
 * @param mappings - asked at each request, so that later ones are shown too
 * @see AWS Lambda API Reference, "ListEventSourceMappings" and "GetEventSourceMapping"
 */
export async function startMappingApi(
  listen: { host: string; port: number },
  mappings: () => readonly Shown[],
): Promise<MappingApi> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    respond(pathname, searchParams.get('FunctionName'), mappings()).then(
      (body) => answer(response, body === undefined ? 404 : 200, body ?? NOT_FOUND),
      (error: unknown) => answer(response, 500, { Type: 'Service', Message: errorMessage(error) }),
    );
  });
  server.listen(listen);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** What is at the path, or nothing. */
async function respond(
  path: string,
  functionName: string | null,
  mappings: readonly Shown[],
): Promise<unknown> {
  if (path === MAPPINGS_PATH || path === `${MAPPINGS_PATH}/`) {
    const statuses = await Promise.all(mappings.map((mapping) => mapping.status()));
    return { EventSourceMappings: statuses.filter(isOf(functionName)) };
  }
  const mapping = mappings.find(({ uuid }) => path === `${MAPPINGS_PATH}/${uuid}`);
  return await mapping?.status();
}

/** AWS takes the name or the ARN of a function. */
function isOf(functionName: string | null): (status: MappingStatus) => boolean {
  return ({ FunctionArn }) =>
    functionName === null ||
    FunctionArn === functionName ||
    FunctionArn.endsWith(`:function:${functionName}`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
