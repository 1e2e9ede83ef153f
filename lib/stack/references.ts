import type { StackParameters } from './parameters.ts';

/** A text, or a CloudFormation function that yields one. */
export type Value = string | { readonly [name: string]: unknown };

/** What the fragments of the template refer to, however the cluster came about. */
export interface StackReferences {
  readonly clusterArn: Value;
  readonly subnetIds: readonly Value[];
  readonly securityGroupIds: readonly Value[];
  /** ARN of a topic of the cluster. */
  readonly topicArn: (topic: string) => Value;
  /** ARN of a consumer group of the cluster. */
  readonly groupArn: (group: string) => Value;
  /** Logical ids of what the pollers pass on their way to the brokers and to Lambda: the mapping is made after it. */
  readonly pollerPaths: readonly string[];
  /** Logical id that the framework gives the event source mapping. */
  readonly mappingId: string;
}

/** Logical ids in cluster/create.yml. */
const createdSubnets = ['PrivateSubnetA', 'PrivateSubnetB', 'PrivateSubnetC'];
const pathsToBrokers = ['BrokersFromPollers'];
/** Logical ids in endpoints/lambda-and-sts.yml. */
const pathsToEndpoints = ['EndpointsFromPollers', 'LambdaEndpoint', 'StsEndpoint'];

/**
 * Says how the cluster and the network are referred to.
 *
 * @param topic - that the event source mapping reads
 * @see Service Authorization Reference, "Apache Kafka APIs for Amazon MSK clusters": ARNs of topics and groups
 */
export function stackReferences(parameters: StackParameters, topic: string): StackReferences {
  const { cluster, esm, subnets, securityGroup } = parameters;
  const created = cluster === 'create';
  const clusterArn: Value = created ? { Ref: 'Cluster' } : parameters.clusterArn;
  const subnetIds = created ? createdSubnets.map((id) => ({ Ref: id })) : subnets;
  const securityGroupIds = created ? [getAtt('FunctionSecurityGroup', 'GroupId')] : [securityGroup];

  return {
    clusterArn,
    subnetIds,
    securityGroupIds,
    topicArn: (name) => partOfCluster(clusterArn, 'topic', name),
    groupArn: (name) => partOfCluster(clusterArn, 'group', name),
    pollerPaths: created ? [...pathsToBrokers, ...(esm === 'on-demand' ? pathsToEndpoints : [])] : [],
    mappingId: `ConsumeEventSourceMappingMSK${alphanumeric(created ? 'Cluster' : clusterName(parameters.clusterArn))}${alphanumeric(topic)}`,
  };
}

/** The framework cuts names in logical ids to this length. */
const MAX_NAME_CHARACTERS = 79;

/** As the framework makes names fit for a logical id. */
function alphanumeric(name: string): string {
  const letters = name.replace(/[^0-9A-Za-z]/g, '');
  return (letters.charAt(0).toUpperCase() + letters.slice(1)).slice(0, MAX_NAME_CHARACTERS);
}

function clusterName(clusterArn: string): string {
  return clusterArn.split('/')[1] ?? '';
}

function getAtt(id: string, attribute: string): Value {
  return { 'Fn::GetAtt': [id, attribute] };
}

/** `…:cluster/<name>/<uuid>` becomes `…:<type>/<name>/<uuid>/<part>`. */
function partOfCluster(clusterArn: Value, type: string, part: string): Value {
  if (typeof clusterArn === 'string') return `${clusterArn.replace(':cluster/', `:${type}/`)}/${part}`;
  const half = (index: number) => ({ 'Fn::Select': [index, { 'Fn::Split': [':cluster/', clusterArn] }] });
  return { 'Fn::Join': ['', [half(0), `:${type}/`, half(1), `/${part}`]] };
}
