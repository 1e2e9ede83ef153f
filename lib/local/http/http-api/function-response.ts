import { validateHeaderName, validateHeaderValue } from 'node:http';
import { decodeBase64 } from '../../../base64.ts';
import { isJsonObject } from '../../../json.ts';
import type { LocalResponse } from '../local-server.ts';

/** Headers about the connection, which API Gateway writes itself. */
const CONNECTION_HEADERS = ['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade'];

/**
 * Makes the HTTP response from the result of a function, payload format 2.0: an object with a `statusCode` is a response,
 * anything else is the body of one.
 *
 * @returns undefined when it is not a valid response
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html API Gateway Developer Guide, "Lambda function response for format 2.0"}
 */
export function functionResponse(result: unknown): LocalResponse | undefined {
  if (!isJsonObject(result) || result.statusCode === undefined) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const status = Number(result.statusCode);
  const body = bodyOf(result);
  const headers = headersOf(result);
  const isStatus = Number.isInteger(status) && status >= 200 && status <= 599;
  return isStatus && body !== undefined && headers !== undefined ? { status, headers, body } : undefined;
}

function bodyOf({
  body,
  isBase64Encoded,
}: Readonly<Record<string, unknown>>): string | Uint8Array | undefined {
  if (body === undefined || body === null) return '';
  if (typeof body !== 'string') return undefined;
  return isBase64Encoded === true ? decodeBase64(body) : body;
}

function headersOf({
  headers,
  cookies,
}: Readonly<Record<string, unknown>>): Record<string, string | string[]> | undefined {
  const written: Record<string, string | string[]> = { 'content-type': 'text/plain; charset=utf-8' };
  try {
    for (const [name, value] of Object.entries(isJsonObject(headers) ? headers : {})) {
      const lower = name.toLowerCase();
      if (CONNECTION_HEADERS.includes(lower) || value === null) continue;
      written[lower] = headerValue(lower, value);
    }
    if (Array.isArray(cookies) && cookies.length > 0) {
      written['set-cookie'] = cookies.map((cookie) => headerValue('set-cookie', cookie));
    }
    return written;
  } catch {
    return undefined;
  }
}

/** @throws TypeError when HTTP has no way to write it */
function headerValue(name: string, value: unknown): string {
  if (typeof value === 'object') throw new TypeError(`The header ${name} is not a string`);
  validateHeaderName(name);
  validateHeaderValue(name, Buffer.from(String(value)).toString('latin1'));
  return String(value);
}
