import type { Log } from '../../../log.ts';
import { isDebugged } from '../../function/debugger.ts';
import type { LocalFunctions } from '../../function/local-functions.ts';
import type { Observe } from '../../observation.ts';
import { MAX_PAYLOAD_BYTES } from '../invoke-api.ts';
import { jsonResponse, type LocalHandler, type LocalRequest, type LocalResponse } from '../local-server.ts';
import { preflightResponse, withCors } from './cors.ts';
import { type HttpApiDeclaration, integrationTimeoutMs } from './declaration.ts';
import { functionResponse } from './function-response.ts';
import { requestEvent } from './request-event.ts';
import { matchRoute, type RouteMatch } from './route-match.ts';

/** API Gateway Developer Guide, "Quotas for HTTP APIs": payload size. */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
/** API Gateway Developer Guide, "Quotas for HTTP APIs": total combined size of request line and header values. */
const MAX_HEADER_BYTES = 10_240;

const TOO_LARGE = jsonResponse(413, { message: 'Request Entity Too Large' });
const HEADERS_TOO_LARGE = jsonResponse(431, { message: 'Request Header Fields Too Large' });
const BAD_REQUEST = jsonResponse(400, { message: 'Bad Request' });
const NOT_FOUND = jsonResponse(404, { message: 'Not Found' });
const FUNCTION_FAILED = jsonResponse(500, { message: 'Internal Server Error' });
const TIMED_OUT = jsonResponse(503, { message: 'Service Unavailable' });

/**
 * Answers requests as an API Gateway HTTP API in front of the service's functions does. Authorizers and throttling are not
 * emulated: every request passes.
 */
export function createHttpApi(
  declaration: HttpApiDeclaration,
  functions: LocalFunctions,
  log: Log,
  observe?: Observe,
): LocalHandler {
  const { routes, cors } = declaration;

  const answer = async (request: LocalRequest): Promise<LocalResponse> => {
    if (headerBytes(request) > MAX_HEADER_BYTES) return HEADERS_TOO_LARGE;
    if (request.bodyTooLarge) return TOO_LARGE;
    if (!isDecodable(request.path)) return BAD_REQUEST;
    const match = matchRoute(routes, request.method, request.path);
    if (match === undefined) return NOT_FOUND;
    if (observe === undefined) return await invoke(request, match);
    const started = performance.now();
    const response = await invoke(request, match);
    const { method, path, headers } = request;
    const { status, body } = response;
    const durationMs = performance.now() - started;
    const { functionName } = match.route;
    observe({ kind: 'answered', method, path, functionName, headers, status, body, durationMs });
    return response;
  };

  const invoke = async (request: LocalRequest, match: RouteMatch): Promise<LocalResponse> => {
    const event = requestEvent(request, match, new Date());
    const payload = Buffer.from(JSON.stringify(event));
    if (payload.length > MAX_PAYLOAD_BYTES) return TOO_LARGE;
    const { functionName } = match.route;
    const timeoutMs = integrationTimeoutMs(functions.definition(functionName).timeoutMs);
    const result = await within(
      isDebugged() ? undefined : timeoutMs,
      functions.invoke(functionName, payload),
    );
    const fields = { function: functionName, request: match.route.key };
    if (result === undefined) {
      log.error('the HTTP API timed out waiting for the function', { ...fields, timeoutMs });
      return TIMED_OUT;
    }
    if (!result.ok) {
      log.error('function failed', { ...fields, requestId: result.requestId, ...result.error });
      return FUNCTION_FAILED;
    }
    const response = functionResponse(result.payload);
    if (response === undefined) {
      log.error('the function returned no valid HTTP response', { ...fields, requestId: result.requestId });
      return FUNCTION_FAILED;
    }
    const { requestId } = event.requestContext;
    return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
  };

  return async (request) =>
    preflightResponse(cors, request) ?? withCors(await answer(request), cors, request.headers.get('origin'));
}

function headerBytes({ method, path, query, protocol, headers }: LocalRequest): number {
  const line = method.length + path.length + query.length + protocol.length;
  return [...headers.values()].reduce((bytes, value) => bytes + Buffer.byteLength(value), line);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return path.startsWith('/');
  } catch {
    return false;
  }
}

/** Undefined when it takes longer. */
async function within<T>(ms: number | undefined, work: Promise<T>): Promise<T | undefined> {
  if (ms === undefined) return await work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
