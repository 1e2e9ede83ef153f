import { errorMessage } from '../../errors.ts';
import { isJsonObject, parseJson } from '../../json.ts';
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts';
import type { MappingStatus } from '../mapping/mapping-status.ts';
import { isFromTool } from './access.ts';
import { NOT_FROM_TOOL } from './invoke-api.ts';
import { jsonResponse, type LocalRequest, type LocalResponse } from './local-server.ts';

/** Where the AWS Lambda API has its event source mappings. */
export const MAPPINGS_PATH = '/2015-03-31/event-source-mappings';

/** What the API needs of a mapping. */
export type ShownMapping = Pick<EventSourceMapping, 'uuid' | 'status' | 'skip' | 'reset' | 'setEnabled'>;

/**
 * Answers the operations of the AWS Lambda API that read event source mappings, so that AWS tools can use it:
 * `GET /2015-03-31/event-source-mappings` with an optional `FunctionName`, and one mapping under its UUID. The answers
 * include lag and metrics. Undefined for all other requests.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html Lambda API Reference, "ListEventSourceMappings"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html Lambda API Reference, "GetEventSourceMapping"}
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

const ONE = new RegExp(`^${MAPPINGS_PATH}/([^/]+)/?$`);

/**
 * Answers the operation of the AWS Lambda API that changes a mapping, for `Enabled` alone: everything else is declared in
 * serverless.yml. Undefined for all other requests.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html Lambda API Reference, "UpdateEventSourceMapping"}
 */
export async function updateResponse(
  { method, path, headers, body }: LocalRequest,
  mappings: readonly ShownMapping[],
): Promise<LocalResponse | undefined> {
  const mapping = mappings.find(({ uuid }) => uuid === ONE.exec(path)?.[1]);
  if (mapping === undefined || method !== 'PUT') return undefined;
  if (!isFromTool(headers)) return NOT_FROM_TOOL;
  const parsed = parseJson(body.toString());
  const { Enabled: enabled, ...others } = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  if (typeof enabled !== 'boolean' || Object.keys(others).length > 0) {
    return refused(400, 'The local run changes Enabled only; all else is declared in serverless.yml');
  }
  if (!mapping.setEnabled(enabled)) {
    const message = 'Cannot update the event source mapping because it is in use.';
    return jsonResponse(
      400,
      { Type: 'User', Message: message },
      { 'x-amzn-errortype': 'ResourceInUseException' },
    );
  }
  return jsonResponse(202, await mapping.status());
}

const ACTIONS = new RegExp(`^${MAPPINGS_PATH}/([^/]+)/(skip|reset)$`);

/**
 * Answers two operations that AWS does not have: `POST …/<uuid>/skip?partition=0` skips the first record that is not done,
 * and `POST …/<uuid>/reset?position=earliest` (or `latest`) moves the position of the mapping. Undefined for all other
 * requests.
 */
export async function actionResponse(
  { method, path, query, headers }: LocalRequest,
  mappings: readonly ShownMapping[],
): Promise<LocalResponse | undefined> {
  const [, uuid, action] = ACTIONS.exec(path) ?? [];
  const mapping = mappings.find((each) => each.uuid === uuid);
  if (mapping === undefined || method !== 'POST') return undefined;
  if (!isFromTool(headers)) return NOT_FROM_TOOL;
  const parameters = new URLSearchParams(query);
  try {
    return action === 'skip' ? skip(mapping, parameters) : await reset(mapping, parameters);
  } catch (error) {
    return refused(409, errorMessage(error));
  }
}

function skip(mapping: ShownMapping, parameters: URLSearchParams): LocalResponse {
  const partition = parameters.get('partition') ?? '';
  if (!/^\d+$/.test(partition)) return refused(400, 'Name the partition, as in skip?partition=0');
  const skipped = mapping.skip(Number(partition));
  return skipped === undefined
    ? refused(409, `Partition ${partition} has no open record to skip`)
    : jsonResponse(200, skipped);
}

async function reset(mapping: ShownMapping, parameters: URLSearchParams): Promise<LocalResponse> {
  const position = parameters.get('position');
  if (position !== 'earliest' && position !== 'latest') {
    return refused(400, 'Name the position, as in reset?position=earliest, or latest');
  }
  return jsonResponse(200, { offsets: Object.fromEntries(await mapping.reset(position)) });
}

function refused(status: number, message: string): LocalResponse {
  return jsonResponse(status, { Type: 'User', Message: message });
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

/** AWS accepts the name or the ARN of a function. */
function isOf(functionName: string | null): (status: MappingStatus) => boolean {
  return ({ FunctionArn }) =>
    functionName === null ||
    FunctionArn === functionName ||
    FunctionArn.endsWith(`:function:${functionName}`);
}
