/** Service Authorization Reference, "Amazon Managed Streaming for Apache Kafka". */
const format = /^arn:aws[a-z-]*:kafka:([a-z0-9-]+):\d{12}:cluster\/[^/]+\/[^/]+$/;

/** The form of the ARN, for messages. */
export const CLUSTER_ARN_FORM = 'arn:aws:kafka:region:account:cluster/name/uuid';

/** The AWS region of an Amazon MSK cluster; undefined when this is not the ARN of one. */
export function clusterRegion(arn: string): string | undefined {
  return format.exec(arn)?.[1];
}

/** Whether this is the ARN of an Amazon MSK cluster. */
export function isClusterArn(arn: string): boolean {
  return format.test(arn);
}
