import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isDebugged } from './debugger.ts';
import { type FunctionDefinition, functionContext, functionEnvironment } from './function-definition.ts';
import type { HandlerFile } from './handler-file.ts';
import type { InvocationError, InvocationResult } from './invocation-result.ts';
import { LineWriter } from './line-writer.ts';
import { PackedEvent } from './packed-event.ts';

/** Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle": the init phase. */
const INIT_TIMEOUT_MS = 10_000;
/** Lambda Developer Guide, "Lambda quotas": payload of a synchronous response, 6 MB and a little. */
const MAXIMUM_RESPONSE_BYTES = 6_291_556;

/** What a pipe of Linux takes at once: pipe(7). */
const OUTPUT_BYTES = 65_536;
/** Length of what waits, 1 for stderr, and the number of the chunk. */
const OUTPUT_HEADER_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;

/** Of a worker's heap. By default it is 48 MB, which every worker would fill before it collects anything. */
const YOUNG_GENERATION_MB = 6;

/** Remaining time that a handler sees while it is debugged: an hour. */
const DEBUGGED_TIMEOUT_MS = 3_600_000;

/** What the handler has written. */
interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
  readonly number: number;
}

/** Messages from the program in the worker; what the handler has written before comes with them. */
type RuntimeMessage = { readonly output?: OutputChunk } & (
  | { readonly kind?: undefined }
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly error: InvocationError }
  | { readonly kind: 'crashed'; readonly error: InvocationError }
);

/** Where the output of a handler goes. */
export interface HandlerOutput {
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
}

/**
 * One execution environment of a function: a worker thread with the handler loaded, that takes one invocation at a time
 * and keeps its state between them. Once it has crashed, exited or timed out it cannot be used again.
 */
export class ExecutionEnvironment {
  /** Of the code that is loaded. */
  readonly version: string;
  readonly #definition: FunctionDefinition;
  readonly #worker: Worker;
  readonly #writers: Record<'stdout' | 'stderr', LineWriter>;
  /** Settles when the handler is loaded; with an error when it cannot be. */
  readonly #loaded: Promise<InvocationError | undefined>;
  /** What the handler has written and the worker has not passed on: {@link OUTPUT_HEADER_BYTES}, then the bytes. */
  readonly #output = new SharedArrayBuffer(OUTPUT_HEADER_BYTES + OUTPUT_BYTES);
  /** Number of the last chunk of output that the worker has passed on. */
  #received = -1;
  /** Holds the event of one invocation at a time: fresh memory for each, of pages that are not there yet, takes longer. */
  #memory = Buffer.from(new SharedArrayBuffer(0));
  #isLoaded = false;
  #onReady: (error: InvocationError | undefined) => void = () => {};
  #onAnswer: ((answer: InvocationError | { payload: string }) => void) | undefined;
  #crash: InvocationError | undefined;
  #ended = false;

