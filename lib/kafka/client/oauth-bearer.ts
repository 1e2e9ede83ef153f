import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import { KafkaJSProtocolError, KafkaJSSASLAuthenticationError } from 'kafkajs/src/errors';

const SEPARATOR = '\x01';
/** kafkajs passes the broker's bytes after their length, an int32. */
const LENGTH_BYTES = 4;

/**
 * Authenticates connections with SASL/OAUTHBEARER. The mechanism of kafkajs ignores the broker's answer. A broker that
 * refuses a token says why and waits for a confirmation. With kafkajs it gets the next request instead, which fails with a
 * message that names neither token nor credentials.
 *
 * @param token - returns a token; called at every authentication
 * @returns what kafkajs takes as `authenticationProvider`; it throws KafkaJSSASLAuthenticationError when the broker
 *   refuses the token, and whatever `token` throws
 * @see RFC 7628, "A Set of Simple Authentication and Security Layer (SASL) Mechanisms for OAuth", sections 3.1 and 3.2.3
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
        const message = `n,,${SEPARATOR}auth=Bearer ${secret}${SEPARATOR}${SEPARATOR}`;
        // A broker may echo the request, and its answer is logged.
        const refused = (reason: string) =>
          new KafkaJSSASLAuthenticationError(reason.replaceAll(secret, '<token>'));
        try {
          const refusal = await exchange(message);
          if (refusal === '') return;
          await exchange(SEPARATOR);
          throw refused(refusal);
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
