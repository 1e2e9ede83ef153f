import { errorCatalogue, type ServiceError } from '../errors.ts';

/** What a function answers to API Gateway, payload 2.0 and 1.0 alike. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** From this status on a client is told a fixed text: what happened inside is for the log. */
const FIRST_PRIVATE_STATUS = 500;
const RETRY_AFTER_SECONDS = 1;

const publicDetails: Readonly<Record<string, string>> = {
  broker_unreachable: 'The Kafka cluster cannot be reached. Nothing was accepted: retry later.',
  delivery_refused: 'The Kafka cluster did not accept the event. Nothing was accepted: retry later.',
  delivery_unconfirmed: 'The event may have been accepted: retry with the same id.',
};
const privateDetail = 'The service failed. The requestId names the log lines that say why.';

export function jsonResponse(statusCode: number, body: unknown): HttpResponse {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/**
 * Answers an error as problem details. Messages of errors below 500 reach the client; from 500 on a fixed text does.
 *
 * @param error - an error of the catalogue
 * @param requestId - ties the answer to the log
 * @param extension - further members
 * @see RFC 9457, "Problem Details for HTTP APIs"
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
    ...(error.issues.length > 0 && { errors: error.issues }),
    ...extension,
  };
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retriable && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
    },
    body: JSON.stringify(problem),
  };
}
