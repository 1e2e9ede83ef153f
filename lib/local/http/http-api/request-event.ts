import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT } from '../../function/function-definition.ts';
import type { LocalRequest } from '../local-server.ts';
import type { RouteMatch } from './route-match.ts';

/** Headers about the connection, which API Gateway removes, and `cookie`, which it passes in another field. */
const CONNECTION_HEADERS = [
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'cookie',
];

const API_ID = 'local';

/** An HTTP request as a function gets it. */
export interface RequestEvent {
  readonly version: '2.0';
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>> & { readonly requestId: string };
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/**
 * Builds the event that an HTTP API hands to a Lambda function, payload format 2.0.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs"}
 */
export function requestEvent(
  request: LocalRequest,
  { route, pathParameters }: RouteMatch,
  now: Date,
): RequestEvent {
  const { method, path, query, protocol, body, sourceIp } = request;
  const host = request.headers.get('host') ?? '';
  const domainName = host.replace(/:\d+$/, '');
  const rawPath = decodedPath(path);
  const cookie = request.headers.get('cookie');
  const parameters = queryParameters(query);
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/).filter((each) => each !== '') }),
    headers: eventHeaders(request),
    ...(parameters !== undefined && { queryStringParameters: parameters }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: API_ID,
      domainName,
      domainPrefix: domainName.split('.', 1)[0],
      http: { method, path: rawPath, protocol, sourceIp, userAgent: request.headers.get('user-agent') ?? '' },
      requestId: Buffer.from(randomHex(22), 'hex').toString('base64'),
      routeKey: route.key,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...eventBody(body, request.headers.get('content-type')),
  };
}

/** An HTTP API decodes the path, and cuts it at a question mark that appears in the decoded path. */
function decodedPath(path: string): string {
  return decodeURIComponent(path).split('?', 1)[0] ?? '';
}

function eventHeaders({ headers, body, sourceIp, port }: LocalRequest): Record<string, string> {
  const kept = [...headers].filter(([name]) => !CONNECTION_HEADERS.includes(name));
  const forwarded = headers.get('x-forwarded-for');
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  return {
    'content-length': String(body.length),
    'x-amzn-trace-id': `Root=1-${seconds}-${randomHex(24)}`,
    ...Object.fromEntries(kept),
    'x-forwarded-for': forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`,
    'x-forwarded-port': String(port),
    'x-forwarded-proto': 'http',
  };
}

/** Of a UUID, for which Node.js has random bytes ready. */
function randomHex(digits: number): string {
  return randomUUID().replaceAll('-', '').slice(-digits);
}

function queryParameters(query: string): Record<string, string> | undefined {
  if (query === '') return undefined;
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(parameters);
}

/**
 * Bodies of these types are passed as text, all others, and those without a type, as base64. A body of a text type that is
 * not UTF-8 would lose bytes as text, so it is passed as base64.
 */
const textTypes = /^(?:text\/.*|application\/(?:json|xml|javascript))$/;

function eventBody(body: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const mediaType = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const isBase64Encoded = !textTypes.test(mediaType) || !isUtf8(body);
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}

/** `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}
