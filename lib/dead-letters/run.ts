import { errorMessage } from '../errors.ts';
import { type Environment, type KafkaConfiguration, kafkaConfiguration } from '../kafka/configuration.ts';
import { openProducer } from '../kafka/producer/open-producer.ts';
import { createLog, type Log } from '../log.ts';
import { type Command, parseCommandLine, UsageError, usage } from './command-line.ts';
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
  command: Exclude<Command, { name: 'help' }>,
  { environment, standardOutput, standardError, signal }: Surroundings,
): Promise<boolean> {
  const configuration = kafkaConfiguration(environment);
  // Retries are no news here, so only what LOG_LEVEL asks for is logged.
  const log = createLog({ write: standardError, ...(environment.LOG_LEVEL ? {} : { level: 'error' }) });
  const line = (text: string): void => standardOutput(`${text}\n`);
  const problem = (text: string): void => standardError(`${text}\n`);
  const output: Output = { line, note: command.json ? problem : line, problem };
  const topic = await openDeadLetterTopic(configuration, topicOf(command, environment), log);
  try {
    if (command.name === 'list') await list(topic, { ...command, signal }, output);
    else if (command.name === 'show') await show(topic, command, output);
    else {
      const { send, disconnect } = createSender(configuration, log);
      try {
        return await replay(topic, { ...command, send, signal }, output);
      } finally {
        await disconnect();
      }
    }
    return true;
  } finally {
    await topic.close();
  }
}

function topicOf(command: Exclude<Command, { name: 'help' }>, environment: Environment): string {
  const topic = environment.KAFKA_TOPIC?.trim() || 'events';
  const named = command.name === 'show' ? command.coordinates.topic : command.topic;
  return named ?? (environment.KAFKA_DEAD_LETTER_TOPIC?.trim() || `${topic}.dlq`);
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
