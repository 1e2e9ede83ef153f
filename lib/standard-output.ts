import { LineBuffer } from './line-buffer.ts';

/** What a pipe of Linux takes at once: pipe(7). */
const MAX_WAITING_BYTES = 65_536;
/** Work that does not wait for anything, and takes long, should still be seen at work. */
const MAX_WAITING_MS = 100;

const lines = new LineBuffer();
let waitingSince = 0;
let hasBegun = false;
let isWaiting = false;
/** Gives the stream its own `write` back. */
let restore = (): void => {};

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
  restore = delayWrites();
}

/**
 * Has what else is printed keep its place behind the lines. The stream is opened here, with the first line, because that takes as
 * long as loading a module.
 */
function delayWrites(): () => void {
  const { stdout } = process;
  const { write } = stdout;
  // It calls the one it replaces, and not the stream's, which may be one that was put around this one, and calls it.
  const writeAfterLines = (...args: readonly unknown[]): unknown => {
    flush();
    return Reflect.apply(write, stdout, args);
  };
  Object.assign(stdout, { write: writeAfterLines });
  return () => {
    if (Reflect.get(stdout, 'write') === writeAfterLines) Object.assign(stdout, { write });
  };
}

function flush(): void {
  if (!isWaiting) return;
  isWaiting = false;
  restore();
  process.stdout.write(lines.take());
}
