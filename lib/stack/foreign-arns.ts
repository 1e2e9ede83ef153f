import { isJsonObject } from '../json.ts';
import type { StackParameters } from './parameters.ts';
import { eventsOf, type ServiceFunctions } from './service-functions.ts';

/** Where a stack is deployed. Unknown values are not compared. */
interface Place {
  readonly region?: string | undefined;
  readonly account?: string | undefined;
}

const arnFormat = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d*):/;

/**
 * What the deployment names in another region or account: parameters, layers, and the properties of its mappings.
 *
 * @returns one sentence for each
 */
export function foreignArns(
  functions: ServiceFunctions,
  parameters: StackParameters,
  place: Place,
): string[] {
  const { clusterArn, scramSecret, scramSecretKey, certificateSecret, certificateSecretKey } = parameters;
  const { domainCertificate } = parameters;
  const secrets = { scramSecret, scramSecretKey, certificateSecret, certificateSecretKey };
  const named = Object.entries({ clusterArn, domainCertificate, ...secrets });
  return [
    ...named.flatMap(([name, arn]) => foreignArnsIn(arn, `--param ${name}`, place)),
    ...parameters.zones.flatMap((zone) =>
      place.region === undefined || zone.startsWith(place.region)
        ? []
        : [`--param zones: ${zone} is not in ${place.region}, where this stack is deployed`],
    ),
    // A layer may belong to another account.
    ...Object.entries(functions).flatMap(([name, { layers }]) =>
      foreignArnsIn(layers, `functions.${name}.layers`, { region: place.region }),
    ),
    ...Object.entries(functions).flatMap(([name, definition]) =>
      ['msk', 'kafka'].flatMap((type) =>
        eventsOf(definition, type)
          .map((event) => withoutParameters(event, [clusterArn, scramSecret, certificateSecret]))
          .flatMap((event) => foreignArnsIn(event, `functions.${name}.events.${type}`, place)),
      ),
    ),
  ];
}

/** An event without the values that were already checked as parameters. */
function withoutParameters(event: object, told: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => !told.includes(value)));
}

/**
 * Finds ARNs of another region or account. Lambda reaches the cluster, secret, registry and destination in its own region
 * and account. It reaches a cluster of another account through a VPC connection, whose ARN has the account of the function.
 *
 * @param value - any value; searched at every depth
 * @param path - the name of the value in messages
 * @returns one sentence for each ARN
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/msk-cross-account.html AWS Lambda Developer Guide, "Creating cross-account event source mappings in Lambda"}
 */
function foreignArnsIn(value: unknown, path: string, place: Place): string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => foreignArnsIn(item, `${path}[${index}]`, place));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, item]) => foreignArnsIn(item, `${path}.${name}`, place));
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
