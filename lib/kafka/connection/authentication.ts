import type { Sasl } from '../client/connection.ts';
import { presentToken } from '../client/present-token.ts';
import { errorName } from '../error-codes.ts';
import { credentialsRefused, type KafkaFailure } from '../kafka-failure.ts';
import { saslAuthenticate, saslHandshake } from './authentication-requests.ts';
import type { ProtocolRequest, Throttling } from './protocol-request.ts';
import { authenticateWithScram } from './scram.ts';

/**
 * Authenticates a connection.
 *
 * @param send - sends a request on it and returns the answer
 * @returns how long the broker keeps the session, in milliseconds; 0 for without end
 * @throws KafkaFailure `unauthorized` when the broker refuses; what `send` and the source of the token throw
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-43%3A+Kafka+SASL+enhancements KIP-43, "Kafka SASL enhancements"}
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-152+-+Improve+diagnostics+for+SASL+authentication+failures KIP-152, "Improve diagnostics for SASL authentication failures"}
 */
export async function authenticate(
  sasl: Sasl,
  send: <Answer extends Throttling>(request: ProtocolRequest<Answer>) => Promise<Answer>,
): Promise<number> {
  const { mechanism } = sasl;
  const token = sasl.mechanism === 'oauthbearer' ? await sasl.token() : undefined;
  const refused = (reason: string): KafkaFailure =>
    // A broker may repeat what it was sent, and its answer is logged.
    credentialsRefused(mechanism, token === undefined ? reason : reason.replaceAll(token, '<token>'));

  const { errorCode } = await send(saslHandshake(mechanism.toUpperCase()));
  if (errorCode !== 0) throw refused(errorName(errorCode));

  let lifetimeMs = 0;
  const exchange = async (message: string): Promise<string> => {
    const answer = await send(saslAuthenticate(message));
    if (answer.errorCode !== 0) throw refused(answer.errorMessage || errorName(answer.errorCode));
    lifetimeMs = answer.sessionLifetimeMs;
    return answer.message;
  };
  if (sasl.mechanism === 'oauthbearer') {
    const refusal = await presentToken(token ?? '', exchange);
    if (refusal !== '') throw refused(refusal);
  } else {
    const problem = await authenticateWithScram(sasl, exchange);
    if (problem !== '') throw refused(problem);
  }
  return lifetimeMs;
}
