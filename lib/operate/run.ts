import { errorMessage } from '../errors.ts';
import type { Environment } from '../kafka/configuration.ts';
import { createLog } from '../log.ts';
import { printableJson } from '../unprintable.ts';
import { type Asked, parseCommandLine } from './command-line.ts';
import type { ConsumedTopic } from './consumers.ts';
import { helpOf } from './help.ts';
import type { Output } from './output.ts';
import { UsageError } from './usage-error.ts';
import { workstationCommands } from './workstation/commands.ts';

/** Exit codes of the tool. After an interruption it exits like any process that received SIGINT. */
const SUCCESS = 0;
const FAILURE = 1;
const USAGE = 2;
const INTERRUPTED = 130;

/** Between two lines about the progress, and before the first. */
const PROGRESS_MS = 5_000;

/** The process that the tool runs in. */
export interface Surroundings {
  readonly environment: Environment;
  /** Whole texts, newline included. */
  readonly standardOutput: (text: string) => void;
  readonly standardError: (text: string) => void;
  /** What is piped in; absent for nothing. */
  readonly standardInput?: () => AsyncIterable<Buffer>;
  /** Aborted to stop after the current record. */
  readonly signal: AbortSignal;
  /**
   * The topics that functions of serverless.yml read; absent: all of the catalogue.
   *
   * @param topicPrefix - of the names on the cluster
   */
  readonly declaredConsumers?: (topicPrefix?: string) => Promise<readonly ConsumedTopic[]>;
}

/**
 * Runs the operator's tool on the command line. Never throws: what goes wrong is one sentence on standard error.
 *
 * @param args - the command line, without node and script
 * @returns the exit code: 0, 1 for a failure, 2 for a wrong command line, 130 when interrupted
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, standardOutput, standardError, signal } = surroundings;
  try {
    const asked = parseCommandLine(args, workstationCommands, environment);
    if (asked.name === 'help') {
      standardOutput(helpOf(workstationCommands, asked.command));
      return SUCCESS;
    }
    if (await execute(asked, surroundings)) return SUCCESS;
  } catch (error) {
    if (error instanceof UsageError) {
      standardError(`${error.message}\n\n${helpOf(workstationCommands, error.command)}`);
      return USAGE;
    }
    // After an interruption, the error of the abort is not a failure.
    if (!signal.aborted || !isAbort(error)) standardError(`${errorMessage(error)}\n`);
    else standardError('Interrupted\n');
  }
  return signal.aborted ? INTERRUPTED : FAILURE;
}

function execute(
  { command, options, environment, json }: Extract<Asked, { name: 'execute' }>,
  { standardOutput, standardError, standardInput, signal, declaredConsumers }: Surroundings,
): Promise<boolean> {
  return command.execute(options, {
    environment,
    output: outputTo(standardOutput, standardError, json),
    // Retries are not worth reporting here, so only what LOG_LEVEL asks for is logged.
    log: createLog({ write: standardError, ...(environment.LOG_LEVEL ? {} : { level: 'error' }) }),
    signal,
    ...(standardInput && { input: standardInput }),
    ...(declaredConsumers && {
      declaredConsumers: () => declaredConsumers(environment.KAFKA_TOPIC_PREFIX),
    }),
  });
}

function outputTo(
  standardOutput: (text: string) => void,
  standardError: (text: string) => void,
  json: boolean,
): Output {
  let progressAt = Date.now() + PROGRESS_MS;
  const problem = (text: string): void => standardError(`${text}\n`);
  return {
    result: (value, text) => {
      const line = json ? printableJson(JSON.stringify(value)) : text();
      standardOutput(`${line}\n`);
      return Buffer.byteLength(line);
    },
    note: json ? problem : (text) => standardOutput(`${text}\n`),
    problem,
    progress: (text) => {
      if (Date.now() < progressAt) return;
      progressAt = Date.now() + PROGRESS_MS;
      problem(text);
    },
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
