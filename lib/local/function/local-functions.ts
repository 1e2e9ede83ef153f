import { randomUUID } from 'node:crypto';
import type { Observe } from '../observation.ts';
import { type FunctionDefinition, functionArn } from './function-definition.ts';
import { FunctionFaults } from './function-faults.ts';
import { FunctionSandbox, type HandlerOutput } from './function-sandbox.ts';
import { HandlerFinder } from './handler-file.ts';
import type { InvocationResult } from './invocation-result.ts';

export interface LocalFunctionsOptions {
  /** By default the standard streams of this process. */
  readonly output?: HandlerOutput;
  /** Told what the functions print; needs `output`. */
  readonly observe?: Observe | undefined;
}

/** The functions of a service that run locally, each in one sandbox, whatever invokes it. */
export class LocalFunctions {
  readonly #definitions: ReadonlyMap<string, FunctionDefinition>;
  readonly #options: LocalFunctionsOptions;
  readonly #sandboxes = new Map<string, FunctionSandbox>();
  readonly #versions = new Map<string, string | undefined>();
  /** What the functions are made to do. */
  readonly faults = new FunctionFaults();

  /** @param definitions - by the name in serverless.yml */
  constructor(definitions: ReadonlyMap<string, FunctionDefinition>, options: LocalFunctionsOptions = {}) {
    this.#definitions = definitions;
    this.#options = options;
    this.changed();
  }

  /** As serverless.yml names them. */
  get names(): string[] {
    return [...this.#definitions.keys()];
  }

  /**
   * Finds a function by its name in serverless.yml, its deployed name or its ARN, with or without `:$LATEST`.
   *
   * @returns its name in serverless.yml
   */
  find(nameOrArn: string): string | undefined {
    const unqualified = nameOrArn.replace(/:\$LATEST$/, '');
    return this.names.find((name) => {
      const definition = this.definition(name);
      return [name, definition.name, functionArn(definition)].includes(unqualified);
    });
  }

  /** @throws Error when there is no such function */
  definition(name: string): FunctionDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`There is no function ${name}`);
    return definition;
  }

  /**
   * Invokes a function with a JSON value.
   *
   * @param name - in serverless.yml
   * @param event - the value, a Buffer that holds it as text in UTF-8, or a PackedEvent
   * @returns what the handler returned, or why it failed
   */
  async invoke(name: string, event: unknown): Promise<InvocationResult> {
    if (this.faults.all.has(name)) {
      const error = await this.faults.apply(name, this.definition(name).timeoutMs);
      if (error?.errorType === 'Runtime.ExitError') this.#sandboxes.get(name)?.retireIdle();
      if (error !== undefined) return { ok: false, error, requestId: randomUUID() };
    }
    let sandbox = this.#sandboxes.get(name);
    if (sandbox === undefined) {
      sandbox = new FunctionSandbox(this.definition(name), this.#outputOf(name));
      this.#sandboxes.set(name, sandbox);
    }
    return await sandbox.invoke(event);
  }

  #outputOf(functionName: string): { output?: HandlerOutput } {
    const { output, observe } = this.#options;
    if (output === undefined || observe === undefined) return { ...(output && { output }) };
    const observed = (write: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => {
      observe({ kind: 'printed', functionName, bytes });
      write(bytes);
    };
    return { output: { stdout: observed(output.stdout), stderr: observed(output.stderr) } };
  }

  /** The functions whose bundle has changed since the last call. */
  changed(): string[] {
    return this.names.filter((name) => {
      const { codeDirectory, handler } = this.definition(name);
      const version = new HandlerFinder(codeDirectory, handler).find()?.version;
      const before = this.#versions.get(name);
      this.#versions.set(name, version);
      return version !== before;
    });
  }

  /** Ends all sandboxes; invocations in flight fail. */
  async close(): Promise<void> {
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.close()));
  }
}
