import { retry } from '../retry.ts';

/**
 * What AWS answers while something that was made, changed or woken a moment ago is not there yet: permissions of a role
 * ("Changes that I make are not always immediately visible", IAM User Guide), and the network of a function that was
 * idle for two weeks, which takes minutes to come back ("Giving Lambda functions access to resources in an Amazon VPC",
 * Lambda Developer Guide).
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
 * Repeats a call to AWS while what it needs is not ready yet.
 *
 * @throws what the last attempt threw, also when the time is over meanwhile, or any error that does not pass by itself
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
