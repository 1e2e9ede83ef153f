import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Far longer than Ctrl-C takes. */
const DEADLINE_MS = 30_000;

/**
 * Ends a program as Ctrl-C does, unless it has ended; or, when that takes too long, at once. `npm start` keeps what it has
 * compiled and ends the process of esbuild, which waits for ever when its parent is killed in the middle of a build.
 */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  const tooLate = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  await exit;
  clearTimeout(tooLate);
}
