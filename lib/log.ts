import { errorMessage, withoutSecrets } from './errors.ts';
import { LineBuffer } from './line-buffer.ts';
import { plainJson } from './plain-json.ts';
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
  const { write, level = logLevel(process.env.LOG_LEVEL), fields = {} } = options;
  const output = write === undefined ? standardOutput : textOutput(write);
  const at =
    (name: LogLevel) =>
    (message: string, extra: LogFields = {}): void => {
      if (levels[name] < levels[level]) return;
      const now = Date.now();
      addLine(output.lines, lineStart(name, now, message, fields), extra);
      output.lineEnded(now);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Where a log writes its lines. */
interface LogOutput {
  readonly lines: LineBuffer;
  readonly lineEnded: (now: number) => void;
}

function textOutput(write: (line: string) => void): LogOutput {
  const lines = new LineBuffer();
  return { lines, lineEnded: () => write(lines.takeText()) };
}

/** @param name - the value of `LOG_LEVEL` */
export function logLevel(name: string | undefined): LogLevel {
  const lower = name?.toLowerCase();
  return lower === 'debug' || lower === 'warn' || lower === 'error' ? lower : 'info';
}

/** What a line begins with: members of its own, and the fields that every line has. */
interface LineStart {
  readonly own: { readonly level: LogLevel; readonly timestamp: string; readonly message: string };
  readonly now: number;
  readonly fields: LogFields;
  /** Without the brace that ends it; undefined when it is not what JSON begins with. */
  readonly json: string | undefined;
}

let lastStart: LineStart | undefined;

/** The lines of a batch begin alike within a millisecond: that is written as JSON once. */
function lineStart(level: LogLevel, now: number, message: string, fields: LogFields): LineStart {
  const last = lastStart;
  const isSame =
    last?.now === now && last.own.message === message && last.own.level === level && last.fields === fields;
  if (isSame) return last;
  const own = { level, timestamp: new Date(now).toISOString(), message };
  const json = serialize(own, fields);
  lastStart = { own, now, fields, json: json.startsWith('{"level":') ? json.slice(0, -1) : undefined };
  return lastStart;
}

function addLine(lines: LineBuffer, { own, fields, json }: LineStart, extra: LogFields): void {
  // Written out: these names are looked up faster than those of a loop.
  const isApart =
    !('level' in extra || 'timestamp' in extra || 'message' in extra) && areApart(fields, extra);
  const rest = isApart ? plainJson(extra) : undefined;
  if (json !== undefined && rest !== undefined) lines.add(json, rest);
  else lines.addWhole(serialize(own, { ...fields, ...extra }));
}

/** Whether no name is in both, which would then stand twice in the line. */
function areApart(one: LogFields, other: LogFields): boolean {
  for (const name in one) if (name in other) return false;
  return true;
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
