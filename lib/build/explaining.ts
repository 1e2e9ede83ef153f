import type { Serverless } from './framework.ts';

/** Errors that the reader of a message can mend. */
const MENDABLE_ERRORS = [
  'CatalogueError',
  'DeclarationError',
  'LocalRunError',
  'PortTakenError',
  'ServiceError',
  'SettingsError',
];

/**
 * Has the framework print an error that the user can mend as its message alone, without a stack.
 *
 * @param action - its other errors are thrown as they are
 */
export async function explaining(serverless: Serverless, action: () => Promise<void> | void): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Error && MENDABLE_ERRORS.includes(error.name)) {
      throw new serverless.classes.Error(error.message, 'KAFKA_EVENTS');
    }
    throw error;
  }
}
