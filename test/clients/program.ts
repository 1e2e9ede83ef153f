import { spawn } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

export const root = resolve(__dirname, '../..');
/** Where everything is installed that the machine does not have. */
export const cache = resolve(root, '.cache');

export interface ProgramOptions {
  /** What goes to its standard input. */
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Then it is killed; default 90,000. */
  readonly deadlineMs?: number;
  /** How to get it. */
  readonly install?: string;
}

const DEADLINE_MS = 90_000;

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to its standard output
 * @throws when it is missing, with how to get it, and when it fails or takes too long, with what it wrote
 */
export function run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { input = '', cwd = root, env = {}, deadlineMs = DEADLINE_MS, install = '' } = options;
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.on('error', (cause) => {
      clearTimeout(timer);
      failed(new Error(`${command} is missing${install && `: ${install}`}`, { cause }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) done(stdout);
      else {
        const end = signal ? `was killed after ${deadlineMs} ms` : `ended with ${code}`;
        failed(new Error(`${[command, ...args].join(' ')} ${end}\n${stdout}${stderr}`));
      }
    });
    // A program that ends without reading is judged by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Runs a Java program, a main class or a source file, with the jars of a folder. */
export function java(
  jars: string,
  program: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const settings = ['-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
  const classpath = ['-cp', [`${jars}/*`].join(delimiter)];
  return run('java', [...settings, ...classpath, ...program], {
    install: 'apt-get install openjdk-17-jdk-headless',
    ...options,
  });
}
