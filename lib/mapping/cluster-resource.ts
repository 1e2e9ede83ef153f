import { isJsonObject } from '../json.ts';
import { join, type Properties } from './property.ts';

/**
 * The resource of an IAM statement for a cluster, or a topic or consumer group in it: `…:cluster/<name>/<uuid>` becomes
 * `…:<type>/<name>/<uuid>/<part>`.
 *
 * @param arn - of the cluster, or of a VPC connection, which names the owner's account and cluster but not its UUID
 * @see {@link https://docs.aws.amazon.com/service-authorization/latest/reference/list_apachekafkaapisforamazonmskclusters.html Service Authorization Reference, "Apache Kafka APIs for Amazon MSK clusters"}
 */
export function clusterResource(
  arn: unknown,
  type: 'cluster' | 'topic' | 'group' = 'cluster',
  part?: string,
): string | Properties {
  const suffix = part === undefined ? '' : `/${part}`;
  if (!isJsonObject(arn)) {
    const text = String(arn);
    const connection = /^(arn:[^:]+:kafka:[^:]+):\d*:vpc-connection\/(\d+)\/([^/]+)\//.exec(text);
    if (connection !== null) return `${connection[1]}:${connection[2]}:${type}/${connection[3]}/*${suffix}`;
    return `${text.replace(':cluster/', `:${type}/`)}${suffix}`;
  }
  if (type === 'cluster') return arn;
  const half = (index: number) => ({ 'Fn::Select': [index, { 'Fn::Split': [':cluster/', arn] }] });
  return join(half(0), `:${type}/`, half(1), suffix);
}
