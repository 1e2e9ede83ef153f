import { errorMessage, ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { ScramCredentials } from './configuration.ts';

/** An endpoint that has not answered by then cannot be reached. */
const TIMEOUT_MS = 4_000;

/**
 * Reads user name and password from the secret that Amazon MSK reads them from. They are read whenever connections are
 * built, and so again after brokers refused them: a rotation needs no deployment. The SDK client is loaded only here.
 *
 * @param secretArn - of a secret `{"username": …, "password": …}`
 * @throws ServiceError `configuration_error` when the secret cannot be read or holds something else
 * @see Amazon MSK Developer Guide, "Set up SASL/SCRAM authentication for an Amazon MSK cluster"
 * @see AWS Secrets Manager API Reference, "GetSecretValue"
 */
export async function readScramSecret(secretArn: string): Promise<ScramCredentials> {
  const { username, password } = parse(await secretString(secretArn));
  if (typeof username === 'string' && username && typeof password === 'string' && password) {
    return { username, password };
  }
  throw new ServiceError(
    'configuration_error',
    `The secret ${secretArn} must hold {"username": "…", "password": "…"}`,
  );
}

async function secretString(secretArn: string): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const [, , , region = ''] = secretArn.split(':');
  const client = new SecretsManagerClient({ region });
  try {
    const command = new GetSecretValueCommand({ SecretId: secretArn });
    const { SecretString = '' } = await client.send(command, {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return SecretString;
  } catch (cause) {
    throw new ServiceError(
      'configuration_error',
      `GetSecretValue of ${secretArn} failed: ${errorMessage(cause)}; check secretsmanager:GetSecretValue, kms:Decrypt, and that the VPC has a way to Secrets Manager`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** The text is secret: an error would quote it. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
