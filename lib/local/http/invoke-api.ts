import type { Log } from '../../log.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import type { LocalFunctions } from '../function/local-functions.ts';
import { isFromTool } from './access.ts';
import { jsonResponse, type LocalRequest, type LocalResponse } from './local-server.ts';

/** Lambda Developer Guide, "Lambda quotas": payload of a synchronous invocation, request and response each. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Lambda Developer Guide, "Lambda quotas": payload of an asynchronous invocation. */
const MAX_ASYNCHRONOUS_PAYLOAD_BYTES = 1024 * 1024;

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;

/** A foreign page could have sent the request, so it must not change anything. */
export const NOT_FROM_TOOL = failure(
  403,
  'AccessDeniedException',
  'Add the header "content-type: application/json": without it the request could come from any web page.',
);

/**
 * Answers the Invoke operation of the AWS Lambda API; undefined for all other requests.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html Lambda API Reference, "Invoke"}
 */
export async function invokeResponse(
  request: LocalRequest,
  functions: LocalFunctions,
  log: Log,
): Promise<LocalResponse | undefined> {
  const given = INVOCATIONS.exec(request.path)?.[1];
  if (given === undefined || request.method !== 'POST') return undefined;
  if (!isFromTool(request.headers)) return NOT_FROM_TOOL;
  const functionName = functions.find(decoded(given));
  if (functionName === undefined) {
    const known = functions.names.join(', ');
    return failure(
      404,
      'ResourceNotFoundException',
      `Function not found: ${decoded(given)}. There are: ${known}`,
    );
  }
  const type = request.headers.get('x-amz-invocation-type') ?? 'RequestResponse';
  const limit = type === 'Event' ? MAX_ASYNCHRONOUS_PAYLOAD_BYTES : MAX_PAYLOAD_BYTES;
  if (request.bodyTooLarge || request.body.length > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    return failure(413, 'RequestTooLargeException', message);
  }
  const event = parsed(request.body);
  if (event === undefined) {
    return failure(400, 'InvalidRequestContentException', 'Could not parse request body into json');
  }
  switch (type) {
    case 'DryRun':
      return { status: 204 };
    case 'Event':
      void functions.invoke(functionName, event.value).then((result) => {
        if (!result.ok)
          log.error('asynchronous invocation failed', { function: functionName, ...result.error });
      });
      return { status: 202 };
    case 'RequestResponse':
      return resultResponse(await functions.invoke(functionName, event.value));
    default:
      return failure(400, 'InvalidParameterValueException', `The invocation type ${type} does not exist`);
  }
}

function resultResponse(result: InvocationResult): LocalResponse {
  const headers = { 'x-amzn-requestid': result.requestId, 'x-amz-executed-version': '$LATEST' };
  return result.ok
    ? jsonResponse(200, result.payload, headers)
    : jsonResponse(200, result.error, { ...headers, 'x-amz-function-error': 'Unhandled' });
}

function failure(status: number, type: string, message: string): LocalResponse {
  return jsonResponse(status, { Type: 'User', Message: message, message }, { 'x-amzn-errortype': type });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The JSON value of a payload; an empty one stands for an empty object. */
function parsed(payload: Buffer): { value: unknown } | undefined {
  if (payload.length === 0) return { value: {} };
  try {
    return { value: JSON.parse(payload.toString()) };
  } catch {
    return undefined;
  }
}
