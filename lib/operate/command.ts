import type { Environment } from '../kafka/configuration.ts';
import type { Log } from '../log.ts';
import type { ConsumerSource } from './consumers.ts';
import type { Line } from './line.ts';
import type { Output } from './output.ts';

/** A flag of a command. */
export interface Flag {
  /** What stands for its value in the help, for example `<topic>`; a flag without it takes no value. */
  readonly value?: string;
  readonly says: string;
  /** One letter. */
  readonly short?: string;
}

/** Flags by name, without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** What a command is executed with. */
export interface Execution extends ConsumerSource {
  /** With what the flags say of the cluster. */
  readonly environment: Environment;
  readonly output: Output;
  readonly log: Log;
  /** Aborted to stop after the current record. */
  readonly signal: AbortSignal;
  /** What `output` may be given, in bytes; without limit unless told. */
  readonly maxBytes?: number;
  /** How long a command may take that bounds its time, unless it is told otherwise. */
  readonly defaultSeconds?: number;
  /** Milliseconds since epoch: no record is begun after it. */
  readonly deadline?: number;
  /** What is piped into the command; absent where there is nothing, as in a function. */
  readonly input?: () => AsyncIterable<Buffer>;
}

/** Something to do with a cluster: one file of lib/operate/commands each, and one line in a table. */
export interface Command<Options = unknown> {
  /** One word or more, for example `dead-letters list`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, for the help. */
  readonly words?: string;
  readonly flags: Flags;
  /** Lines that the help ends with. */
  readonly notes?: readonly string[];
  /**
   * Reads what follows the name on the command line.
   *
   * @throws UsageError
   */
  read(line: Line): Options;
  /**
   * @returns whether all that was asked for was done
   * @throws Error when it cannot be done at all
   */
  execute(options: Options, execution: Execution): Promise<boolean>;
}
