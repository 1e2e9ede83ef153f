import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { endProcess } from '../support/end-process.ts';
import { freePort } from '../support/free-port.ts';
import type { Ground } from './attack.ts';

const root = resolve(__dirname, '../..');
/** Starting includes bundling the functions. */
const START_DEADLINE_MS = 60_000;
/** The last line of what it says when it is up begins so. */
const UP = 'Kafka  ';

/** `npm start` in a process of its own, with its output read as it comes. */
export class NpmStart {
  readonly httpPort: number;
  readonly lambdaPort: number;
  readonly mappingPort: number;
  readonly kafkaPort: number;
  readonly #process: ChildProcess;
  #consumed = 0;
  #rest = '';
  #head = '';

  private constructor(ports: readonly [number, number, number, number], child: ChildProcess) {
    [this.httpPort, this.lambdaPort, this.mappingPort, this.kafkaPort] = ports;
    this.#process = child;
    const read = (chunk: unknown) => this.#read(String(chunk));
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  }

  /** Resolves when everything is up. */
  static async start(ground: Ground): Promise<NpmStart> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
    const [httpPort, lambdaPort, mappingPort, kafkaPort] = ports;
    const settings = { httpPort, lambdaPort, mappingPort, kafkaPort, dataDirectory: ground.directory() };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(process.execPath, [join(root, 'lib/local/start/npm-start.cjs'), ...flags], {
      cwd: root,
    });
    ground.after(() => endProcess(child));
    const started = new NpmStart(ports, child);
    await started.until('the start', () => started.#head.includes(UP), START_DEADLINE_MS);
    return started;
  }

  /** Events that the functions say they have consumed. */
  get consumed(): number {
    return this.#consumed;
  }

  /** @throws when the process has ended */
  expectAlive(): void {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`npm start has ended with ${exitCode ?? signalCode}: ${this.#head.slice(-2_000)}`);
    }
  }

  /** Waits for a condition. */
  async until(what: string, condition: () => boolean, deadlineMs: number): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    while (!condition()) {
      this.expectAlive();
      if (Date.now() > deadline) throw new Error(`${what} takes more than ${deadlineMs} ms`);
      await new Promise((wait) => setTimeout(wait, 20));
    }
  }

  /** Resident memory of the process, in MiB. */
  get memory(): number {
    this.expectAlive();
    const kibibytes = execFileSync('ps', ['-o', 'rss=', '-p', String(this.#process.pid)], {
      encoding: 'utf8',
    });
    return Math.round(Number(kibibytes) / 2 ** 10);
  }

  #read(text: string): void {
    if (this.#head.length < 100_000) this.#head += text;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.includes('"event consumed"')) this.#consumed++;
  }
}
