import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { eventually } from '../../lib/testing/eventually.ts';
import { endProcess } from './end-process.ts';
import { freePort } from './free-port.ts';
import { serviceOnFixtures } from './service-on-fixtures.ts';

const root = resolve(__dirname, '../..');

/** Starting includes bundling the handlers; on a busy machine that takes its time. */
const START_DEADLINE_MS = 100_000;
/** What Ctrl-C may take. */
const STOP_DEADLINE_MS = 30_000;

export interface Ports {
  httpPort: number;
  lambdaPort: number;
  mappingPort: number;
  kafkaPort: number;
}

/** `serverless offline` as a user would run it. */
export interface OfflineProcess {
  readonly ports: Ports;
  /** Of the service. */
  readonly directory: string;
  readonly pid: number | undefined;
  /** Everything it has written. */
  output(): string;
  /** JSON lines on standard output with this message. */
  lines(message: string): Record<string, unknown>[];
  /** Waits until it says that it is up. */
  started(): Promise<void>;
  /** Waits until it has ended by itself. */
  ended(): Promise<number | null>;
  /** Sends the signal and waits until it has ended. */
  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

const running = new Set<ChildProcess>();
let copy: ReturnType<typeof serviceOnFixtures> | undefined;
afterAll(async () => {
  await Promise.all([...running].map(endProcess));
  copy?.remove();
  copy = undefined;
});

/** One for the test file. */
function copyOfService(): string {
  copy ??= serviceOnFixtures();
  return copy.directory;
}

/**
 * Runs `serverless offline start` in a process of its own, which does not outlive the test file.
 *
 * @param options - `command`: instead of `offline start`, or `npm start` itself; `flags` and `environment` are added; `directory`: of the
 *   service, by default a copy of this one on the fixture catalogue; `nodeFlags`: of Node.js, for example `--inspect`
 */
export function startOffline(
  ports: Ports,
  options: {
    command?: string[] | 'npm start';
    flags?: string[];
    environment?: Record<string, string>;
    directory?: string;
    nodeFlags?: string[];
  } = {},
): OfflineProcess {
  const {
    command = ['offline', 'start'],
    flags = [],
    environment = {},
    directory = copyOfService(),
    nodeFlags = [],
  } = options;
  const portFlags = Object.entries(ports).flatMap(([name, port]) => [`--${name}`, String(port)]);
  const program =
    command === 'npm start'
      ? [join(directory, 'lib/local/start/npm-start.cjs')]
      : [join(root, 'node_modules/serverless/bin/serverless.js'), ...command];
  const child = spawn(process.execPath, [...nodeFlags, ...program, ...portFlags, ...flags], {
    cwd: directory,
    env: { ...process.env, ...environment },
  });
  running.add(child);
  let standardOutput = '';
  let output = '';
  child.stdout.on('data', (chunk) => {
    standardOutput += chunk;
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const exit = once(child, 'close').then(([code]) => {
    running.delete(child);
    return typeof code === 'number' ? code : null;
  });
  const ended = (deadlineMs: number) =>
    eventually(`end of serverless offline\n${output}`, () => !running.has(child), deadlineMs).then(
      () => exit,
    );

  return {
    ports,
    directory,
    pid: child.pid,
    output: () => output,
    lines: (message) => jsonLines(standardOutput).filter((line) => line.message === message),
    started: async () => {
      await eventually(
        'start of serverless offline',
        () => {
          if (!running.has(child)) throw new Error(`serverless offline has ended\n${output}`);
          return output.includes('Kafka  ');
        },
        START_DEADLINE_MS,
      );
    },
    ended: () => ended(START_DEADLINE_MS),
    stop: (signal) => {
      child.kill(signal);
      return ended(STOP_DEADLINE_MS);
    },
  };
}

/** Ports that nothing listens on. */
export async function freePorts(): Promise<Ports> {
  return {
    httpPort: await freePort(),
    lambdaPort: await freePort(),
    mappingPort: await freePort(),
    kafkaPort: await freePort(),
  };
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed: unknown = JSON.parse(line);
      return typeof parsed === 'object' && parsed !== null
        ? [Object.fromEntries(Object.entries(parsed))]
        : [];
    } catch {
      return [];
    }
  });
}
