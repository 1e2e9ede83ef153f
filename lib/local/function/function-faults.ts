import { setTimeout as sleep } from 'node:timers/promises';
import type { InvocationError } from './invocation-result.ts';

/** What a function can be made to do, to see how everything around it behaves. */
export type FunctionFaultKind = 'fail' | 'delay' | 'crash';

/** A fault, and how many invocations it is for. */
export interface FunctionFault {
  readonly kind: FunctionFaultKind;
  /** Infinity: until it is ended. */
  readonly times: number;
  /** Milliseconds by which an invocation is later; 0 for the other kinds. */
  readonly delayMs: number;
}

/** Faults of functions, on demand; at most one each. */
export class FunctionFaults {
  readonly #faults = new Map<string, FunctionFault>();

  /** The faults there are, by the name of their function. */
  get all(): ReadonlyMap<string, FunctionFault> {
    return this.#faults;
  }

  set(functionName: string, fault: FunctionFault): void {
    this.#faults.set(functionName, fault);
  }

  clear(functionName: string): void {
    this.#faults.delete(functionName);
  }

  /**
   * Does to an invocation what was asked for.
   *
   * @param timeoutMs - of the function: a longer delay is a timeout
   * @returns how it failed; undefined when it is to go on
   */
  async apply(functionName: string, timeoutMs: number): Promise<InvocationError | undefined> {
    const fault = this.#faults.get(functionName);
    if (fault === undefined) return undefined;
    if (fault.times <= 1) this.#faults.delete(functionName);
    else this.#faults.set(functionName, { ...fault, times: fault.times - 1 });
    switch (fault.kind) {
      case 'fail':
        return { errorType: 'Error', errorMessage: 'The function fails because it was asked to' };
      case 'crash':
        return { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: exit status 1' };
      case 'delay': {
        await sleep(Math.min(fault.delayMs, timeoutMs), undefined, { ref: false });
        if (fault.delayMs < timeoutMs) return undefined;
        const errorMessage = `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
        return { errorType: 'Sandbox.Timedout', errorMessage };
      }
    }
  }
}
