import { run } from './run.ts';
import { declaredConsumers } from './workstation/declared-consumers.ts';

/** npm repeats the Ctrl-C that the terminal already sent. Only a second one after this time means "at once". */
const SAME_INTERRUPT_MS = 1_000;

const interruption = new AbortController();
let interruptedAt = Number.POSITIVE_INFINITY;

const interrupt = (): void => {
  if (Date.now() - interruptedAt > SAME_INTERRUPT_MS) process.exit(130);
  if (!interruption.signal.aborted) interruptedAt = Date.now();
  interruption.abort();
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

// A reader that stops early, such as head, is not a failure.
process.stdout.on('error', () => process.exit());

void run(process.argv.slice(2), {
  environment: process.env,
  standardOutput: (text) => void process.stdout.write(text),
  standardError: (text) => void process.stderr.write(text),
  standardInput: () => {
    if (process.stdin.isTTY) process.stderr.write('Reading standard input, which ends with Ctrl-D\n');
    return process.stdin;
  },
  signal: interruption.signal,
  declaredConsumers,
}).then((exitCode) => {
  process.exitCode = exitCode;
  // What still waits for input would keep the process alive.
  if (process.stdin.listenerCount('readable') > 0) process.stdin.destroy();
});
