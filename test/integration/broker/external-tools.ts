import { spawn, spawnSync } from 'node:child_process';

export interface ToolResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; `input` goes to its standard input. */
export function run(command: string, args: readonly string[], input = ''): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}

/** The first of these commands that runs successfully, e.g. asked for its version. */
export function firstWorking(candidates: readonly (readonly [string, ...string[]])[]): string | undefined {
  return candidates.find(([command, ...args]) => spawnSync(command, args).status === 0)?.[0];
}

/**
 * Declares tests that need a program. Without it they fail, or, with ALLOW_MISSING_TOOLS=1, one visible notice says
 * how many were not run.
 *
 * @param command absent: the program is not there
 * @param install how to get it
 */
export function describeWithTool(
  tool: string,
  command: string | undefined,
  install: string,
  tests: Readonly<Record<string, (command: string) => Promise<void>>>,
): void {
  const names = Object.keys(tests);
  if (command === undefined && process.env.ALLOW_MISSING_TOOLS === '1') {
    test(`${tool} is not installed: ${names.length} checks not run`, () => {
      process.stderr.write(`${tool} is not installed: ${names.length} checks not run (${install})\n`);
    });
    return;
  }
  describe(tool, () => {
    test.each(names)('%s', async (name) => {
      if (command === undefined) {
        throw new Error(`${tool} is not installed: ${install}, or accept that with ALLOW_MISSING_TOOLS=1`);
      }
      await tests[name]?.(command);
    });
  });
}
