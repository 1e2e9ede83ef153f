import type { GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka';
import { errorMessage, ServiceError } from '../errors.ts';
import type { KafkaAuth, KafkaConfiguration } from './configuration.ts';

const brokerStrings = {
  none: 'BootstrapBrokerString',
  tls: 'BootstrapBrokerStringTls',
  mtls: 'BootstrapBrokerStringTls',
  scram: 'BootstrapBrokerStringSaslScram',
  iam: 'BootstrapBrokerStringSaslIam',
} as const satisfies Record<KafkaAuth, keyof GetBootstrapBrokersResponse>;

/**
 * Gets the bootstrap brokers of the configured cluster from Amazon MSK, for the configured authentication. The SDK client
 * is loaded only here, so that a function with `KAFKA_BROKERS` does not load it.
 *
 * @param configuration - whose cluster, and how clients authenticate
 * @returns `host:port` each
 * @throws ServiceError `configuration_error` when the call fails or the cluster has no such listener
 * @see {@link https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-bootstrap-brokers.html Amazon MSK API Reference, "GetBootstrapBrokers"}
 */
export async function lookUpBootstrapBrokers(
  configuration: Pick<KafkaConfiguration, 'clusterArn' | 'region' | 'auth'>,
): Promise<string[]> {
  const { clusterArn, region, auth } = configuration;
  const response = await getBootstrapBrokers(clusterArn, region);
  const brokers = response[brokerStrings[auth]];
  if (!brokers) {
    throw new ServiceError(
      'configuration_error',
      `${clusterArn} has no bootstrap brokers for KAFKA_AUTH=${auth}; choose an authentication the cluster has`,
    );
  }
  return brokers.split(',');
}

async function getBootstrapBrokers(
  clusterArn: string | undefined,
  region: string | undefined,
): Promise<GetBootstrapBrokersResponse> {
  const { KafkaClient, GetBootstrapBrokersCommand } = await import('@aws-sdk/client-kafka');
  const client = new KafkaClient({ ...(region && { region }) });
  try {
    return await client.send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }));
  } catch (cause) {
    throw new ServiceError(
      'configuration_error',
      `GetBootstrapBrokers of ${clusterArn} failed: ${errorMessage(cause)}; check MSK_CLUSTER_ARN and kafka:GetBootstrapBrokers`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}
