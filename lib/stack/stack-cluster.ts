import type { StackParameters } from './parameters.ts';
import { getAtt, ref, type Value } from './template.ts';

/** How the template refers to the cluster and its network, created or existing. */
export interface StackCluster {
  readonly arn: Value;
  /** As Amazon CloudWatch knows it. */
  readonly name: string;
  readonly subnetIds: readonly Value[];
  readonly securityGroupIds: readonly Value[];
  /** Logical ids of what the pollers need to reach the brokers and Lambda: a mapping is created after it. */
  readonly pollerPaths: readonly string[];
}

/** Logical ids in network.ts. */
export const privateSubnets = ['PrivateSubnetA', 'PrivateSubnetB', 'PrivateSubnetC'] as const;

/**
 * Says how the cluster and the network of a deployment are referred to.
 *
 * @param prefix - `<service>-<stage>`, the name of a created cluster
 */
export function stackCluster(parameters: StackParameters, prefix: string): StackCluster {
  const { cluster, clusterArn, vpc, subnets, securityGroup, esm } = parameters;
  if (cluster === 'existing') {
    const [, name = ''] = clusterArn.split('/');
    return { arn: clusterArn, name, subnetIds: subnets, securityGroupIds: [securityGroup], pollerPaths: [] };
  }
  const endpoints = esm === 'on-demand' && vpc === '';
  return {
    arn: ref('Cluster'),
    name: prefix,
    subnetIds: vpc === '' ? privateSubnets.map(ref) : subnets,
    securityGroupIds: [getAtt('FunctionSecurityGroup', 'GroupId')],
    pollerPaths: [
      'BrokersFromPollers',
      ...(endpoints ? ['EndpointsFromPollers', 'LambdaEndpoint', 'StsEndpoint'] : []),
    ],
  };
}
