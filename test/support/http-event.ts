import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';

export interface HttpInput {
  /** A string or bytes as they are; anything else as JSON; absent for a request without a body. */
  readonly body?: unknown;
  /** Default: `content-type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether API Gateway passes the body as base64. Default: whether it was given as bytes. */
  readonly base64?: boolean;
}

const jsonContent = { 'content-type': 'application/json' };

/** A `POST /events` request as an HTTP API passes it, payload format 2.0. */
export function httpEvent(input: HttpInput = {}): APIGatewayProxyEventV2 {
  const { headers = jsonContent } = input;
  const { body, isBase64Encoded } = bodyOf(input);
  return {
    version: '2.0',
    routeKey: 'POST /events',
    rawPath: '/events',
    rawQueryString: '',
    headers: { ...headers },
    requestContext: {
      accountId: '111122223333',
      apiId: 'test',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: 'POST',
        path: '/events',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
      },
      requestId: 'gateway-request-1',
      routeKey: 'POST /events',
      stage: '$default',
      time: '31/Jan/2026:09:30:00 +0000',
      timeEpoch: 1_769_851_800_000,
    },
    ...(body !== null && { body }),
    isBase64Encoded,
  };
}

/** The same request as a REST API passes it, payload format 1.0: header names as sent, `body` null when there is none. */
export function restEvent(
  input: HttpInput = {},
): Omit<APIGatewayProxyEvent, 'requestContext'> & { requestContext: object } {
  const { headers = jsonContent } = input;
  return {
    resource: '/events',
    path: '/events',
    httpMethod: 'POST',
    headers: { ...headers },
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      requestId: 'gateway-request-1',
      httpMethod: 'POST',
      path: '/test/events',
      stage: 'test',
    },
    ...bodyOf(input),
  };
}

function bodyOf({ body, base64 = Buffer.isBuffer(body) }: HttpInput): {
  body: string | null;
  isBase64Encoded: boolean;
} {
  if (body === undefined) return { body: null, isBase64Encoded: base64 };
  const bytes = Buffer.isBuffer(body) ? body : textOf(body);
  return {
    body: base64 ? Buffer.from(bytes).toString('base64') : bytes.toString(),
    isBase64Encoded: base64,
  };
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
