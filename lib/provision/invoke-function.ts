import { isJsonObject } from '../json.ts';

/**
 * Invokes a Lambda function and waits for its answer.
 *
 * @param functionName - name or ARN
 * @param payload - what the function receives, as JSON
 * @param signal - gives up waiting
 * @returns the parsed answer
 * @throws Error when Lambda refuses, or with the message of the error that the function threw
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html Lambda API Reference, "Invoke"}
 */
export async function invokeFunction(
  functionName: string,
  payload: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({});
  try {
    const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) });
    const { FunctionError, Payload } = await client.send(command, { abortSignal: signal });
    const answer: unknown = JSON.parse(Payload?.transformToString() || 'null');
    if (FunctionError === undefined) return answer;
    const { errorMessage } = isJsonObject(answer) ? answer : {};
    throw new Error(`${functionName} failed: ${errorMessage ?? FunctionError}`);
  } finally {
    client.destroy();
  }
}
