import { UserError } from '../errors.ts';

/** A program that a check or a test needs and that is missing, or does not run; the message says how to install it. */
export class MissingTool extends UserError {
  override readonly name = 'MissingTool';

  constructor(message: string, options?: ErrorOptions) {
    super([message], options);
  }
}

/** Whether `ALLOW_MISSING_TOOLS=1` lets checks and tests pass that a missing tool keeps from running. */
export function mayBeMissing(): boolean {
  return process.env.ALLOW_MISSING_TOOLS === '1';
}
