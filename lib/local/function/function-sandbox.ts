import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage as errorMessageOf } from '../../errors.ts';
import { ExecutionEnvironment, type HandlerOutput } from './execution-environment.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { findHandlerFile, type HandlerFile } from './handler-file.ts';
import type { InvocationResult } from './invocation-result.ts';

export type { HandlerOutput } from './execution-environment.ts';
export type { FunctionDefinition } from './function-definition.ts';
export type { InvocationResult } from './invocation-result.ts';

/** Runs a function as Lambda does. */
export interface FunctionSandbox {
  /**
   * Invokes the function with a JSON value.
   *
   * @returns what the handler returned, or why it failed; never rejects
   */
  invoke(event: unknown): Promise<InvocationResult>;
  /** Ends all execution environments; invocations in flight fail. */
  close(): Promise<void>;
}

/** A bundle that is being written is loaded once it has stayed as it is for this long… */
const SETTLED_MS = 50;
/** …or after this. */
const SETTLE_TIMEOUT_MS = 2_000;

const standardStreams: HandlerOutput = {
  stdout: (bytes) => process.stdout.write(bytes),
  stderr: (bytes) => process.stderr.write(bytes),
};

/**
 * Creates a sandbox for a bundled function. Execution environments are created on demand, one per invocation at the same
 * time, and used again; when the bundle on disk has changed, the next invocation gets a fresh one.
 *
 * @param options - `output`: where the handler's standard streams go, by default to those of this process
 * @see Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle"
 */
export function createFunctionSandbox(
  definition: FunctionDefinition,
  options: { output?: HandlerOutput } = {},
): FunctionSandbox {
  const { output = standardStreams } = options;
  const all = new Set<ExecutionEnvironment>();
  const idle: ExecutionEnvironment[] = [];
  let closed = false;
  let loadedVersion: string | undefined;

  const retire = async (environment: ExecutionEnvironment): Promise<void> => {
    all.delete(environment);
    await environment.terminate();
  };

  /** Finds the handler, and waits for a build that is writing it: half a bundle would fail the invocation. */
  const findCode = async (): Promise<HandlerFile | undefined> => {
    const find = () => findHandlerFile(definition.codeDirectory, definition.handler);
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    let code = find();
    while (loadedVersion !== undefined && code?.version !== loadedVersion && Date.now() < deadline) {
      await sleep(SETTLED_MS);
      const later = find();
      if (later !== undefined && later.version === code?.version) break;
      code = later;
    }
    return code;
  };

  const acquire = (code: HandlerFile): ExecutionEnvironment => {
    loadedVersion = code.version;
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (environment.isUsable && environment.version === code.version) return environment;
      void retire(environment);
    }
    const environment = new ExecutionEnvironment(definition, code, output);
    all.add(environment);
    return environment;
  };

  const release = (environment: ExecutionEnvironment): void => {
    if (!closed && environment.isUsable && environment.version === loadedVersion) idle.push(environment);
    else void retire(environment);
  };

  return {
    invoke: async (event) => {
      const requestId = randomUUID();
      const { codeDirectory, handler } = definition;
      const code = await findCode();
      if (closed || code === undefined) {
        const errorMessage = closed
          ? `The sandbox of ${definition.name} is closed`
          : `Cannot find the module of handler ${handler} in ${codeDirectory}: is the function built?`;
        return { ok: false, error: { errorType: 'Runtime.ImportModuleError', errorMessage }, requestId };
      }
      let environment: ExecutionEnvironment;
      try {
        environment = acquire(code);
      } catch (error) {
        const errorMessage = `No worker could be started: ${errorMessageOf(error)}`;
        return { ok: false, error: { errorType: 'Runtime.InvalidConfiguration', errorMessage }, requestId };
      }
      const result = await environment.invoke(JSON.stringify(event), requestId);
      release(environment);
      return result;
    },
    close: async () => {
      closed = true;
      await Promise.all([...all].map(retire));
    },
  };
}