  constructor(
    definition: FunctionDefinition,
    { file, exportName, version }: HandlerFile,
    output: HandlerOutput,
  ) {
    this.version = version;
    this.#definition = definition;
    this.#writers = { stdout: new LineWriter(output.stdout), stderr: new LineWriter(output.stderr) };
    this.#loaded = new Promise((resolve) => {
      this.#onReady = resolve;
    });
    const context = functionContext(definition, randomUUID().replaceAll('-', ''));
    this.#worker = new Worker(join(__dirname, 'runtime.cjs'), {
      workerData: { file, exportName, functionContext: context, output: this.#output },
      env: functionEnvironment(definition, context, process.env),
      // The flags of this process are not meant for the handler, least of all its module loader.
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: definition.memorySize,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.on('data', (bytes: Buffer) => this.#writers.stdout.write(bytes));
    this.#worker.stderr.on('data', (bytes: Buffer) => this.#writers.stderr.write(bytes));
    this.#worker.on('message', (message: RuntimeMessage) => this.#receive(message));
    this.#worker.on('error', (error) => {
      this.#crash ??= describe(error);
    });
    this.#worker.on('exit', (code) => this.#exited(code));
    // The process may end while an environment waits for work.
    this.#worker.unref();
  }

  /** Whether it can take another invocation. */
  get isUsable(): boolean {
    return !this.#ended;
  }

  /**
   * Runs the handler once.
   *
   * @param event - packed, or JSON in UTF-8
   * @returns a failure also when the handler hangs, exits the process or could not be loaded
   */
  async invoke(event: PackedEvent | Buffer, requestId: string): Promise<InvocationResult> {
    this.#worker.ref();
    const failed = this.#isLoaded ? undefined : await this.#load(requestId);
    const answer = failed ?? (await this.#run(event, requestId));
    this.#worker.unref();
    for (const writer of Object.values(this.#writers)) writer.flush();
    return toResult(answer, requestId);
  }

  /** Ends the worker at once; an invocation in flight fails. */
  async terminate(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  async #load(requestId: string): Promise<InvocationError | undefined> {
    const timeout = timer(INIT_TIMEOUT_MS, () => timedOut(INIT_TIMEOUT_MS, requestId));
    const failed = await Promise.race([this.#loaded, timeout.promise]);
    timeout.clear();
    if (failed !== undefined) await this.terminate();
    return failed;
  }

  async #run(event: PackedEvent | Buffer, requestId: string): Promise<InvocationError | { payload: string }> {
    const { timeoutMs } = this.#definition;
    const answered = new Promise<InvocationError | { payload: string }>((resolve) => {
      this.#onAnswer = resolve;
    });
    const timeout = timer(timeoutMs, () => timedOut(timeoutMs, requestId));
    const deadline = Date.now() + (isDebugged() ? DEBUGGED_TIMEOUT_MS : timeoutMs);
    const isPacked = event instanceof PackedEvent;
    const { length } = event;
    const memory = this.#share(isPacked ? event.parts : [event], length);
    this.#worker.postMessage({ requestId, memory, length, isPacked, deadline });
    const answer = await Promise.race([answered, timeout.promise]);
    timeout.clear();
    this.#onAnswer = undefined;
    if ('errorType' in answer && answer.errorType === 'Sandbox.Timedout') await this.terminate();
    return answer;
  }

  /**
   * Copies an event to where the worker reads it.
   *
   * @returns the memory, where the worker does not know it
   */
  #share(parts: readonly Buffer[], length: number): SharedArrayBuffer | undefined {
    const isTooSmall = this.#memory.length < length;
    const memory = isTooSmall ? new SharedArrayBuffer(2 * length) : undefined;
    if (memory) this.#memory = Buffer.from(memory);
    let at = 0;
    for (const part of parts) {
      this.#memory.set(part, at);
      at += part.length;
    }
    return memory;
  }

  #receive(message: RuntimeMessage): void {
    if (message.output !== undefined) {
      const { stream, bytes, number } = message.output;
      this.#received = number;
      this.#writers[stream].write(bytes);
    }
    switch (message.kind) {
      case 'ready':
        this.#isLoaded = true;
        this.#onReady(undefined);
        break;
      case 'result':
        this.#onAnswer?.({ payload: message.payload });
        break;
      case 'error':
        this.#onAnswer?.(message.error);
        break;
      case 'crashed':
        this.#crash = message.error;
        this.#ended = true;
    }
  }

  /** Takes what a worker that is gone could not pass on. */
  #takeOutput(): void {
    const [length = 0, stream, number] = new Int32Array(this.#output, 0, 3);
    if (number === this.#received) return;
    const bytes = Uint8Array.from(new Uint8Array(this.#output, OUTPUT_HEADER_BYTES, length));
    this.#writers[stream === 1 ? 'stderr' : 'stdout'].write(bytes);
  }

  #exited(code: number): void {
    this.#ended = true;
    const how =
      code === 0
        ? 'Runtime exited without providing a reason'
        : `Runtime exited with error: exit status ${code}`;
    this.#takeOutput();
    const error = this.#crash ?? { errorType: 'Runtime.ExitError', errorMessage: how };
    for (const writer of Object.values(this.#writers)) writer.flush();
    this.#onReady(error);
    this.#onAnswer?.(error);
  }
}

function toResult(answer: InvocationError | { payload: string }, requestId: string): InvocationResult {
  if ('errorType' in answer) return { ok: false, error: answer, requestId };
  if (Buffer.byteLength(answer.payload) > MAXIMUM_RESPONSE_BYTES) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAXIMUM_RESPONSE_BYTES} bytes).`;
    return { ok: false, error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage }, requestId };
  }
  const payload: unknown = JSON.parse(answer.payload);
  return { ok: true, payload, requestId };
}

function timedOut(timeoutMs: number, requestId: string): InvocationError {
  const seconds = (timeoutMs / 1_000).toFixed(2);
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `${new Date().toISOString()} ${requestId} Task timed out after ${seconds} seconds`,
  };
}

function describe(error: Error): InvocationError {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' };
  }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** Never fires while a debugger may hold the handler at a breakpoint. */
function timer<T>(ms: number, value: () => T): { promise: Promise<T>; clear: () => void } {
  let handle: NodeJS.Timeout | undefined;
  const promise = new Promise<T>((resolve) => {
    if (!isDebugged()) handle = setTimeout(() => resolve(value()), ms);
  });
  return { promise, clear: () => clearTimeout(handle) };
}
