import { UserError } from '../errors.ts';

/**
 * Runs a program of `package.json`. What the user can fix ends it with its message and exit code 1; any other error, with its
 * stack.
 */
export function runProgram(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
