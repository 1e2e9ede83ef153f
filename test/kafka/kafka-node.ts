import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../../lib/testing/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { kafkaJars, requireTools } from './kafka-distribution.ts';

const HOST = '127.0.0.1';
const START_DEADLINE_MS = 60_000;
/** A graceful stop; a node that takes longer is killed. */
const STOP_DEADLINE_MS = 20_000;
const LOG_LEVEL = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
/** For a start that is short. */
const SHORT_START = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Who may connect to the listeners that ask. */
export const scramCredentials = { username: 'publisher', password: 'publisher-secret' };
export const awsCredentials = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIEXAMPLE',
};

/** Address of each listener, host:port; all but `none` with TLS. */
export interface Listeners {
  readonly none: string;
  readonly tls: string;
  /** SASL/SCRAM-SHA-512 with {@link scramCredentials}. */
  readonly scram: string;
  /** SASL/OAUTHBEARER with a token that {@link awsCredentials} signed. */
  readonly iam: string;
}

/** An Apache Kafka of one node, which is its own KRaft controller. It keeps its data when it is stopped. */
export interface KafkaNode {
  readonly listeners: Listeners;
  /** PEM file with the authority that signed the node's certificate: itself. */
  readonly certificateFile: string;
  /** Starts the process and waits until it answers. */
  start(): Promise<void>;
  /** Stops the process, by default gracefully. */
  stop(options?: { abrupt?: boolean }): Promise<void>;
  /** Stops the process and deletes its data. */
  remove(): Promise<void>;
}

/**
 * Prepares an Apache Kafka node on free ports, with an empty data directory of its own.
 *
 * @param version - of Apache Kafka
 * @param javaOptions - of its process
 * @throws MissingTool when the machine has no JDK or Maven; Error when the jars cannot be downloaded
 */
export async function createKafkaNode(version: string, javaOptions = SHORT_START): Promise<KafkaNode> {
  requireTools(['java', 'javac']);
  const jars = join(kafkaJars(version), '*');
  const directory = mkdtempSync(join(tmpdir(), 'kafka-'));
  const path = (name: string) => join(directory, name);
  const classpath = [path('classes'), jars].join(delimiter);
  const listeners: Listeners = {
    none: await freeAddress(),
    tls: await freeAddress(),
    scram: await freeAddress(),
    iam: await freeAddress(),
  };

  const certificateFile = path('certificate.pem');
  createCertificate(certificateFile, path('key.pem'));
  writeFileSync(path('keystore.pem'), readFileSync(path('key.pem')) + readFileSync(certificateFile, 'utf8'));
  writeFileSync(path('server.properties'), serverProperties(directory, listeners, await freeAddress()));
  execFileSync('javac', ['-cp', jars, '-d', path('classes'), join(__dirname, 'MskTokenValidator.java')]);
  const { username, password } = scramCredentials;
  execFileSync('java', [
    ...SHORT_START,
    LOG_LEVEL,
    '-cp',
    classpath,
    'kafka.tools.StorageTool',
    'format',
    '--config',
    path('server.properties'),
    // In one argument, because an id may begin with a dash.
    `--cluster-id=${Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')}`,
    '--add-scram',
    `SCRAM-SHA-512=[name=${username},password=${password}]`,
  ]);

  let child: ChildProcess | undefined;
  const killWithParent = () => child?.kill('SIGKILL');
  process.on('exit', killWithParent);

  const stop: KafkaNode['stop'] = async ({ abrupt = false } = {}) => {
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill(abrupt ? 'SIGKILL' : 'SIGTERM');
    const tooLate = setTimeout(() => child?.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(tooLate);
    child = undefined;
  };
  return {
    listeners,
    certificateFile,
    start: async () => {
      const log = openSync(path('kafka.log'), 'a');
      const started = spawn(
        'java',
        [...javaOptions, LOG_LEVEL, '-cp', classpath, 'kafka.Kafka', path('server.properties')],
        {
          stdio: ['ignore', log, log],
          env: { ...process.env, ...awsCredentials },
        },
      );
      closeSync(log);
      child = started;
      await eventually(
        `Apache Kafka ${version} is up`,
        () => {
          if (started.exitCode !== null) {
            throw new Error(`Apache Kafka ${version} has ended:\n${readFileSync(path('kafka.log'), 'utf8')}`);
          }
          return isUp(listeners.none);
        },
        START_DEADLINE_MS,
      );
    },
    stop,
    remove: async () => {
      await stop({ abrupt: true });
      process.off('exit', killWithParent);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A certificate that is its own authority, for the address of the node. */
function createCertificate(certificateFile: string, keyFile: string): void {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=IP:${HOST}`],
      ...['-out', certificateFile, '-keyout', keyFile],
    ],
    { stdio: 'ignore' },
  );
}

function serverProperties(directory: string, listeners: Listeners, controller: string): string {
  const advertised = Object.entries(listeners)
    .map(([name, address]) => `${name.toUpperCase()}://${address}`)
    .join();
  const jaas = (module: string) => `org.apache.kafka.common.security.${module} required;`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'NONE',
    listeners: `${advertised},CONTROLLER://${controller}`,
    'advertised.listeners': advertised,
    'listener.security.protocol.map':
      'NONE:PLAINTEXT,TLS:SSL,SCRAM:SASL_SSL,IAM:SASL_SSL,CONTROLLER:PLAINTEXT',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(directory, 'keystore.pem'),
    'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.scram.scram-sha-512.sasl.jaas.config': jaas('scram.ScramLoginModule'),
    'listener.name.iam.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.iam.oauthbearer.sasl.jaas.config': jaas('oauthbearer.OAuthBearerLoginModule'),
    'listener.name.iam.oauthbearer.sasl.server.callback.handler.class': 'MskTokenValidator',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    // A node that was killed is given up soon, and may come back.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    // A group has its members at once, as in the embedded broker.
    'group.initial.rebalance.delay.ms': 0,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function isUp(address: string): Promise<boolean> {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).controller !== null;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

/** An address that nothing listens on. */
async function freeAddress(): Promise<string> {
  return `${HOST}:${await freePort()}`;
}
