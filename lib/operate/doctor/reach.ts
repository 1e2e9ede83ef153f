import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { errorMessage } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import type { ConnectionOptions } from '../../kafka/client/connection.ts';
import { BrokerConnection } from '../../kafka/connection/broker-connection.ts';
import { KafkaFailure } from '../../kafka/kafka-failure.ts';
import { type Finding, fine, wrong } from './finding.ts';
import { within } from './within.ts';

const TIMEOUT_MS = 4_000;
const PORTS =
  'Amazon MSK has 9092 for none, 9094 for tls and mtls, 9096 for scram and 9098 for iam; npm start has 9092';

/** A broker that answers, or only what was found on the way to it. */
export type Reached = { readonly findings: Finding[]; readonly connection: BrokerConnection | undefined };

/**
 * Goes to a broker step by step: name, port, TLS, Kafka with the credentials. The first step that fails is the last.
 *
 * @param address - host:port
 */
export async function reach(address: string, options: ConnectionOptions): Promise<Reached> {
  const at = address.lastIndexOf(':');
  const place = { address, host: address.slice(0, at), port: Number(address.slice(at + 1)) };
  const findings: Finding[] = [];
  for (const step of [resolve, openPort, ...(options.ssl ? [shakeHands] : [])]) {
    const finding = await step(place, options);
    findings.push(finding);
    if (finding.outcome !== 'ok') return { findings, connection: undefined };
  }
  const connection = new BrokerConnection(address, options);
  try {
    await within(connection.opened, options.connectionTimeout + options.requestTimeout);
    const how = options.sasl === undefined ? 'answers' : `accepts the ${options.sasl.mechanism} credentials`;
    return { findings: [...findings, fine('credentials', `${address} ${how}`)], connection };
  } catch (error) {
    await connection.close();
    return { findings: [...findings, await refusal(place, options, error)], connection: undefined };
  }
}

interface Place {
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

async function resolve({ host }: Place): Promise<Finding> {
  try {
    const addresses = await lookup(host, { all: true });
    return fine('dns', `${host} is ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return wrong(
      'dns',
      `${host} cannot be resolved: ${errorMessage(error)}`,
      'Correct the name in KAFKA_BROKERS or --brokers; for a private name, resolve it from inside the VPC or through its VPN',
    );
  }
}

async function openPort({ address, host, port }: Place): Promise<Finding> {
  const socket = connectTcp({ host, port });
  try {
    await connected(socket, 'connect');
    return fine('port', `${address} is open`);
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') {
      return wrong(
        'port',
        `Nothing listens at ${address}`,
        `Start the broker, or correct the port: ${PORTS}`,
      );
    }
    return wrong(
      'port',
      `${address} cannot be reached: ${errorMessage(error)}`,
      'Let this machine through: security group of the cluster (inbound), routes, VPN or bastion',
    );
  } finally {
    socket.destroy();
  }
}

async function shakeHands(place: Place, { ssl }: ConnectionOptions): Promise<Finding> {
  const { address } = place;
  try {
    const socket = await secured(place, typeof ssl === 'object' ? ssl : {});
    const { valid_to: until } = socket.getPeerCertificate();
    socket.destroy();
    return fine('tls', `${address} has a trusted certificate until ${until}`);
  } catch (error) {
    if (/CERT|ISSUER|SIGNED|SIGNATURE|CHAIN|ALTNAME/.test(codeOf(error))) {
      return wrong(
        'tls',
        `The certificate of ${address} is not trusted: ${errorMessage(error)}`,
        'Name its certificate authority with NODE_EXTRA_CA_CERTS=ca.pem, and connect with a name that the certificate holds',
      );
    }
    return wrong(
      'tls',
      `${address} does not speak TLS: ${errorMessage(error)}`,
      `Use --auth none for a plaintext port, or the port of this authentication: ${PORTS}`,
    );
  }
}

async function refusal(place: Place, options: ConnectionOptions, error: unknown): Promise<Finding> {
  const { address } = place;
  const message = errorMessage(error);
  if (error instanceof KafkaFailure && error.kind === 'unauthorized') {
    return wrong('credentials', `${address}: ${message}`, credentialsFix(options));
  }
  if (!options.ssl && (await speaksTls(place))) {
    return wrong(
      'tls',
      `${address} speaks TLS, and plaintext was tried`,
      'Use --auth tls, mtls, scram or iam, as the listener wants',
    );
  }
  const says = `${address} does not answer as Kafka does: ${message}`;
  return wrong(
    'credentials',
    says,
    `Check that Kafka listens at this port, with this authentication: ${PORTS}`,
  );
}

function credentialsFix({ sasl, ssl }: ConnectionOptions): string {
  if (sasl?.mechanism === 'scram-sha-512') {
    return 'Check KAFKA_USERNAME and KAFKA_PASSWORD, or the secret, and that the secret is associated with the cluster';
  }
  if (sasl !== undefined) {
    return 'Check the AWS credentials and region, the clock, and that the role may kafka-cluster:Connect to the cluster';
  }
  return ssl
    ? 'Check the client certificate and that the cluster trusts its authority'
    : 'Choose --auth as the listener wants';
}

async function speaksTls(place: Place): Promise<boolean> {
  try {
    (await secured(place, { rejectUnauthorized: false })).destroy();
    return true;
  } catch {
    return false;
  }
}

async function secured({ host, port }: Place, options: object): Promise<TLSSocket> {
  const socket = connectTls({ host, port, ...options, ...(isIP(host) ? {} : { servername: host }) });
  try {
    await connected(socket, 'secureConnect');
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function connected(socket: Socket, event: string): Promise<void> {
  // An error that comes after the wait is of no interest.
  socket.on('error', () => {});
  await within(once(socket, event), TIMEOUT_MS);
}

function codeOf(error: unknown): string {
  return isJsonObject(error) ? String(error.code) : '';
}
