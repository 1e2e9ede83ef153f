const SEPARATOR = '\x01';

/**
 * Presents a token with SASL/OAUTHBEARER. A broker that refuses it says why and waits for a confirmation.
 *
 * @param exchange - sends a message and returns the answer; may throw what the broker says after the confirmation
 * @returns why the broker refused; empty when it accepted the token
 * @see {@link https://www.rfc-editor.org/rfc/rfc7628 RFC 7628, "A Set of Simple Authentication and Security Layer (SASL) Mechanisms for OAuth", sections 3.1 and 3.2.3}
 */
export async function presentToken(
  token: string,
  exchange: (message: string) => Promise<string>,
): Promise<string> {
  const refusal = await exchange(`n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${SEPARATOR}`);
  if (refusal !== '') await exchange(SEPARATOR);
  return refusal;
}
