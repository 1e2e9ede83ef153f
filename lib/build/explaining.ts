import { ServiceError, UserError } from '../errors.ts';
import type { Serverless } from './framework.ts';

/**
 * Makes the framework print an error that the user can fix without a stack.
 *
 * @param action - other errors that it throws are passed on
 */
export async function explaining(
  serverless: Pick<Serverless, 'classes'>,
  action: () => Promise<void> | void,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof UserError || error instanceof ServiceError) {
      throw new serverless.classes.Error(error.message, 'KAFKA_EVENTS');
    }
    throw error;
  }
}
