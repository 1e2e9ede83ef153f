import { LineBuffer } from './line-buffer.ts';

/** What a pipe of Linux takes at once: pipe(7). */
const MAX_WAITING_BYTES = 65_536;
/** Work that does not wait for anything, and takes long, should still be seen at work. */
const MAX_WAITING_MS = 100;

const lines = new LineBuffer();
let waitingSince = 0;
let hasBegun = false;
let isWaiting = false;
/** The stream's own; the stream itself is opened with the first line, because that takes as long as loading a module. */
let write: NodeJS.WriteStream['write'] | undefined;

/**
 * Standard output for log lines. A write takes as long as a line, so the lines that are logged without a turn of the event
 * loop between them, as by a batch of records, are written at once: when the function waits for something or has returned
 * or thrown, before anything else is written there, when the process exits, and past a size or a time. What is lost is only
 * the lines of the last tenth of a second before work that never gives way and is killed.
 */
export const standardOutput = {
  lines,
  /**
   * To be called when the lines hold a whole line.
   *
   * @param now - milliseconds since epoch
   */
  lineEnded: (now: number): void => {
    if (!isWaiting) wait(now);
    else if (lines.length >= MAX_WAITING_BYTES || now - waitingSince > MAX_WAITING_MS) flush();
  },
};

function wait(now: number): void {
  isWaiting = true;
  waitingSince = now;
  queueMicrotask(flush);
  if (!hasBegun) process.on('exit', flush);
  hasBegun = true;
  const { stdout } = process;
  write = stdout.write;
  Object.assign(stdout, { write: writeAfterLines });
}

/** Replaces the stream's own while lines wait, so that what else is printed keeps its place behind them. */
function writeAfterLines(...args: readonly unknown[]): unknown {
  flush();
  return Reflect.apply(process.stdout.write, process.stdout, args);
}

function flush(): void {
  if (!isWaiting) return;
  isWaiting = false;
  const { stdout } = process;
  if (Reflect.get(stdout, 'write') === writeAfterLines) Object.assign(stdout, { write });
  stdout.write(lines.take());
}
