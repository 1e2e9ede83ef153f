import type { Context } from 'aws-lambda';

/** What the handlers use of a Lambda context, with what a test does not care about filled in. */
export function lambdaContext({
  requestId = 'request-1',
  remainingMs = 30_000,
}: {
  requestId?: string;
  remainingMs?: number;
} = {}): Pick<Context, 'awsRequestId' | 'functionName' | 'getRemainingTimeInMillis'> {
  return { awsRequestId: requestId, functionName: 'consume', getRemainingTimeInMillis: () => remainingMs };
}
