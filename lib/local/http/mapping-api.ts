import { errorMessage } from '../../errors.ts';
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts';
import type { MappingStatus } from '../mapping/mapping-status.ts';
import { jsonResponse, type LocalRequest, type LocalResponse } from './local-server.ts';

/** Where the AWS Lambda API has its event source mappings. */
export const MAPPINGS_PATH = '/2015-03-31/event-source-mappings';

/** What the API needs of a mapping. */
export type ShownMapping = Pick<EventSourceMapping, 'uuid' | 'status'>;

/**
 * Answers questions about event source mappings at the paths of the AWS Lambda API, so that its tools can be pointed here:
 * `GET /2015-03-31/event-source-mappings` with an optional `FunctionName`, and one mapping under its UUID. Lag and metrics
 * come with each. Undefined for all other requests.
 *
 * @see AWS Lambda API Reference, "ListEventSourceMappings" and "GetEventSourceMapping"
 */
export async function mappingsResponse(
  { method, path, query }: LocalRequest,
  mappings: readonly ShownMapping[],
): Promise<LocalResponse | undefined> {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  try {
    const found = await show(path, new URLSearchParams(query).get('FunctionName'), mappings);
    return found === undefined ? undefined : jsonResponse(200, found);
  } catch (error) {
    return jsonResponse(500, { Type: 'Service', Message: errorMessage(error) });
  }
}

/** What is at the path, or nothing. */
async function show(
  path: string,
  functionName: string | null,
  mappings: readonly ShownMapping[],
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
