import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endProcess } from '../support/end-process.ts';
import { freePort } from '../support/free-port.ts';
import { copyServiceOnFixtures } from '../support/service-on-fixtures.ts';
import { event } from './events.ts';

const POLL_MS = 5;
const TIME_LIMIT_MS = 60_000;
const CONSUMED = '"message":"event consumed"';
/** Of a process that a user started from a shell; Kafka's and this project's own would change what is measured. */
const foreign = /^(KAFKA_|MSK_|HTTP_PORT$|LAMBDA_PORT$|MAPPING_PORT$|LOG_|NODE_)/;

/** A copy of the service on the fixture catalogue, in a folder of its own. */
export interface ServiceCopy {
  readonly directory: string;
  readonly remove: () => void;
}

/** @param change - of serverless.yml */
export function serviceCopy(change: (text: string) => string = (text) => text): ServiceCopy {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const directory = path.join(folder, 'service');
  copyServiceOnFixtures(directory);
  const declaration = path.join(directory, 'serverless.yml');
  writeFileSync(declaration, change(readFileSync(declaration, 'utf8')));
  return { directory, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const allPorts = ['httpPort', 'kafkaPort', 'lambdaPort', 'mappingPort'];

export interface LocalServiceOptions {
  /** What Node.js runs; default: `npm start`. */
  readonly program?: readonly string[];
  /** The ports that it has flags for. */
  readonly ports?: readonly string[];
}

/** A service that runs on this machine, as its user starts it, in a process of its own. */
export class LocalService {
  /** Events that the function has logged. */
  consumed = 0;
  readonly kafka: string;
  readonly #httpPort: number | undefined;
  readonly #child: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true });
  #errors = '';
  /** What may be the beginning of {@link CONSUMED}. */
  #rest = '';
  readonly #waiting = new Set<() => void>();

  private constructor(child: ChildProcess, httpPort: number | undefined, kafkaPort: number | undefined) {
    this.#child = child;
    this.#httpPort = httpPort;
    this.kafka = `localhost:${kafkaPort}`;
    child.stdout?.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#errors += bytes;
    });
  }

  /** Runs `npm start`, or another program, and waits until it has answered a request. */
  static async start(directory: string, options: LocalServiceOptions = {}): Promise<LocalService> {
    const { program = ['lib/local/start/npm-start.cjs'], ports = allPorts } = options;
    const chosen = new Map<string, number>();
    for (const name of ports) chosen.set(name, await freePort());
    const flags = [...chosen].flatMap(([name, port]) => [`--${name}`, String(port)]);
    const child = spawnService(directory, [...program, ...flags]);
    const service = new LocalService(child, chosen.get('httpPort'), chosen.get('kafkaPort'));
    try {
      await service.answers();
      return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  /** Waits until the process listens, and has taken an event. */
  async answers(): Promise<void> {
    const deadline = Date.now() + TIME_LIMIT_MS;
    for (;;) {
      try {
        await this.post(1);
        return;
      } catch (error) {
        if (this.#child.exitCode !== null || Date.now() > deadline) {
          throw new Error(`the service does not answer\n${this.#errors}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  /**
   * Posts events in one request.
   *
   * @throws Error when they are not accepted
   */
  async post(count: number): Promise<void> {
    const body = bodyOf(count);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(
        {
          host: 'localhost',
          port: this.#httpPort,
          path: '/events',
          method: 'POST',
          headers,
          agent: this.#agent,
        },
        (response) => response.resume().on('end', () => resolve(response.statusCode)),
      );
      sent.on('error', reject).end(body);
    });
    if (status !== 202) throw new Error(`events were answered with ${status}`);
  }

  /** Waits until the function has logged that many events since the start. */
  async hasConsumed(count: number): Promise<void> {
    if (this.consumed >= count) return;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (this.consumed < count) return;
        clearTimeout(tooLate);
        this.#waiting.delete(check);
        resolve();
      };
      const tooLate = setTimeout(
        () => reject(new Error(`only ${this.consumed} events of ${count} were consumed`)),
        TIME_LIMIT_MS,
      );
      this.#waiting.add(check);
    });
  }

  /** Resident memory of the process, in megabytes. */
  memory(): number {
    return (
      Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)], { encoding: 'utf8' })) / 1024
    );
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await endProcess(this.#child);
  }

  #read(text: string): void {
    const before = this.consumed;
    const searched = this.#rest + text;
    let at = searched.indexOf(CONSUMED);
    let end = 0;
    while (at >= 0) {
      this.consumed++;
      end = at + CONSUMED.length;
      at = searched.indexOf(CONSUMED, end);
    }
    this.#rest = searched.slice(Math.max(end, searched.length - CONSUMED.length + 1));
    if (this.consumed > before) for (const check of this.#waiting) check();
  }
}

/** Runs a program of Node.js in the folder of a service. */
function spawnService(directory: string, args: readonly string[]): ChildProcess {
  const environment = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return spawn(process.execPath, args, {
    cwd: directory,
    env: Object.fromEntries(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const bodies = new Map<number, string>();

function bodyOf(count: number): string {
  const known = bodies.get(count);
  if (known !== undefined) return known;
  const events = Array.from({ length: count }, (_, id) => {
    const { type, data } = event(id);
    return { type, data };
  });
  const body = JSON.stringify(events);
  bodies.set(count, body);
  return body;
}
