/** What AWS CloudFormation tells about a stack; outputs change at the end of an update. */
export interface DeployedStack {
  /** For example `UPDATE_IN_PROGRESS`. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** For the answer of AWS CloudFormation, so that time is left to answer a custom resource. */
export const DESCRIBE_MS = 5_000;

/**
 * Describes a stack.
 *
 * @param stackId - ARN of the stack
 * @throws Error when AWS CloudFormation refuses, or does not answer in time
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html AWS CloudFormation API Reference, "DescribeStacks"}
 */
export async function deployedStack(stackId: string): Promise<DeployedStack> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({});
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackId }), {
      abortSignal: AbortSignal.timeout(DESCRIBE_MS),
    });
    const outputs = (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return { status: stack?.StackStatus ?? '', outputs: Object.fromEntries(outputs) };
  } finally {
    client.destroy();
  }
}
