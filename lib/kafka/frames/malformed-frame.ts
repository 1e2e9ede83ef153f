/** A request that cannot be answered: it does not follow the Kafka protocol, or the protocol has no answer for it. Its
 * connection is closed, nothing else happens. */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
}
