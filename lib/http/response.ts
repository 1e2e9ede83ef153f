import { errorCatalogue, type IndexedIssue, type ServiceError } from '../errors.ts';
import { isMultiValue } from './request.ts';

/** What a function answers to API Gateway (payload 2.0 and 1.0), a load balancer and VPC Lattice alike. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Only for a load balancer with multi-value headers. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** From this status on the client gets a fixed text, and the log has the cause. */
const FIRST_PRIVATE_STATUS = 500;
const RETRY_AFTER_SECONDS = 1;
/**
 * Most bytes of `errors`: 500 events of 20 issues each could exceed the 1 MB that a load balancer accepts (User Guide for
 * Application Load Balancers, "Lambda functions as targets").
 */
const MAX_ERRORS_BYTES = 256 * 1024;

const publicDetails: Readonly<Record<string, string>> = {
  broker_unreachable: 'The Kafka cluster cannot be reached. Nothing was accepted: retry later.',
  delivery_refused: 'The Kafka cluster did not accept the event. Nothing was accepted: retry later.',
  delivery_unconfirmed: 'The event may have been accepted: retry with the same id.',
};
const privateDetail = 'The service failed. The requestId names the log lines that say why.';

export function proxyResponse(statusCode: number, body: unknown): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}

/**
 * Gives a response the headers that the sender of a request reads.
 *
 * @param event - what the function received
 * @see {@link https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html User Guide for Application Load Balancers, "Lambda functions as targets", Responses with multi-value headers}
 */
export function responseTo(event: unknown, response: HttpResponse): HttpResponse {
  if (!isMultiValue(event)) return response;
  const headers = Object.entries(response.headers).map(([name, value]) => [name, [value]] as const);
  return { ...response, multiValueHeaders: Object.fromEntries(headers) };
}

/**
 * Answers an error as problem details. Messages of errors below 500 reach the client; from 500 on a fixed text does.
 *
 * @param error - an error of the catalogue
 * @param requestId - ties the answer to the log
 * @param extension - further members
 * @see {@link https://www.rfc-editor.org/rfc/rfc9457 RFC 9457, "Problem Details for HTTP APIs"}
 */
export function problemResponse(
  error: ServiceError,
  requestId: string,
  extension: object = {},
): HttpResponse {
  const { code, status, retriable } = error;
  const detail = status < FIRST_PRIVATE_STATUS ? error.message : (publicDetails[code] ?? privateDetail);
  const problem = {
    type: `urn:problem-type:${code}`,
    title: errorCatalogue[code].title,
    status,
    detail,
    code,
    retriable,
    requestId,
    ...errorsOf(error.issues),
    ...extension,
  };
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retriable && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
    },
    body: JSON.stringify(problem),
    isBase64Encoded: false,
  };
}

/** As many issues as fit, and how many do not. */
function errorsOf(issues: readonly IndexedIssue[]): {
  errors?: readonly IndexedIssue[];
  moreErrors?: number;
} {
  if (issues.length === 0) return {};
  let bytes = 0;
  const tooMany = issues.findIndex((issue) => {
    bytes += Buffer.byteLength(JSON.stringify(issue)) + 1;
    return bytes > MAX_ERRORS_BYTES;
  });
  if (tooMany === -1) return { errors: issues };
  return { errors: issues.slice(0, tooMany), moreErrors: issues.length - tooMany };
}
