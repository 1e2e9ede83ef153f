import { lookUpBootstrapBrokers } from '../bootstrap-brokers.ts';
import { type ClientCertificate, readClientCertificate } from '../client-certificate.ts';
import type { KafkaConfiguration } from '../configuration.ts';
import { mskIamToken } from '../msk-iam-token.ts';
import { readScramSecret } from '../scram-secret.ts';

/** TCP, TLS and the first answer. One second, the client's default, is too short for TLS with IAM. */
const CONNECTION_TIMEOUT_MS = 4_000;
/** An answer that has not come by then will not come: the flow is dead or the broker is lost. */
const REQUEST_TIMEOUT_MS = 4_000;

/** How a connection authenticates; `token` is called at every authentication. */
export type Sasl =
  | { mechanism: 'scram-sha-512'; username: string; password: string }
  | { mechanism: 'oauthbearer'; token: () => Promise<string> };

/** Options that every Kafka client of this service connects with. */
export interface ConnectionOptions {
  brokers: string[];
  clientId: string;
  ssl: boolean | ClientCertificate;
  sasl?: Sasl;
  connectionTimeout: number;
  authenticationTimeout: number;
  requestTimeout: number;
}

/**
 * Resolves the configuration into connection options; looks the bootstrap brokers up when none are configured.
 *
 * @param configuration - from `kafkaConfiguration`
 * @throws ServiceError `configuration_error` when brokers, AWS credentials or the secret cannot be found
 */
export async function connectionOptions(configuration: KafkaConfiguration): Promise<ConnectionOptions> {
  const sasl = await saslOptions(configuration);
  const brokers =
    configuration.brokers.length > 0 ? configuration.brokers : await lookUpBootstrapBrokers(configuration);
  return {
    brokers: [...brokers],
    clientId: configuration.clientId,
    ssl: await sslOptions(configuration),
    ...(sasl && { sasl }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  };
}

async function sslOptions({ auth, credentials }: KafkaConfiguration): Promise<boolean | ClientCertificate> {
  const isMutual = auth === 'mtls' && credentials !== undefined && 'secretArn' in credentials;
  return isMutual ? readClientCertificate(credentials.secretArn) : auth !== 'none';
}

async function saslOptions({
  auth,
  credentials,
  region = '',
}: KafkaConfiguration): Promise<Sasl | undefined> {
  if (auth === 'scram' && credentials) {
    const known = 'secretArn' in credentials ? await readScramSecret(credentials.secretArn) : credentials;
    return { mechanism: 'scram-sha-512', ...known };
  }
  // A token lives 900 s and the client asks for one per authentication, so it is never cached.
  if (auth === 'iam') {
    return { mechanism: 'oauthbearer', token: () => mskIamToken(region) };
  }
  return undefined;
}
