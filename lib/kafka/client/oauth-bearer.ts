import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import { KafkaJSProtocolError, KafkaJSSASLAuthenticationError } from 'kafkajs/src/errors';
import { presentToken } from './present-token.ts';

/** kafkajs passes the broker's bytes after their length, an int32. */
const LENGTH_BYTES = 4;

/**
 * Authenticates connections of kafkajs with SASL/OAUTHBEARER. Its own mechanism ignores the broker's answer: a broker that
 * refuses a token gets the next request instead, which fails with a message that names neither token nor credentials.
 *
 * @param token - returns a token; called at every authentication
 * @returns what kafkajs takes as `authenticationProvider`; it throws KafkaJSSASLAuthenticationError when the broker
 *   refuses the token, and whatever `token` throws
 */
export function oauthBearer(
  token: () => Promise<string>,
): (connection: AuthenticationProviderArgs) => Authenticator {
  return ({ saslAuthenticate }) => {
    const exchange = async (message: string): Promise<string> => {
      let answer = '';
      await saslAuthenticate({
        request: { encode: () => withLength(message) },
        response: {
          decode: (bytes) => bytes.subarray(LENGTH_BYTES),
          parse: (bytes) => {
            answer = bytes.toString();
          },
        },
      });
      return answer;
    };
    return {
      authenticate: async () => {
        const secret = await token();
        // A broker may echo the request, and its answer is logged.
        const refused = (reason: string) =>
          new KafkaJSSASLAuthenticationError(reason.replaceAll(secret, '<token>'));
        try {
          const refusal = await presentToken(secret, exchange);
          if (refusal !== '') throw refused(refusal);
        } catch (error) {
          if (!(error instanceof KafkaJSProtocolError)) throw error;
          throw refused(error.message);
        }
      },
    };
  };
}

function withLength(message: string): Buffer {
  const bytes = Buffer.from(message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
