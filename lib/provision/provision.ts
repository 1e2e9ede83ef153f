import type { CustomResourceAnswer, CustomResourceRequest } from './custom-resource.ts';
import type { DeployedStack } from './deployed-stack.ts';
import { type TopicRequest, wantedTopics } from './topic-request.ts';

/** The steps that call other services. */
export interface ProvisionSteps {
  /** Asks Amazon MSK: `host:port`, comma-separated. */
  readonly bootstrapBrokers: (clusterArn: string, auth: string) => Promise<string>;
  /** Invokes the function inside the VPC, which creates, grows or deletes the topics. */
  readonly topics: (functionName: string, request: TopicRequest) => Promise<unknown>;
  /** Asks AWS CloudFormation about the stack that is deployed. */
  readonly stack: (stackId: string) => Promise<DeployedStack>;
}

/** Id of a resource whose creation failed, so that there is nothing to delete. */
export const NOT_CREATED = 'not-created';

/**
 * Does what CloudFormation requests: finds the bootstrap brokers and creates, grows or deletes the topics.
 *
 * Properties: `ClusterArn`, `Auth`, `TopicsFunction`, `Topics` (each a `WantedTopic`), `Brokers` (default: look them up in
 * Amazon MSK), `OnDelete` (`retain`, or `delete` with all records), `OwnPrefix` (only topics with this prefix may be
 * deleted; default: all). `Deployment` tells deployments apart, so that each of them asks again.
 *
 * @returns `BootstrapBrokers` as data; the id of the resource is the cluster's ARN, so that a move to another cluster
 *   provisions the new one first and releases the old one afterwards
 * @throws Error that names the problem
 */
export async function provision(
  { requestType, physicalResourceId, properties }: CustomResourceRequest,
  steps: ProvisionSteps,
): Promise<CustomResourceAnswer> {
  const { ClusterArn, Auth, TopicsFunction, Topics, Brokers, OnDelete = 'retain', OwnPrefix } = properties;
  if (requestType === 'Delete') {
    const id = physicalResourceId ?? NOT_CREATED;
    if (id === NOT_CREATED || OnDelete === 'retain') return succeeded(id, {});
    if (OnDelete !== 'delete') throw new Error(`OnDelete is "${OnDelete}"; give retain or delete`);
  }
  const clusterArn = text(ClusterArn, 'ClusterArn');
  const auth = text(Auth, 'Auth');
  const functionName = text(TopicsFunction, 'TopicsFunction');
  const own = OwnPrefix === undefined ? '' : text(OwnPrefix, 'OwnPrefix');
  const topics = wantedTopics(Topics).filter(({ name }) => requestType !== 'Delete' || name.startsWith(own));
  if (topics.length === 0) return succeeded(clusterArn, {});
  const brokers = Brokers ? text(Brokers, 'Brokers') : await steps.bootstrapBrokers(clusterArn, auth);

  const operation = requestType === 'Delete' ? 'delete' : 'ensure';
  await steps.topics(functionName, { operation, brokers, topics });
  return succeeded(clusterArn, { BootstrapBrokers: brokers });
}

function succeeded(physicalResourceId: string, data: Record<string, string>): CustomResourceAnswer {
  return { status: 'SUCCESS', physicalResourceId, data };
}

function text(value: unknown, property: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`The custom resource has no ${property}.`);
}
