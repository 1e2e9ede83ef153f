import { errorMessage, withoutSecrets } from './errors.ts';
import { JsonWriter } from './json-writer.ts';
import { sourceStack } from './source-stack.ts';
import { standardOutput } from './standard-output.ts';
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
  /** Receives whole lines, newline included. Default: standard output, once the function has done what it can without waiting. */
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
  const { write, level = levelOf(process.env.LOG_LEVEL), fields = {} } = options;
  const output = write === undefined ? standardOutput : textOutput(write);
  const at =
    (name: LogLevel) =>
    (message: string, extra: LogFields = {}): void => {
      if (levels[name] < levels[level]) return;
      writeLine(output.writer, { level: name, timestamp: timestamp(), message }, fields, extra);
      output.lineEnded();
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Where a log writes its lines. */
interface LogOutput {
  readonly writer: JsonWriter;
  readonly lineEnded: () => void;
}

function textOutput(write: (line: string) => void): LogOutput {
  const writer = new JsonWriter();
  return { writer, lineEnded: () => write(writer.take().toString()) };
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

type LineStart = Readonly<Record<'level' | 'timestamp' | 'message', string>>;

function writeLine(writer: JsonWriter, start: LineStart, fields: LogFields, extra: LogFields): void {
  const before = writer.length;
  if (areApart(start, fields, extra) && isWritten(writer, start, fields, extra)) return;
  writer.truncate(before);
  writer.raw(`${serialize(start, { ...fields, ...extra })}\n`);
}

/** @returns false when the line is of no use, because there is a field that takes a closer look */
function isWritten(writer: JsonWriter, start: LineStart, fields: LogFields, extra: LogFields): boolean {
  try {
    writer.raw(startJson(start));
    if (!writer.members(fields) || !writer.members(extra)) return false;
    writer.raw('}\n');
    return true;
  } catch {
    return false;
  }
}

/** Whether no field has the name of another one, which would then stand twice in the line. */
function areApart(start: LineStart, fields: LogFields, extra: LogFields): boolean {
  for (const name in start) if (name in fields || name in extra) return false;
  for (const name in fields) if (name in extra) return false;
  return true;
}

/** Of the line before: those of a batch begin alike within a millisecond. */
let lastStart: LineStart = { level: '', timestamp: '', message: '' };
let lastStartJson = '';

/** What stands in front of the fields. */
function startJson(start: LineStart): string {
  const { level, timestamp, message } = lastStart;
  const isSame = start.timestamp === timestamp && start.message === message && start.level === level;
  if (!isSame) {
    lastStartJson = printableJson(JSON.stringify(start)).slice(0, -1);
    lastStart = start;
  }
  return lastStartJson;
}

/** Logging never fails: fields that JSON cannot hold are left out, and the line says so. */
function serialize(start: LogFields, fields: LogFields): string {
  try {
    // `start` comes twice: first for the order, last so that no field replaces level, timestamp or message.
    return printableJson(JSON.stringify({ ...start, ...fields, ...start }, describeErrors));
  } catch (error) {
    return printableJson(JSON.stringify({ ...start, fieldsLost: errorMessage(error) }));
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
