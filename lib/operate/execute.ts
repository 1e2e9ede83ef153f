import { errorMessage, ServiceError } from '../errors.ts';
import { type Environment, type KafkaConfiguration, kafkaConfiguration } from '../kafka/configuration.ts';
import { openProducer } from '../kafka/producer/open-producer.ts';
import { deadLetterTopicOf, failureTopicOf, topicName } from '../kafka/topic-names.ts';
import type { Log } from '../log.ts';
import { topics as catalogue } from '../schema/topics.ts';
import { Budget } from './budget.ts';
import { closing } from './closing.ts';
import type { ClusterCommand, DeadLetterCommand, Room } from './command-line.ts';
import { type OperatedConsumer, operatedConsumers } from './consumers.ts';
import { type DeadLetterKind, rejectedByFunction } from './dead-letters/dead-letter.ts';
import { type DeadLetterTopic, openDeadLetterTopic } from './dead-letters/dead-letter-topic.ts';
import { givenUpByMapping } from './dead-letters/failure-document.ts';
import { list } from './dead-letters/list.ts';
import { replay, type SendRecord } from './dead-letters/replay.ts';
import { show } from './dead-letters/show.ts';
import { lag } from './lag.ts';
import type { Output } from './output.ts';
import { reset } from './reset.ts';
import { topics } from './topics.ts';

/** For one record, retries included. */
const SEND_TIMEOUT_MS = 15_000;

/** What a command is executed with. */
export interface Execution {
  readonly environment: Environment;
  readonly output: Output;
  readonly log: Log;
  /** Aborted to stop after the record underway. */
  readonly signal: AbortSignal;
  /** What `output` may be given, in bytes; without limit unless told. */
  readonly maxBytes?: number;
}

interface RoomFacts {
  readonly kind: DeadLetterKind;
  /** Of a topic that is consumed. */
  readonly topicOf: (topic: string) => string;
  readonly deployed: (consumer: OperatedConsumer) => string | undefined;
}

const rooms: Readonly<Record<Room, RoomFacts>> = {
  'dead-letters': {
    kind: rejectedByFunction,
    topicOf: deadLetterTopicOf,
    deployed: ({ deadLetterTopic }) => deadLetterTopic,
  },
  failed: {
    kind: givenUpByMapping,
    topicOf: failureTopicOf,
    deployed: ({ failureTopic }) => failureTopic,
  },
};

/**
 * Executes a command on a cluster: one implementation for the command line and the function.
 *
 * @returns whether all that was asked for was done
 * @throws Error when it cannot be done at all
 */
export async function execute(command: ClusterCommand, execution: Execution): Promise<boolean> {
  const { environment, output, log, signal } = execution;
  const configuration = kafkaConfiguration({
    ...environment,
    ...(command.brokers !== undefined && { KAFKA_BROKERS: command.brokers }),
    ...(command.auth !== undefined && { KAFKA_AUTH: command.auth }),
  });
  if (command.name === 'lag') {
    const consumers = operatedConsumers(environment);
    await lag(configuration, { ...command, consumers, signal }, output, log);
  } else if (command.name === 'reset') await reset(configuration, command, output, log);
  else if (command.name === 'topics') await topics(configuration, { ...command, signal }, output, log);
  else return executeOnRoom(command, configuration, execution);
  return true;
}

async function executeOnRoom(
  command: DeadLetterCommand,
  configuration: KafkaConfiguration,
  { environment, output, log, signal, maxBytes }: Execution,
): Promise<boolean> {
  const { kind } = rooms[command.room];
  const budget = new Budget({ ...boundsOf(command), bytes: maxBytes });
  const { send, disconnect } = createSender(configuration, log);
  const executeOn = async (topic: DeadLetterTopic): Promise<boolean> => {
    if (command.name === 'replay') return replay(topic, { ...command, send, budget, signal }, output);
    if (command.name === 'list') await list(topic, { ...command, budget, signal }, output);
    else await show(topic, command, output);
    return true;
  };

  const names = topicsOf(command, environment);
  /** One topic of several that is missing leaves the others alone. */
  const passOver = (error: unknown): boolean => {
    if (names.length === 1 || !isMisconfiguration(error)) throw error;
    output.problem(errorMessage(error));
    return false;
  };
  const openAndExecute = async (name: string): Promise<boolean> => {
    const topic = await openDeadLetterTopic(configuration, { name, kind }, log);
    return closing(topic.close, () => executeOn(topic));
  };

  return closing(disconnect, async () => {
    let complete = true;
    for (const name of names) {
      complete = (await openAndExecute(name).catch(passOver)) && complete;
      if (signal.aborted) return false;
      if (budget.spent !== undefined) break;
    }
    return complete;
  });
}

function boundsOf(command: DeadLetterCommand): { limit?: number | undefined; deadline?: number | undefined } {
  if (command.name === 'show') return {};
  const { limit, seconds } = command;
  return { limit, deadline: seconds === undefined ? undefined : Date.now() + seconds * 1_000 };
}

/** The dead letter topics or failure topics that a command is about, as they are named on the cluster. */
function topicsOf(command: DeadLetterCommand, environment: Environment): readonly string[] {
  if (command.name === 'show') return [command.coordinates.topic];
  const { topicOf, deployed } = rooms[command.room];
  const consumers = operatedConsumers(environment);
  const byTopic = new Map<string, string>();
  for (const logical of catalogue) {
    const name = topicName(logical, environment);
    byTopic.set(logical, topicOf(name)).set(name, topicOf(name));
  }
  if (command.topic !== undefined) return [byTopic.get(command.topic) ?? command.topic];
  const named = command.room === 'dead-letters' ? environment.KAFKA_DEAD_LETTER_TOPIC?.trim() : undefined;
  if (named) return [named];
  if (consumers === undefined) return [...new Set(byTopic.values())];
  const names = [...new Set(consumers.flatMap((consumer) => deployed(consumer) ?? []))];
  if (names.length > 0) return names;
  throw new ServiceError(
    'configuration_error',
    'No event source mapping of this service has such a topic: in on-demand mode there is no failure topic',
  );
}

function createSender(
  configuration: KafkaConfiguration,
  log: Log,
): { send: SendRecord; disconnect: () => Promise<void> } {
  const producer = openProducer(configuration, log);
  return {
    send: async (topic, record) => {
      const [delivery] = await producer.send([{ ...record, topic }], Date.now() + SEND_TIMEOUT_MS);
      if (delivery === undefined) throw new Error(`Nothing is known of a record sent to ${topic}`);
      return delivery;
    },
    disconnect: () => producer.disconnect(),
  };
}

function isMisconfiguration(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'configuration_error';
}
