import { isJsonObject } from '../json.ts';
import type { Consumer } from './consumers.ts';
import type { Deployment } from './deployment.ts';
import { gatewayServices } from './gateway-services.ts';

/** What the pollers of a mapping call besides the brokers, from the VPC and with the security group of the cluster. */
export interface PollerCall {
  /** Path of the property that asks for it. */
  readonly path: string;
  /** Name of its endpoint, as in `com.amazonaws.<region>.<name>`; undefined: it is reached over the internet. */
  readonly service: string | undefined;
  readonly port: number;
}

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/**
 * What the mappings of the stack's own cluster call: destinations of discarded records, and schema registries.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html AWS Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html AWS Lambda Developer Guide, "Using schema registries with Kafka event sources"}
 */
export function pollerCalls(consumers: readonly Consumer[]): PollerCall[] {
  return consumers.flatMap(({ functionName, event }) => {
    const path = `functions.${functionName}.events.msk`;
    const { onFailure, schemaRegistry } = event;
    const uri = isJsonObject(schemaRegistry) ? schemaRegistry.uri : undefined;
    return [
      ...(onFailure === undefined ? [] : destinationCalls(`${path}.onFailure`, onFailure)),
      ...(uri === undefined ? [] : [registryCall(`${path}.schemaRegistry`, uri)]),
    ];
  });
}

/**
 * Calls for which the created network has no route.
 *
 * @returns one sentence for each, with the fix
 */
export function missingRoutes({ consumers, parameters }: Deployment): string[] {
  const { cluster, vpc, egress, egressServices } = parameters;
  // Of a network that exists the stack knows nothing.
  if (cluster === 'existing' || vpc !== '' || egress === 'internet') return [];
  return pollerCalls(consumers).flatMap(({ path, service }) => {
    if (service === undefined) return [`${path}: ${FROM_VPC} to the internet; give --param egress=internet`];
    const reached: readonly string[] = [...gatewayServices, ...(egress === 'aws' ? egressServices : [])];
    if (reached.includes(service)) return [];
    return [
      `${path}: ${FROM_VPC} to ${service}; give --param egress=aws with ${service} in --param egressServices, or egress=internet`,
    ];
  });
}

const FROM_VPC = 'the mapping calls it from the created VPC, which has no route';

function destinationCalls(path: string, destination: unknown): PollerCall[] {
  const { arn, type } = isJsonObject(destination) ? destination : { arn: destination };
  const [scheme, , service] = typeof arn === 'string' ? arn.split(':') : ['arn', '', type];
  return scheme === 'arn' ? [{ path, service: String(service), port: HTTPS_PORT }] : [];
}

function registryCall(path: string, uri: unknown): PollerCall {
  // The ARN of a Glue registry parses as well; a function of CloudFormation yields one.
  if (typeof uri !== 'string' || uri.startsWith('arn:')) return { path, service: 'glue', port: HTTPS_PORT };
  const url = new URL(uri);
  const port = Number(url.port) || (url.protocol === 'http:' ? HTTP_PORT : HTTPS_PORT);
  return { path, service: undefined, port };
}
