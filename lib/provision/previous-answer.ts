import { isDeepStrictEqual } from 'node:util';
import type { CustomResourceAnswer, CustomResourceRequest } from './custom-resource.ts';
import type { DeployedStack } from './deployed-stack.ts';

/** The properties that decide what is asked of Amazon MSK and the brokers. */
const asked = ['ClusterArn', 'Auth', 'Brokers', 'TopicsFunction', 'Topics'] as const;

/**
 * The answer with which the stack keeps its brokers after an update has failed: a deployment that changes neither cluster nor
 * topics must not wait for brokers that are down, and a rollback that fails leaves the stack in `UPDATE_ROLLBACK_FAILED`.
 *
 * @param describe - asks AWS CloudFormation about the stack
 * @returns undefined when the deployment must fail
 * @throws Error when AWS CloudFormation does not tell about the stack
 */
export async function previousAnswer(
  { requestType, properties, oldProperties }: CustomResourceRequest,
  describe: () => Promise<DeployedStack>,
): Promise<CustomResourceAnswer | undefined> {
  const { ClusterArn } = properties;
  if (requestType !== 'Update' || typeof ClusterArn !== 'string') return undefined;
  const { status, outputs } = await describe();
  const asksAgain = asked.every((name) => isDeepStrictEqual(properties[name], oldProperties[name]));
  const { BootstrapBrokers } = outputs;
  if (BootstrapBrokers === undefined || !(asksAgain || status.startsWith('UPDATE_ROLLBACK')))
    return undefined;
  return { status: 'SUCCESS', physicalResourceId: ClusterArn, data: { BootstrapBrokers } };
}
