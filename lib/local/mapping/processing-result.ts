import { errorMessage } from '../../errors.ts';
import { KafkaFailure } from '../../kafka/kafka-failure.ts';

/** `LastProcessingResult` before the first batch. */
export const NOTHING_PROCESSED = 'No records processed';
/** …after a batch that succeeded. */
export const OK = 'OK';
/** …after one that failed. */
export const FUNCTION_FAILED = 'PROBLEM: Function call failed';

/** …after records were given up that the function was never sent. */
export function givenUp(condition: string): string {
  return `PROBLEM: Records were not sent to the function: ${condition}`;
}

/**
 * `LastProcessingResult` after polling failed, in the words of AWS where it has some.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html Lambda Developer Guide, "Troubleshooting Kafka event source mapping errors"}
 */
export function pollingProblem(error: unknown): string {
  const reason = errorMessage(error);
  if (!(error instanceof KafkaFailure)) return `PROBLEM: ${reason}`;
  switch (error.kind) {
    case 'unauthorized':
      return error.errorCode === undefined
        ? `PROBLEM: SASL authentication failed. ${reason}`
        : `PROBLEM: Cluster failed to authorize Lambda. ${reason}`;
    case 'unreachable':
    case 'interrupted':
      return `PROBLEM: Connection error. ${reason}`;
    case 'refused':
      return `PROBLEM: ${reason}`;
  }
}
