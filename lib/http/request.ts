import { decodeBase64 } from '../base64.ts';
import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

/** An HTTP request, whatever wrapped it in an event. */
export interface HttpRequest {
  /** Names in lower case; the values of a repeated header are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Media type in lower case, parameters apart; empty when the header is missing. */
  readonly mediaType: string;
  /** The whole `content-type` header. */
  readonly contentType: string;
  readonly body: string;
  readonly bodyBytes: Buffer;
}

/** The event of every kind of HTTP request has at least one of these. */
const members = ['requestContext', 'headers', 'multiValueHeaders', 'body', 'raw_path'];

/**
 * Reads the HTTP request in an event: of an API Gateway HTTP API (payload 2.0 and 1.0) or REST API, a function URL, an
 * Application Load Balancer (with and without multi-value headers) or VPC Lattice (version 1 and 2).
 *
 * @param event - what the function received
 * @returns headers and decoded body
 * @throws ServiceError `malformed` when there is no request in the event, or its body cannot be decoded
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs"}
 * @see {@link https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html User Guide for Application Load Balancers, "Use Lambda functions as targets", Multi-value headers}
 * @see {@link https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html VPC Lattice User Guide, "Lambda functions as targets in VPC Lattice", Receive events from the VPC Lattice service}
 */
export function httpRequest(event: unknown): HttpRequest {
  if (!isJsonObject(event) || !members.some((member) => member in event)) {
    throw new ServiceError('malformed', 'The event is not an HTTP request.');
  }
  const headers = headersIn(isMultiValue(event) ? event.multiValueHeaders : event.headers);
  const contentType = headers.get('content-type') ?? '';
  return {
    headers,
    contentType,
    mediaType: (contentType.split(';', 1)[0] ?? '').trim().toLowerCase(),
    ...bodyIn(event),
  };
}

/** Whether the event comes from a load balancer with multi-value headers, which expects the same in the response. */
export function isMultiValue(event: unknown): event is { readonly multiValueHeaders: object } {
  return isJsonObject(event) && isJsonObject(event.multiValueHeaders) && !isJsonObject(event.headers);
}

function headersIn(headers: unknown): Map<string, string> {
  const valuesByName = new Map<string, string[]>();
  for (const [name, value] of Object.entries(isJsonObject(headers) ? headers : {})) {
    const lowerCase = name.toLowerCase();
    const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
    valuesByName.set(lowerCase, [...(valuesByName.get(lowerCase) ?? []), ...values]);
  }
  const joined = new Map<string, string>();
  for (const [name, values] of valuesByName) {
    // A proxy may repeat a header that it has already passed on.
    if (values.length > 0) joined.set(name, [...new Set(values)].join(','));
  }
  return joined;
}

function bodyIn(event: Readonly<Record<string, unknown>>): Pick<HttpRequest, 'body' | 'bodyBytes'> {
  const { body, isBase64Encoded, is_base64_encoded: isBase64EncodedByLattice1 } = event;
  const text = body ?? '';
  if (typeof text !== 'string') {
    throw new ServiceError('malformed', 'The body of the HTTP request must be text in the event.');
  }
  if (isBase64Encoded !== true && isBase64EncodedByLattice1 !== true) {
    return { body: text, bodyBytes: Buffer.from(text) };
  }
  const bodyBytes = decodeBase64(text);
  if (bodyBytes === undefined) {
    throw new ServiceError('malformed', 'The body is marked as base64 and is not valid base64.');
  }
  return { body: bodyBytes.toString(), bodyBytes };
}
