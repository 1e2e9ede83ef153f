import { errorMessage } from '../../errors.ts';
import { type ConnectionOptions, connectionOptions } from '../../kafka/client/connection.ts';
import { kafkaConfiguration } from '../../kafka/configuration.ts';
import type { BrokerConnection } from '../../kafka/connection/broker-connection.ts';
import { topicName } from '../../kafka/topic-names.ts';
import { topics as catalogue } from '../../schema/topics.ts';
import type { Execution } from '../command.ts';
import { consumedTopics, foreignTopics, operatedConsumers } from '../consumers.ts';
import { type Finding, fine, skipped, wrong } from './finding.ts';
import { examineGroups } from './groups.ts';
import { reach } from './reach.ts';
import { examineSchemas } from './schemas.ts';
import { examineTopics } from './topics.ts';

export interface Examination extends Pick<Execution, 'environment' | 'log' | 'signal' | 'declaredConsumers'> {
  /** Records of each partition that are checked with the catalogue. */
  readonly records: number;
  /** How the configuration becomes a connection. */
  readonly connect?: typeof connectionOptions;
}

/** Looks at everything between this machine and the records of the service, step by step, each with its fix. */
export async function* examine(examination: Examination): AsyncGenerator<Finding, void> {
  const { environment, signal, connect = connectionOptions } = examination;
  let options: ConnectionOptions;
  try {
    const configuration = kafkaConfiguration(environment);
    options = await connect(configuration);
    // AWS credentials are looked for now, and not at the first broker.
    if (options.sasl && 'token' in options.sasl) await options.sasl.token();
    yield fine('configuration', `${options.brokers.join(', ')} with authentication ${configuration.auth}`);
  } catch (error) {
    const fix = 'Set it in the environment, or give the flags: npm run kafka -- doctor --help';
    yield wrong('configuration', errorMessage(error), fix);
    return;
  }
  const connections: BrokerConnection[] = [];
  try {
    for (const address of options.brokers) {
      const { findings, connection } = await reach(address, options);
      yield* findings;
      if (connection !== undefined) connections.push(connection);
      signal.throwIfAborted();
    }
    const [connection] = connections;
    if (connection === undefined) yield skipped('topics', 'No broker answers: the rest cannot be looked at');
    else yield* examineCluster(connection, options, examination);
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

async function* examineCluster(
  connection: BrokerConnection,
  options: ConnectionOptions,
  examination: Examination,
): AsyncGenerator<Finding, void> {
  const { environment, log, signal } = examination;
  const consumers = operatedConsumers(environment);
  const consumed = await consumedTopics(examination);
  const published = new Set([
    ...consumed.map(({ topic }) => topic),
    ...(consumers === undefined ? catalogue.map((logical) => topicName(logical, environment)) : []),
  ]);
  const letters = new Set([
    ...consumed.map(({ deadLetterTopic }) => deadLetterTopic),
    // Only a deployed service knows whether its mappings have failure topics.
    ...(consumers ?? []).flatMap(({ failureTopic }) => failureTopic ?? []),
    ...foreignTopics(environment).map(({ deadLetterTopic }) => deadLetterTopic),
  ]);
  const { findings, existing, brokers } = await examineTopics(connection, [
    ...[...published].map((topic) => ({ topic, written: true })),
    ...[...letters].map((topic) => ({ topic, written: false })),
  ]);
  // Bootstrap brokers only say where the others are.
  for (const address of brokers.filter((each) => !options.brokers.includes(each))) {
    const reached = await reach(address, options);
    yield* reached.findings.filter(({ outcome }) => outcome === 'wrong');
    await reached.connection?.close();
  }
  yield* findings;
  signal.throwIfAborted();
  yield* await examineGroups(
    options,
    consumers?.map(({ group }) => group),
    log,
  );
  for (const topic of existing.filter((each) => published.has(each))) {
    signal.throwIfAborted();
    if (examination.records > 0) yield await examineSchemas(options, topic, examination);
  }
}
