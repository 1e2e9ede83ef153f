import { createLog, type Log } from '../log.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A log that keeps its lines, parsed, and adds them to `lines` if that is given. */
export function recordingLog(
  fields: Record<string, unknown> = {},
  lines: LogLine[] = [],
): Log & { readonly lines: LogLine[] } {
  const log = createLog({ write: (line) => lines.push(JSON.parse(line)), level: 'debug', fields });
  return { ...log, lines };
}
