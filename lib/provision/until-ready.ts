import { retry } from '../retry.ts';

/**
 * Errors of AWS while a recent change has not taken effect yet: permissions of a role ("Changes that I make are not always
 * immediately visible", IAM User Guide), and the network of a function that was idle for two weeks, which takes minutes to
 * come back ("Giving Lambda functions access to resources in an Amazon VPC", Lambda Developer Guide).
 */
const notReadyYet = new Set([
  'AccessDeniedException',
  'ForbiddenException',
  'CodeArtifactUserPendingException',
  'ResourceConflictException',
  'ResourceNotReadyException',
]);

export interface Patience {
  readonly attempts: number;
  /** Milliseconds between attempts. */
  readonly pauseMs: number;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
}

/**
 * Repeats a call to AWS while its prerequisites are not ready yet.
 *
 * @throws what the last attempt threw, at the deadline or when the error will not pass by itself
 */
export function untilReady<Result>(
  call: () => Promise<Result>,
  { attempts, pauseMs, signal }: Patience,
): Promise<Result> {
  return retry(call, { attempts, pauseMs: () => pauseMs, signal, isPassing: isNotReadyYet });
}

function isNotReadyYet(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return notReadyYet.has(error.name) || isNotReadyYet(error.cause);
}
