import type { Context } from 'aws-lambda';
import { errorMessage } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { Environment } from '../kafka/configuration.ts';
import { createLog, type Log } from '../log.ts';
import { type Asked, parseCommandLine } from './command-line.ts';
import { commands } from './commands.ts';
import { helpOf } from './help.ts';
import { UsageError } from './usage-error.ts';

/** Time of the function reserved to finish the current record (lib/operate/budget.ts), leave the group and answer. */
const MARGIN_MS = 20_000;
/**
 * Default of `--seconds` for a list or a replay. `serverless invoke` gives up after two minutes without an answer and
 * invokes again, unless AWS_CLIENT_TIMEOUT (in ms) is longer.
 */
const DEFAULT_SECONDS = 90;
/** The answer may have 6 MB: AWS Lambda Developer Guide, "Lambda quotas". A line has at most about 1.5 MB. */
const MAX_RESULT_BYTES = 4_000_000;

/** What the function answers. */
export interface OperateAnswer {
  /** Whether all that was asked for was done. */
  readonly ok: boolean;
  /** One object for each line of the command line tool with `--json`. */
  readonly results: readonly unknown[];
  /** Remarks on the results, as text. */
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

type OperateHandler = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<OperateAnswer>;

/**
 * Creates the function of the operator, for a cluster that can only be reached from inside its VPC. Its event is
 * a string with the command line of lib/operate/command-line.ts, or `{"command": "…"}` with such a string. The answer names a
 * failure beside the results from before it.
 */
export function operateHandler(
  log: Log = createLog(),
  environment: Environment = process.env,
): OperateHandler {
  return async (event, context) => {
    const results: unknown[] = [];
    const notes: string[] = [];
    const problems: string[] = [];
    let ok = false;
    try {
      const asked = parseCommandLine(wordsOf(event), commands, environment);
      if (asked.name === 'help') return { ok: true, results, notes: helpLines(asked.command), problems };
      refuseOtherCluster(asked);
      const timeLeftMs = Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS);
      ok = await asked.command.execute(asked.options, {
        environment: asked.environment,
        output: {
          result: (value) => {
            results.push(value);
            return Buffer.byteLength(JSON.stringify(value));
          },
          note: (text) => notes.push(text),
          problem: (text) => problems.push(text),
          progress: () => {},
        },
        log,
        // Stops before the function times out in the middle of a record.
        signal: AbortSignal.timeout(timeLeftMs),
        maxBytes: MAX_RESULT_BYTES,
        defaultSeconds: DEFAULT_SECONDS,
        deadline: Date.now() + timeLeftMs,
      });
    } catch (error) {
      problems.push(errorMessage(error));
      if (error instanceof UsageError) notes.push(...helpLines(error.command));
    }
    log.info('operated', { command: commandIn(event), ok, notes, problems });
    return { ok, results, notes, problems };
  };
}

/** A string needs no quotes inside quotes, which every shell treats in another way. */
function commandIn(event: unknown): unknown {
  return isJsonObject(event) ? event.command : event;
}

function wordsOf(event: unknown): string[] {
  const command = commandIn(event);
  if (typeof command !== 'string') {
    throw new UsageError('The event must be a command, for example "dead-letters list"');
  }
  return command.split(/\s+/).filter((word) => word !== '');
}

function helpLines(command: string | undefined): string[] {
  return helpOf(commands, command).trimEnd().split('\n');
}

/** The function works on its own cluster only: another one would receive its credentials. */
function refuseOtherCluster({ clusterFlags }: Extract<Asked, { name: 'execute' }>): void {
  if (clusterFlags.length > 0) {
    throw new UsageError('The function has its own cluster: leave --brokers and --auth out');
  }
}
