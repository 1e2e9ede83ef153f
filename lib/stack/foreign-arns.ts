import { isJsonObject } from '../json.ts';

/** Where a stack is deployed. Unknown values are not compared. */
export interface Place {
  readonly region?: string | undefined;
  readonly account?: string | undefined;
}

const arnFormat = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d*):/;

/**
 * Finds ARNs of another region or account. Lambda reaches the cluster, secret, registry and destination in its own region
 * and account. It reaches a cluster of another account through a VPC connection, whose ARN has the account of the function.
 *
 * @param value - any value; searched at every depth
 * @param path - the name of the value in messages
 * @returns one sentence for each ARN
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/msk-cross-account.html AWS Lambda Developer Guide, "Creating cross-account event source mappings in Lambda"}
 */
export function foreignArns(value: unknown, path: string, place: Place): string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => foreignArns(item, `${path}[${index}]`, place));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, item]) => foreignArns(item, `${path}.${name}`, place));
  }
  const [, service, region = '', account = ''] = arnFormat.exec(String(value)) ?? [];
  if (service === undefined) return [];
  if (place.region !== undefined && region !== '' && region !== place.region) {
    return [
      `${path}: ${value} is in region ${region}; give one in ${place.region}, where this stack is deployed`,
    ];
  }
  if (place.account === undefined || account === '' || account === place.account) return [];
  const way =
    service === 'kafka'
      ? ', or give an event the ARN of a multi-VPC connection (arn:aws:kafka:region:account:vpc-connection/…) as its arn'
      : '';
  return [
    `${path}: ${value} is in account ${account}; give one of ${place.account}, where this stack is deployed${way}`,
  ];
}
