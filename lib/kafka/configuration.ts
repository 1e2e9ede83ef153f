import { ServiceError } from '../errors.ts';
import { CLUSTER_ARN_FORM, clusterRegion, isClusterArn } from './cluster-arn.ts';

const ports = { none: 9092, tls: 9094, scram: 9096, iam: 9098 } as const;

/** How clients authenticate: plaintext, TLS alone, SASL/SCRAM-SHA-512 over TLS, or AWS IAM over TLS. */
export type KafkaAuth = keyof typeof ports;

/** Of SASL/SCRAM. */
export interface ScramCredentials {
  readonly username: string;
  readonly password: string;
}

export interface KafkaConfiguration {
  /** `host:port` each; empty when they must be looked up through {@link KafkaConfiguration.clusterArn}. */
  readonly brokers: readonly string[];
  readonly clusterArn: string | undefined;
  readonly auth: KafkaAuth;
  /** Only with `auth: 'scram'`: themselves, or the secret that holds them. */
  readonly credentials: ScramCredentials | { readonly secretArn: string } | undefined;
  /** AWS region of the cluster, which the ARN knows better than the function; needed for `iam` and the lookup. */
  readonly region: string | undefined;
  readonly clientId: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_PORT = 65_535;

/**
 * Reads the Kafka configuration from environment variables: `KAFKA_BROKERS` (comma-separated `host` or `host:port`, the
 * port defaulting to the one Amazon MSK uses for the authentication), `MSK_CLUSTER_ARN`, `KAFKA_AUTH`
 * (`none` | `tls` | `scram` | `iam`), `KAFKA_USERNAME` and `KAFKA_PASSWORD`, or
 * `KAFKA_SECRET_ARN` of the secret that holds them, `AWS_REGION`.
 *
 * @param environment - usually `process.env`; empty strings count as absent
 * @throws ServiceError `configuration_error` that names every variable that is missing or wrong
 * @see Amazon MSK Developer Guide, "Port information"
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
    problems.push('set KAFKA_BROKERS (host:port, comma-separated) or MSK_CLUSTER_ARN');
  }

  const region = (clusterArn && clusterRegion(clusterArn)) ?? read('AWS_REGION');
  if (auth === 'iam' && region === undefined) problems.push('AWS_REGION is needed with KAFKA_AUTH=iam');

  const credentials = auth === 'scram' ? scramCredentials(environment) : undefined;
  if (auth === 'scram' && credentials === undefined) {
    problems.push('KAFKA_USERNAME and KAFKA_PASSWORD, or KAFKA_SECRET_ARN, are needed with KAFKA_AUTH=scram');
  }

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

/** What is refused counts as `none` until all problems are told. */
function authIn(name: string, problems: string[]): KafkaAuth {
  if (isAuth(name)) return name;
  problems.push(`KAFKA_AUTH is "${name}"; set it to none, tls, scram or iam`);
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

function scramCredentials(environment: Environment): KafkaConfiguration['credentials'] {
  // As they are: a password may begin or end with a space.
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password, KAFKA_SECRET_ARN: secretArn } = environment;
  if (username && password) return { username, password };
  return secretArn ? { secretArn } : undefined;
}

/** The client library takes what is before the first colon for the host: no IPv6 literals. */
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
