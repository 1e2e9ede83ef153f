import { errorMessage } from '../errors.ts';
import type { Environment } from '../kafka/configuration.ts';
import { createLog } from '../log.ts';
import { type ClusterCommand, parseCommandLine, UsageError, usage } from './command-line.ts';
import { execute } from './execute.ts';

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
 * Runs the operator's tool on the command line. Never throws: what goes wrong is one sentence on standard error.
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
    if (await executeHere(command, surroundings)) return SUCCESS;
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

function executeHere(
  command: ClusterCommand,
  { environment, standardOutput, standardError, signal }: Surroundings,
): Promise<boolean> {
  const line = (text: string): void => standardOutput(`${text}\n`);
  const problem = (text: string): void => standardError(`${text}\n`);
  return execute(command, {
    environment,
    output: { line, note: command.json ? problem : line, problem },
    // Retries are no news here, so only what LOG_LEVEL asks for is logged.
    log: createLog({ write: standardError, ...(environment.LOG_LEVEL ? {} : { level: 'error' }) }),
    signal,
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
