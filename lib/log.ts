import { errorMessage, withoutSecrets } from './errors.ts';
import { sourceStack } from './source-stack.ts';
import { printableJson } from './unprintable.ts';

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;

export type LogLevel = keyof typeof levels;
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go: one call, one JSON line. */
export interface Log {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

export interface LogOptions {
  /** Receives whole lines, newline included. Default: standard output. */
  readonly write?: (line: string) => void;
  /** Lines below this level are dropped. Default: `LOG_LEVEL`, else `info`. */
  readonly level?: LogLevel;
  /** Fields that every line carries, for example `requestId`. */
  readonly fields?: LogFields;
}

/**
 * Creates a log of JSON lines: `{"level","timestamp","message",…fields}`. An `Error` among the fields is written as its
 * name, message, code and cause (and stack where it has no code), never with enumerable extras that could hold a secret.
 *
 * @param options - see {@link LogOptions}
 */
export function createLog(options: LogOptions = {}): Log {
  const { write = writeToStandardOutput, level = levelOf(process.env.LOG_LEVEL), fields } = options;
  const at =
    (name: LogLevel) =>
    (message: string, extra?: LogFields): void => {
      if (levels[name] < levels[level]) return;
      const line = { level: name, timestamp: timestamp(), message };
      write(`${serialize(line, { ...fields, ...extra })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function writeToStandardOutput(line: string): void {
  process.stdout.write(line);
}

function levelOf(name: string | undefined): LogLevel {
  const lower = name?.toLowerCase();
  return lower === 'debug' || lower === 'warn' || lower === 'error' ? lower : 'info';
}

let lastTime = 0;
let lastTimestamp = '';

/** The current time as text, formatted once per millisecond. */
function timestamp(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastTimestamp = new Date(now).toISOString();
  }
  return lastTimestamp;
}

/** Logging never fails: fields that JSON cannot hold are left out, and the line says so. */
function serialize(line: LogFields, fields: LogFields): string {
  try {
    // `line` comes twice: first for the order, last so that no field replaces level, timestamp or message.
    const whole = { ...line, ...fields, ...line };
    // A replacer is called for every value, which takes three times as long.
    return printableJson(JSON.stringify(whole, needsDescription(fields) ? describeErrors : undefined));
  } catch (error) {
    return printableJson(JSON.stringify({ ...line, fieldsLost: errorMessage(error) }));
  }
}

/** `this` holds the original value: an error with its own `toJSON` could expose everything it has. */
function describeErrors(this: Record<string, unknown>, key: string, serialized: unknown): unknown {
  if (typeof serialized === 'bigint') return serialized.toString();
  const value = this[key];
  if (!(value instanceof Error)) return serialized;
  const { name, cause, stack } = value;
  const code = 'code' in value ? value.code : undefined;
  return {
    name,
    message: errorMessage(value),
    code,
    cause: cause === undefined || cause instanceof Error ? cause : errorMessage(cause),
    // An error without a code is unexpected: its stack leads to the bug.
    stack: code === undefined && stack !== undefined ? withoutSecrets(sourceStack(stack)) : undefined,
  };
}

/** Whether a value holds something that JSON cannot, or should not, represent. */
function needsDescription(value: unknown): boolean {
  if (typeof value === 'bigint') return true;
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Error || Object.values(value).some(needsDescription);
}
