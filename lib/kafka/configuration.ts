import { ServiceError } from '../errors.ts';
import { CLUSTER_ARN_FORM, clusterRegion, isClusterArn } from './cluster-arn.ts';

const ports = { none: 9092, tls: 9094, mtls: 9094, scram: 9096, iam: 9098 } as const;

/** How clients authenticate: plaintext, TLS alone, TLS with a client certificate, SASL/SCRAM-SHA-512 over TLS, or AWS IAM over TLS. */
export type KafkaAuth = keyof typeof ports;

/** All of them, for messages. */
export const AUTH_FORM = 'none, tls, mtls, scram or iam';

/** Credentials of SASL/SCRAM. */
export interface ScramCredentials {
  readonly username: string;
  readonly password: string;
}

export interface KafkaConfiguration {
  /** `host:port` each; empty when they must be looked up through {@link KafkaConfiguration.clusterArn}. */
  readonly brokers: readonly string[];
  readonly clusterArn: string | undefined;
  readonly auth: KafkaAuth;
  /** With `auth: 'scram'` themselves, or the secret that holds them; with `auth: 'mtls'` the secret of the certificate. */
  readonly credentials: ScramCredentials | { readonly secretArn: string } | undefined;
  /** AWS region of the cluster: from its ARN, else of the function. Required for `iam` and the lookup. */
  readonly region: string | undefined;
  readonly clientId: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_PORT = 65_535;

/** Says that the environment names no cluster. */
export const NO_CLUSTER = 'set KAFKA_BROKERS (host:port, comma-separated) or MSK_CLUSTER_ARN';

/**
 * Reads the Kafka configuration from environment variables: `KAFKA_BROKERS` (comma-separated `host` or `host:port`, the
 * port defaulting to the one Amazon MSK uses for the authentication), `MSK_CLUSTER_ARN`, `KAFKA_AUTH`
 * (`none` | `tls` | `mtls` | `scram` | `iam`), `KAFKA_USERNAME` and `KAFKA_PASSWORD`, or
 * `KAFKA_SECRET_ARN` of the secret that holds them or the client certificate, `AWS_REGION`.
 *
 * @param environment - usually `process.env`; empty strings count as absent
 * @throws ServiceError `configuration_error` that names every variable that is missing or wrong
 * @see {@link https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html Amazon MSK Developer Guide, "Port information"}
 */
export function kafkaConfiguration(environment: Environment): KafkaConfiguration {
  const problems: string[] = [];
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;

  const auth = authIn(read('KAFKA_AUTH') ?? 'none', problems);
  const brokers = brokersIn(read('KAFKA_BROKERS') ?? '', ports[auth], problems);
  const clusterArn = read('MSK_CLUSTER_ARN');
  if (clusterArn !== undefined && !isClusterArn(clusterArn)) {
    problems.push(`MSK_CLUSTER_ARN is "${clusterArn}"; write ${CLUSTER_ARN_FORM}`);
  }
  if (brokers.length === 0 && clusterArn === undefined) {
    problems.push(NO_CLUSTER);
  }

  const region = (clusterArn && clusterRegion(clusterArn)) ?? read('AWS_REGION');
  if (auth === 'iam' && region === undefined) problems.push('AWS_REGION is required with KAFKA_AUTH=iam');

  const credentials = credentialsIn(auth, environment, problems);
  if (problems.length > 0) throw new ServiceError('configuration_error', problems.join('; '));
  return {
    brokers,
    clusterArn,
    auth,
    credentials,
    region,
    clientId: read('AWS_LAMBDA_FUNCTION_NAME') ?? 'kafka-events',
  };
}

/** A refused value counts as `none` until all problems are reported. */
function authIn(name: string, problems: string[]): KafkaAuth {
  if (isAuth(name)) return name;
  problems.push(`KAFKA_AUTH is "${name}"; set it to ${AUTH_FORM}`);
  return 'none';
}

function brokersIn(list: string, port: number, problems: string[]): string[] {
  return list.split(',').flatMap((entry) => {
    const address = entry.trim();
    if (address === '') return [];
    const broker = address.includes(':') ? address : `${address}:${port}`;
    if (!isBroker(broker)) {
      problems.push(`KAFKA_BROKERS holds "${address}"; write host:port, comma-separated${ipv6Hint(address)}`);
    }
    return [broker];
  });
}

function credentialsIn(
  auth: KafkaAuth,
  environment: Environment,
  problems: string[],
): KafkaConfiguration['credentials'] {
  // Not trimmed: a password may begin or end with a space.
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password, KAFKA_SECRET_ARN: secretArn } = environment;
  if (auth !== 'scram' && auth !== 'mtls') return undefined;
  if (auth === 'scram' && username && password) return { username, password };
  if (secretArn) return { secretArn };
  const needed =
    auth === 'scram' ? 'KAFKA_USERNAME and KAFKA_PASSWORD, or KAFKA_SECRET_ARN, are' : 'KAFKA_SECRET_ARN is';
  problems.push(`${needed} required with KAFKA_AUTH=${auth}`);
  return undefined;
}

/** The client library takes everything before the first colon as the host, so IPv6 literals do not work. */
function isBroker(address: string): boolean {
  const [, port] = /^[\w.-]+:(\d{1,5})$/.exec(address) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= MAX_PORT;
}

function ipv6Hint(address: string): string {
  return address.includes('::') || address.startsWith('[') ? ', and for an IPv6 address a host name' : '';
}

/** Whether this is one of the ways to authenticate. */
export function isAuth(name: string): name is KafkaAuth {
  return Object.hasOwn(ports, name);
}
