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
    multiValueHeaders: listed(headers),
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

/** The same request as an Application Load Balancer passes it: names in lower case. */
export function loadBalancerEvent(input: HttpInput = {}) {
  const { headers = jsonContent } = input;
  return {
    requestContext: {
      elb: {
        targetGroupArn:
          'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/publish/0123456789abcdef',
      },
    },
    httpMethod: 'POST',
    path: '/events',
    queryStringParameters: {},
    headers: lowerCase(headers),
    ...bodyOf(input),
    body: bodyOf(input).body ?? '',
  };
}

/** The same request as an Application Load Balancer with multi-value headers passes it: without `headers`. */
export function multiValueEvent(input: HttpInput = {}) {
  const { headers, queryStringParameters, ...event } = loadBalancerEvent(input);
  return {
    ...event,
    multiValueQueryStringParameters: queryStringParameters,
    multiValueHeaders: listed(headers),
  };
}

/** The same request as VPC Lattice passes it, event structure version 1. */
export function latticeEvent(input: HttpInput = {}) {
  const { headers = jsonContent } = input;
  const { body, isBase64Encoded } = bodyOf(input);
  return {
    raw_path: '/events',
    method: 'POST',
    headers: lowerCase(headers),
    query_string_parameters: {},
    body,
    is_base64_encoded: isBase64Encoded,
  };
}

/** The same request as VPC Lattice passes it, event structure version 2: every header is a list. */
export function latticeEvent2(input: HttpInput = {}) {
  const { headers = jsonContent } = input;
  return {
    version: '2.0',
    path: '/events',
    method: 'POST',
    headers: listed(lowerCase(headers)),
    queryStringParameters: {},
    requestContext: {
      serviceNetworkArn: 'arn:aws:vpc-lattice:eu-west-1:111122223333:servicenetwork/sn-0123456789abcdef0',
      serviceArn: 'arn:aws:vpc-lattice:eu-west-1:111122223333:service/svc-0123456789abcdef0',
      targetGroupArn: 'arn:aws:vpc-lattice:eu-west-1:111122223333:targetgroup/tg-0123456789abcdef0',
      region: 'eu-west-1',
      timeEpoch: '1769851800000000',
      identity: { sourceVpcArn: 'arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123456789abcdef0' },
    },
    ...bodyOf(input),
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function listed(headers: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
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
