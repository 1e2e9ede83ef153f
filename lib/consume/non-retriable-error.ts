/**
 * Thrown while an event is processed, when a retry cannot help: the record goes to the dead letter topic and its partition
 * continues. Any other error stops the partition, and Lambda delivers the record again.
 */
export class NonRetriableError extends Error {
  override readonly name = 'NonRetriableError';
}
