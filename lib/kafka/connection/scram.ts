import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { abbreviated } from '../../errors.ts';
import type { ScramCredentials } from '../configuration.ts';

const HASH = 'sha512';
const KEY_BYTES = 64;
const NONCE_BYTES = 18;
/** The least that a server may ask for: RFC 7677, section 4. */
const MIN_ITERATIONS = 4_096;
/**
 * The most that a broker takes for a credential: Apache Kafka, ScramMechanism.maxIterations. Any number would let a false
 * broker keep the processor of a client busy: RFC 5802, section 9.
 */
const MAX_ITERATIONS = 16_384;
/** No channel binding: base64 of `n,,`. */
const CHANNEL_BINDING = 'c=biws';

/**
 * Proves to a broker that this client knows the password, and has the broker prove the same.
 *
 * @param exchange - sends a message and returns the answer; throws when the broker refuses
 * @returns what is wrong with the answers of the broker; empty when they are right
 * @see {@link https://www.rfc-editor.org/rfc/rfc5802 RFC 5802, "Salted Challenge Response Authentication Mechanism (SCRAM)", sections 3 and 5}
 */
export async function authenticateWithScram(
  { username, password }: ScramCredentials,
  exchange: (message: string) => Promise<string>,
): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  const clientFirst = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  const serverFirst = await exchange(`n,,${clientFirst}`);
  const { r: serverNonce = '', s: salt = '', i: iterations = '' } = attributesIn(serverFirst);
  if (!serverNonce.startsWith(nonce)) return 'its nonce does not begin with ours';
  const count = Number(iterations);
  if (!Number.isInteger(count) || count < MIN_ITERATIONS || count > MAX_ITERATIONS) {
    return `it asks for ${abbreviated(iterations)} iterations; ${MIN_ITERATIONS} to ${MAX_ITERATIONS} are accepted`;
  }

  const salted = await promisify(pbkdf2)(password, Buffer.from(salt, 'base64'), count, KEY_BYTES, HASH);
  const clientFinal = `${CHANNEL_BINDING},r=${serverNonce}`;
  const messages = `${clientFirst},${serverFirst},${clientFinal}`;
  const clientKey = signature(salted, 'Client Key');
  const clientSignature = signature(createHash(HASH).update(clientKey).digest(), messages);
  const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0));
  const serverFinal = await exchange(`${clientFinal},p=${Buffer.from(proof).toString('base64')}`);

  const expected = signature(signature(salted, 'Server Key'), messages).toString('base64');
  return attributesIn(serverFinal).v === expected ? '' : 'its signature is wrong';
}

function signature(key: Buffer, text: string): Buffer {
  return createHmac(HASH, key).update(text).digest();
}

/** `r=…,s=…,i=…` */
function attributesIn(message: string): Readonly<Record<string, string>> {
  return Object.fromEntries(message.split(',').map((attribute) => [attribute[0], attribute.slice(2)]));
}
