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
 * name, message, code and cause, never with enumerable extras that could hold a secret.
 *
 * @param options - see {@link LogOptions}
 */
export function createLog(options: LogOptions = {}): Log {
  const { write = writeToStandardOutput, level = levelOf(process.env.LOG_LEVEL), fields } = options;
  const at =
    (name: LogLevel) =>
    (message: string, extra?: LogFields): void => {
      if (levels[name] < levels[level]) return;
      const line = { level: name, timestamp: new Date().toISOString(), message, ...fields, ...extra };
      write(`${JSON.stringify(line, describeErrors)}\n`);
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

function describeErrors(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const code = 'code' in value ? value.code : undefined;
  return { name: value.name, message: value.message, code, cause: value.cause };
}
