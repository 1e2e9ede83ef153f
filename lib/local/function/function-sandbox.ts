import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage as errorMessageOf } from '../../errors.ts';
import { ExecutionEnvironment, type HandlerOutput } from './execution-environment.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { type HandlerFile, HandlerFinder } from './handler-file.ts';
import type { InvocationResult } from './invocation-result.ts';
import { PackedEvent } from './packed-event.ts';

export type { HandlerOutput } from './execution-environment.ts';
export type { FunctionDefinition } from './function-definition.ts';
export type { InvocationResult } from './invocation-result.ts';

/** A bundle that is being written is loaded once it has stayed as it is for this long… */
const SETTLED_MS = 50;
/** …or after this. */
const SETTLE_TIMEOUT_MS = 2_000;
/** When an execution environment without work ends. AWS does not say how long it waits: minutes, as is seen. */
const IDLE_MS = 5_000;

const standardStreams: HandlerOutput = {
  stdout: (bytes) => process.stdout.write(bytes),
  stderr: (bytes) => process.stderr.write(bytes),
};

/** An execution environment that waits for work. */
interface Idle {
  readonly environment: ExecutionEnvironment;
  /** Ends it. */
  readonly timer: NodeJS.Timeout;
}

/**
 * Runs a bundled function as Lambda does. Execution environments are created on demand, one per invocation at the same
 * time, and used again; when the bundle on disk has changed, the next invocation gets a fresh one. One without work ends
 * after a while, unless no other one waits.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle"}
 */
export class FunctionSandbox {
  readonly #definition: FunctionDefinition;
  readonly #output: HandlerOutput;
  readonly #handler: HandlerFinder;
  readonly #all = new Set<ExecutionEnvironment>();
  /** The one that was used last is the last one, and the first to be used again. */
  readonly #idle: Idle[] = [];
  readonly #idleMs: number;
  #closed = false;
  #loadedVersion: string | undefined;

  /**
   * @param options - `output`: where the handler's standard streams go, by default to those of this process; `idleMs`: when an
   *   execution environment without work ends, by default after {@link IDLE_MS}
   */
  constructor(definition: FunctionDefinition, options: { output?: HandlerOutput; idleMs?: number } = {}) {
    this.#definition = definition;
    this.#handler = new HandlerFinder(definition.codeDirectory, definition.handler);
    this.#output = options.output ?? standardStreams;
    this.#idleMs = options.idleMs ?? IDLE_MS;
  }

  /**
   * Invokes the function with a JSON value.
   *
   * @param event - the value, a Buffer that holds it as text in UTF-8, or a {@link PackedEvent}
   * @returns what the handler returned, or why it failed; never rejects
   */
  async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    const { name, codeDirectory, handler } = this.#definition;
    const code = await this.#findCode();
    if (this.#closed || code === undefined) {
      const errorMessage = this.#closed
        ? `The sandbox of ${name} is closed`
        : `Cannot find the module of handler ${handler} in ${codeDirectory}: is the function built?`;
      return { ok: false, error: { errorType: 'Runtime.ImportModuleError', errorMessage }, requestId };
    }
    let environment: ExecutionEnvironment;
    try {
      environment = this.#acquire(code);
    } catch (error) {
      const errorMessage = `No worker could be started: ${errorMessageOf(error)}`;
      return { ok: false, error: { errorType: 'Runtime.InvalidConfiguration', errorMessage }, requestId };
    }
    const result = await environment.invoke(transferable(event), requestId);
    this.#release(environment);
    return result;
  }

  /** Ends the execution environments that wait for work, with the state they keep. */
  retireIdle(): void {
    for (const { environment, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      void this.#retire(environment);
    }
  }

  /** Ends all execution environments; invocations in flight fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#all].map((environment) => this.#retire(environment)));
  }

  /** Finds the handler, and waits for a build that is writing it: half a bundle would fail the invocation. */
  async #findCode(): Promise<HandlerFile | undefined> {
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    let code = this.#handler.find();
    while (
      this.#loadedVersion !== undefined &&
      code?.version !== this.#loadedVersion &&
      Date.now() < deadline
    ) {
      await sleep(SETTLED_MS);
      const later = this.#handler.find();
      if (later !== undefined && later.version === code?.version) break;
      code = later;
    }
    return code;
  }

  #acquire(code: HandlerFile): ExecutionEnvironment {
    this.#loadedVersion = code.version;
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      const { environment, timer } = idle;
      clearTimeout(timer);
      if (environment.isUsable && environment.version === code.version) return environment;
      void this.#retire(environment);
    }
    const environment = new ExecutionEnvironment(this.#definition, code, this.#output);
    this.#all.add(environment);
    return environment;
  }

  #release(environment: ExecutionEnvironment): void {
    const isCurrent = environment.isUsable && environment.version === this.#loadedVersion;
    if (this.#closed || !isCurrent) {
      void this.#retire(environment);
      return;
    }
    const idle: Idle = { environment, timer: setTimeout(() => this.#endUnused(idle), this.#idleMs).unref() };
    this.#idle.push(idle);
  }

  /** Ends an environment, unless no other one waits for work. */
  #endUnused(idle: Idle): void {
    if (this.#idle.length === 1) return;
    this.#idle.splice(this.#idle.indexOf(idle), 1);
    void this.#retire(idle.environment);
  }

  async #retire(environment: ExecutionEnvironment): Promise<void> {
    this.#all.delete(environment);
    await environment.terminate();
  }
}

function transferable(event: unknown): PackedEvent | Buffer {
  const isPacked = event instanceof PackedEvent || Buffer.isBuffer(event);
  return isPacked ? event : Buffer.from(JSON.stringify(event));
}
