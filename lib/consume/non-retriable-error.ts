/**
 * Thrown while an event is processed to say that trying again cannot help: the record leaves for the dead letter topic
 * and its partition goes on. Anything else that is thrown stops the partition and has the record delivered again.
 */
export class NonRetriableError extends Error {
  override readonly name = 'NonRetriableError';
}
