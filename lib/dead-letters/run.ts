import { errorMessage, ServiceError } from '../errors.ts';
import { type Environment, type KafkaConfiguration, kafkaConfiguration } from '../kafka/configuration.ts';
import { openProducer } from '../kafka/producer/open-producer.ts';
import { deadLetterTopicOf, topicName } from '../kafka/topic-names.ts';
import { createLog, type Log } from '../log.ts';
import { topics } from '../schema/topics.ts';
import { closing } from './closing.ts';
import { type ClusterCommand, parseCommandLine, UsageError, usage } from './command-line.ts';
import { openDeadLetterTopic } from './dead-letter-topic.ts';
import { list } from './list.ts';
import type { Output } from './output.ts';
import { replay, type SendRecord } from './replay.ts';
import { show } from './show.ts';

/** For one record, retries included. */
const SEND_TIMEOUT_MS = 15_000;

/** Exit codes of the tool; an interrupted one ends like any that got SIGINT. */
const SUCCESS = 0;
const FAILURE = 1;
const USAGE = 2;
const INTERRUPTED = 130;

/** What a run of the tool has from outside. */
export interface Surroundings {
  readonly environment: Environment;
  /** Whole texts, newline included. */
  readonly standardOutput: (text: string) => void;
  readonly standardError: (text: string) => void;
  /** Aborted to stop after the record underway. */
  readonly signal: AbortSignal;
}

/**
 * Runs the tool for dead letters. Never throws: what goes wrong is one sentence on standard error.
 *
 * @param args - the command line, without node and script
 * @returns the exit code: 0, 1 for a failure, 2 for a command line that makes no sense, 130 when interrupted
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { standardOutput, standardError, signal } = surroundings;
  try {
    const command = parseCommandLine(args);
    if (command.name === 'help') {
      standardOutput(usage);
      return SUCCESS;
    }
    const complete = await execute(command, surroundings);
    if (complete) return SUCCESS;
  } catch (error) {
    if (error instanceof UsageError) {
      standardError(`${error.message}\n\n${usage}`);
      return USAGE;
    }
    // What stops an interrupted run is the interruption.
    if (!signal.aborted || !isAbort(error)) standardError(`${errorMessage(error)}\n`);
    else standardError('Interrupted\n');
  }
  return signal.aborted ? INTERRUPTED : FAILURE;
}

async function execute(
  command: ClusterCommand,
  { environment, standardOutput, standardError, signal }: Surroundings,
): Promise<boolean> {
  const configuration = kafkaConfiguration({
    ...environment,
    ...(command.brokers !== undefined && { KAFKA_BROKERS: command.brokers }),
    ...(command.auth !== undefined && { KAFKA_AUTH: command.auth }),
  });
  // Retries are no news here, so only what LOG_LEVEL asks for is logged.
  const log = createLog({ write: standardError, ...(environment.LOG_LEVEL ? {} : { level: 'error' }) });
  const line = (text: string): void => standardOutput(`${text}\n`);
  const problem = (text: string): void => standardError(`${text}\n`);
  const output: Output = { line, note: command.json ? problem : line, problem };
  const { send, disconnect } = createSender(configuration, log);

  const executeOn = async (name: string): Promise<boolean> => {
    const topic = await openDeadLetterTopic(configuration, name, log);
    return closing(topic.close, async () => {
      if (command.name === 'replay') return replay(topic, { ...command, send, signal }, output);
      if (command.name === 'list') await list(topic, { ...command, signal }, output);
      else await show(topic, command, output);
      return true;
    });
  };

  const names = deadLetterTopics(command, environment);
  /** One topic of several that is missing leaves the others alone. */
  const passOver = (error: unknown): boolean => {
    if (names.length === 1 || !(error instanceof ServiceError) || error.code !== 'configuration_error')
      throw error;
    problem(errorMessage(error));
    return false;
  };

  return closing(disconnect, async () => {
    let complete = true;
    for (const name of names) {
      complete = (await executeOn(name).catch(passOver)) && complete;
      if (signal.aborted) return false;
    }
    return complete;
  });
}

/** The dead letter topics that a command is about, as they are named on the cluster. */
function deadLetterTopics(command: ClusterCommand, environment: Environment): readonly string[] {
  if (command.name === 'show') return [command.coordinates.topic];
  const byTopic = new Map<string, string>();
  for (const logical of topics) {
    const name = topicName(logical, environment);
    byTopic.set(logical, deadLetterTopicOf(name)).set(name, deadLetterTopicOf(name));
  }
  const { KAFKA_DEAD_LETTER_TOPIC } = environment;
  const named = command.topic ?? (KAFKA_DEAD_LETTER_TOPIC?.trim() || undefined);
  if (named === undefined) return [...new Set(byTopic.values())];
  return [command.topic === undefined ? named : (byTopic.get(named) ?? named)];
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

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
