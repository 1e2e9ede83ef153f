import type { Context } from 'aws-lambda';

/** What the handlers use of a Lambda context; a test names what it cares about. */
export function lambdaContext({
  requestId = 'request-1',
  remainingMs = 30_000,
}: {
  requestId?: string;
  remainingMs?: number;
} = {}): Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'> {
  return { awsRequestId: requestId, getRemainingTimeInMillis: () => remainingMs };
}
