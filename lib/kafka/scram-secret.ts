import { ServiceError } from '../errors.ts';
import type { ScramCredentials } from './configuration.ts';
import { readSecret } from './secret.ts';

/**
 * Reads user name and password from the secret that Amazon MSK reads them from. They are read whenever connections are
 * built, and so again after brokers refused them: a rotation needs no deployment.
 *
 * @param secretArn - of a secret `{"username": …, "password": …}`
 * @throws ServiceError `configuration_error` when the secret cannot be read or holds something else
 * @see {@link https://docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html Amazon MSK Developer Guide, "Set up SASL/SCRAM authentication for an Amazon MSK cluster"}
 */
export async function readScramSecret(secretArn: string): Promise<ScramCredentials> {
  const { username, password } = await readSecret(secretArn);
  if (typeof username === 'string' && username && typeof password === 'string' && password) {
    return { username, password };
  }
  throw new ServiceError(
    'configuration_error',
    `The secret ${secretArn} must hold {"username": "…", "password": "…"}`,
  );
}
