/**
 * Every error this service answers or reports: stable `code`, HTTP status, whether a retry can help, and the RFC 9457
 * title. README.md of lib/http has the same table; a test keeps the two equal.
 */
export const errorCatalogue = {
  malformed: { status: 400, retriable: false, title: 'The request or the record cannot be read' },
  invalid_cloudevent: {
    status: 400,
    retriable: false,
    title: 'A CloudEvents attribute is missing or invalid',
  },
  record_too_large: { status: 413, retriable: false, title: 'An event is too large for the topic' },
  too_many_events: { status: 413, retriable: false, title: 'The request holds too many events' },
  unsupported_content_type: { status: 415, retriable: false, title: 'The content type is not supported' },
  unknown_event_type: { status: 422, retriable: false, title: 'The event type is not in the catalogue' },
  schema_violation: { status: 422, retriable: false, title: 'The event data does not match its schema' },
  broker_unreachable: { status: 503, retriable: true, title: 'The Kafka cluster cannot be reached' },
  delivery_refused: { status: 503, retriable: true, title: 'The Kafka cluster did not accept the event' },
  delivery_unconfirmed: { status: 503, retriable: true, title: 'The delivery was not confirmed' },
  event_in_progress: { status: 503, retriable: true, title: 'Another invocation has claimed the event' },
  idempotency_unavailable: {
    status: 503,
    retriable: true,
    title: 'The idempotency table cannot be used',
  },
  batch_failed: { status: 500, retriable: true, title: 'Records of a batch were not processed' },
  configuration_error: { status: 500, retriable: false, title: 'The service is not configured correctly' },
  internal_error: { status: 500, retriable: false, title: 'The service failed' },
} as const satisfies Record<string, { status: number; retriable: boolean; title: string }>;

export type ServiceErrorCode = keyof typeof errorCatalogue;

/** One thing wrong in a request or a record: where (RFC 6901 JSON pointer) and what, as a sentence. */
export interface Issue {
  readonly pointer: string;
  readonly message: string;
}

/** Most issues reported for one event: a hostile event could have one for each of its values. */
export const MAX_ISSUES = 20;

/** An {@link Issue} of one event of a batch; `index` counts from 0 in request order. */
export interface IndexedIssue extends Issue {
  readonly index: number;
}

/**
 * An error of the catalogue. Its message is shown to clients when its status is below 500, so it must name the thing
 * and the fix and hold no secret.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  readonly issues: readonly IndexedIssue[];

  /**
   * @param code - key of {@link errorCatalogue}
   * @param message - what is wrong and how to fix it
   * @param options - `cause`: the underlying error; `issues`: what is wrong in which event
   */
  constructor(
    code: ServiceErrorCode,
    message: string,
    options: { cause?: unknown; issues?: readonly IndexedIssue[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options.issues ?? [];
  }

  /** HTTP status of the code. */
  get status(): number {
    return errorCatalogue[this.code].status;
  }

  /** Whether the same request can succeed later. */
  get retriable(): boolean {
    return errorCatalogue[this.code].retriable;
  }
}

/**
 * Something that is declared, configured or running outside of this project is wrong. The message names it and the fix; the
 * user sees it without a stack.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  /** One sentence each. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/** Turns anything that was thrown into a {@link ServiceError}: itself, or an `internal_error` with the thing as its cause. */
export function toServiceError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  return new ServiceError('internal_error', errorMessage(thrown), { cause: thrown });
}

/** Characters of a foreign text that a message may quote. */
const MAX_QUOTED = 64;

/** Text from outside, cut to a length that a message can quote. */
export function abbreviated(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

/** The message of an error, or the text of another thrown value, without the secrets that it may quote. */
export function errorMessage(thrown: unknown): string {
  return withoutSecrets(thrown instanceof Error ? thrown.message : String(thrown));
}

/**
 * Matches credentials: the token of a SASL/OAUTHBEARER request, which a broker may echo when it refuses it; an Amazon MSK
 * token by itself (base64 of `https://kafka.`); and the secret parts of a URL signed with AWS Signature Version 4.
 */
const secrets =
  /(?<=\bBearer )[\w.~+/=-]+|aHR0cHM6Ly9rYWZrYS[\w+/=-]*|(?<=\bX-Amz-(?:Credential|Security-Token|Signature)=)[^&\s"]+/gi;

/** A text in which `[redacted]` stands for credentials. */
export function withoutSecrets(text: string): string {
  return text.replace(secrets, '[redacted]');
}
