import { decodeBase64 } from '../base64.ts';
import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

/** An HTTP request, whatever API Gateway wrapped it in. */
export interface HttpRequest {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Media type in lower case, parameters apart; empty when the header is missing. */
  readonly mediaType: string;
  /** The whole `content-type` header. */
  readonly contentType: string;
  readonly body: string;
  readonly bodyBytes: Uint8Array;
}

/**
 * Reads the request in an API Gateway event: HTTP API (payload 2.0 and 1.0) and REST API alike.
 *
 * @param event - what the function received
 * @returns headers and decoded body
 * @throws ServiceError `malformed` when the body is said to be base64 and is not, or there is no request in the event
 * @see API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs"
 */
export function httpRequest(event: unknown): HttpRequest {
  if (!isJsonObject(event) || !('requestContext' in event || 'headers' in event || 'body' in event)) {
    throw new ServiceError('malformed', 'The event is not an API Gateway request.');
  }
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(isJsonObject(event.headers) ? event.headers : {})) {
    if (typeof value === 'string') headers.set(name.toLowerCase(), value);
  }
  const text = typeof event.body === 'string' ? event.body : '';
  const bodyBytes = event.isBase64Encoded === true ? decodeBase64(text) : Buffer.from(text);
  if (bodyBytes === undefined) {
    throw new ServiceError('malformed', 'The body is marked as base64 and is not valid base64.');
  }
  const contentType = headers.get('content-type') ?? '';
  return {
    headers,
    contentType,
    mediaType: (contentType.split(';', 1)[0] ?? '').trim().toLowerCase(),
    body: event.isBase64Encoded === true ? bodyBytes.toString() : text,
    bodyBytes,
  };
}
