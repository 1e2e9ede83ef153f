import type { HandlerOutput } from '../function/function-sandbox.ts';
import type { LocalSettings } from './settings.ts';
import { createTerminalLog } from './terminal-log.ts';

/** Where log lines and what handlers print go. */
export interface Output {
  /** One or several whole lines. */
  readonly write: (text: string) => void;
  readonly handler: HandlerOutput;
}

/** Standard output and standard error: readable lines on a terminal or with `--log text`, else unchanged. */
export function standardOutput({ log }: Pick<LocalSettings, 'log'>): Output {
  const { stdout, stderr } = process;
  const isForEyes = (stream: { isTTY?: boolean }) =>
    log === 'text' || (log !== 'json' && stream.isTTY === true);
  const toOutput = isForEyes(stdout) ? createTerminalLog((text) => stdout.write(text)) : undefined;
  const toError = isForEyes(stderr) ? createTerminalLog((text) => stderr.write(text)) : undefined;
  return {
    write: toOutput ?? ((text) => stdout.write(text)),
    handler: {
      stdout: (bytes) => (toOutput ? toOutput(Buffer.from(bytes).toString()) : stdout.write(bytes)),
      stderr: (bytes) => (toError ? toError(Buffer.from(bytes).toString()) : stderr.write(bytes)),
    },
  };
}
