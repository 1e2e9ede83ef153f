import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';

/** What AWS CloudFormation tells about a stack; outputs change at the end of an update. */
export interface DeployedStack {
  /** For example `UPDATE_IN_PROGRESS`. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Describes a stack.
 *
 * @param stackId - ARN or name of the stack
 * @param config - region and credentials; default: as the AWS SDK finds them
 * @param signal - gives up waiting
 * @throws Error when AWS CloudFormation refuses, or there is no such stack
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html AWS CloudFormation API Reference, "DescribeStacks"}
 */
export async function deployedStack(
  stackId: string,
  config: CloudFormationClientConfig = {},
  signal?: AbortSignal,
): Promise<DeployedStack> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(config);
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackId }), {
      ...(signal && { abortSignal: signal }),
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
